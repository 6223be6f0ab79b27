package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/identity"
	"wasl/identity/card"
	"wasl/kit/errs"
)

// adminCardCmd is the life of a card after it was issued. Every change leaves evidence, and each command twice changes nothing more.
type adminCardCmd struct {
	Status  adminCardStatusCmd  `cmd:"" help:"Show a card's state, or set it: lost and stolen cards are blocked at once, with every session and access token that came of them."`
	Replace adminCardReplaceCmd `cmd:"" help:"Issue a card in the place of another, which is revoked (installations that issue their own cards)."`
	Import  adminCardImportCmd  `cmd:"" help:"Take the announcements of the cards' issuer from a JSON file: all, or none."`
}

// cardView is a card as --json prints it.
type cardView struct {
	Serial   string       `json:"serial"`
	Status   card.Status  `json:"status"`
	Reason   card.Cause   `json:"reason,omitempty"`
	Since    time.Time    `json:"since"`
	Expires  time.Time    `json:"expires"`
	Replaces string       `json:"replaces,omitempty"`
	Next     string       `json:"replaced_by,omitempty"`
	Outcome  card.Outcome `json:"outcome,omitempty"`
	File     string       `json:"file,omitempty"`
}

func viewOf(c identity.Card) cardView {
	return cardView{
		Serial: c.Serial, Status: c.Status, Reason: c.Cause, Since: c.Since.UTC(), Expires: c.Expires.UTC(), Replaces: c.Replaces, Next: c.Next,
	}
}

// tell prints a card, for people or for programs.
func (a *app) tell(v cardView, asJSON bool) error {
	if asJSON {
		return a.printJSON(v)
	}
	line := fmt.Sprintf("%s: %s", v.Serial, v.Status)
	if v.Reason != card.NoCause {
		line += ", " + string(v.Reason)
	}
	line += " since " + v.Since.Format(time.RFC3339) + ", valid until " + v.Expires.Format(time.DateOnly)
	if v.Replaces != "" {
		line += ", replaces " + v.Replaces
	}
	if v.Next != "" {
		line += ", replaced by " + v.Next
	}
	if v.File != "" {
		line += ", in " + v.File
	}
	if v.Outcome == card.Same {
		line += " (nothing changed)"
	}
	_, err := fmt.Fprintln(a.stdout, line)
	return err
}

func (a *app) printJSON(v any) error {
	out := json.NewEncoder(a.stdout)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

type adminCardStatusCmd struct {
	where
	Serial string    `arg:"" help:"Support number, as printed on the card."`
	Status string    `arg:"" optional:"" help:"active, suspended or revoked; none shows the card. A revoked card stays revoked." enum:",issued,active,suspended,revoked" default:""`
	Reason string    `help:"Why it is suspended or revoked: lost, stolen, damaged, deceased, replaced, withdrawn." enum:",lost,stolen,damaged,deceased,replaced,withdrawn" default:""`
	At     time.Time `help:"Since when, 2026-11-28T09:00:00Z; now if none is given." format:"2006-01-02T15:04:05Z07:00"`
	JSON   bool      `help:"Print JSON." name:"json"`
}

// Run shows or sets the state of one card.
func (c *adminCardStatusCmd) Run(a *app) error {
	o, err := c.open(a, "")
	if err != nil {
		return err
	}
	defer o.close()
	var outcome card.Outcome
	if c.Status != "" {
		next := card.Standing{Status: card.Status(c.Status), Cause: card.Cause(c.Reason), Since: c.At}
		if next.Since.IsZero() {
			next.Since = time.Now()
		}
		if outcome, err = o.identity.SetCard(a.ctx, c.Serial, next); err != nil {
			return explained(err)
		}
	} else if c.Reason != "" || !c.At.IsZero() {
		return errors.New("--reason and --at go with a state to set")
	}
	known, err := o.identity.Card(a.ctx, c.Serial)
	if err != nil {
		return explained(err)
	}
	v := viewOf(known)
	v.Outcome = outcome
	return a.tell(v, c.JSON)
}

type adminCardReplaceCmd struct {
	where
	Serial string `arg:"" help:"Support number of the card to replace."`
	New    string `help:"Support number of the new card; drawn if none is given."`
	PIN    string `help:"The new card's secret code, 4 to 8 digits." env:"WASL_CARD_PIN" required:""`
	Cards  string `help:"Folder for the new software card." default:"cards" type:"path"`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Run issues the new card. The former one is revoked in the same transaction; a second time the former card is refused as replaced.
func (c *adminCardReplaceCmd) Run(a *app) error {
	o, err := c.open(a, c.Cards)
	if err != nil {
		return err
	}
	defer o.close()
	if err := os.MkdirAll(c.Cards, 0o700); err != nil {
		return err
	}
	holder, err := o.identity.Holder(a.ctx, c.Serial)
	if err != nil {
		return explained(err)
	}
	issued, state, err := o.identity.IssueCard(a.ctx, holder, c.New, c.PIN, c.Serial)
	if err != nil {
		return explained(err)
	}
	v := viewOf(issued)
	v.Replaces, v.Outcome, v.File = c.Serial, card.Changed, filepath.Join(c.Cards, issued.Serial+".json")
	if err := os.WriteFile(v.File, state, 0o600); err != nil {
		return err
	}
	return a.tell(v, c.JSON)
}

type adminCardImportCmd struct {
	where
	File string `arg:"" help:"{issuer, events: [{serial, status, reason, at, holder, certificate, replaces}]}; the last three make a card known (docs/guides/operator.md)." type:"existingfile"`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Run takes the whole file in one transaction.
func (c *adminCardImportCmd) Run(a *app) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	feed, err := card.ParseFeed(data)
	if err != nil {
		return fmt.Errorf("%s: nothing was taken: %w", c.File, explained(err))
	}
	o, err := c.open(a, "")
	if err != nil {
		return err
	}
	defer o.close()
	done, err := o.identity.Import(a.ctx, feed)
	if err != nil {
		return fmt.Errorf("%s: nothing was taken: %w", c.File, explained(err))
	}
	if c.JSON {
		return a.printJSON(done)
	}
	_, err = fmt.Fprintf(a.stdout, "%d cards enrolled, %d changed, %d announcements known already, %d older than what is known\n",
		done.Enrolled, done.Changed, done.Same, done.Older)
	return err
}

// reasons says in a sentence what a refused registration or card command must change.
var reasons = map[string]string{
	"client_file_form":            "the file is not JSON of the stated form: a member is unknown, twice, in another case, or something follows it",
	"client_key_form":             "a key is private, incomplete, or has a member that no public key has",
	"client_key_id":               "a key needs a kid of at most 128 characters",
	"client_key_id_twice":         "two keys have one kid, so that neither can be found by it",
	"client_key_use":              "use must be sig or absent: the key is to verify signatures",
	"client_key_ops":              "key_ops must be [\"verify\"] or absent",
	"client_key_alg":              "alg does not fit the key: ES256 for P-256, PS256 for RSA, EdDSA or Ed25519 for Ed25519",
	"client_key_weak":             "the key can serve no algorithm accepted here: P-256, Ed25519, or RSA of 2048 to 8192 bits with exponent 65537 or more",
	"client_redirect_form":        "an address is not an absolute https URL as browsers write it, or holds a fragment, a pattern or a parameter of the answer",
	"client_value_twice":          "a value stands twice in a list",
	"client_attribute_twice":      "an attribute is both required and optional",
	"client_scope_attribute":      "a scope is registered of which no attribute is",
	"client_scope_openid":         "scopes must hold openid",
	"client_sector_fixed":         "the sector of a client never changes: every person's subject would",
	"card_unknown":                "no card has this support number",
	"card_known":                  "the support number or the certificate belongs to another card",
	"card_cause_unknown":          "a suspended or revoked card needs a reason: lost, stolen, damaged, deceased, replaced, withdrawn",
	"card_cause_needless":         "only a suspended or revoked card has a reason",
	"card_status_unknown":         "the states are issued, active, suspended, revoked",
	"card_date":                   "the date is missing or lies in the future",
	"card_newer_known":            "a newer state of this card is known",
	"card_revoked_for_good":       "a revoked card stays revoked: enrol another",
	"card_handed_over":            "a card that was handed over does not become merely issued again",
	"card_replaced_before":        "this card was replaced before",
	"card_of_another":             "the card to replace belongs to another person",
	"card_serial_form":            "a support number has 4 to 32 letters, digits or hyphens",
	"cards_from_elsewhere":        "this installation's cards come from another issuer: import its announcements",
	"feed_form":                   "the file is not a list of announcements of the stated form, or it is empty or too long",
	"feed_holder_and_certificate": "a new card needs both holder and certificate; replaces goes with them",
	"feed_certificate_form":       "the certificate is not DER in base64",
	"feed_certificate_refused":    "the certificate does not come from a trusted authority, or could never answer",
	"pin_form":                    "the secret code has 4 to 8 digits",
}

// explained adds to a refusal what each of its codes means.
func explained(err error) error {
	codes := []string{errs.CodeOf(err)}
	for _, f := range errs.FieldsOf(err) {
		codes = append(codes, f.Code)
	}
	said := map[string]bool{}
	for _, code := range codes {
		if why := reasons[code]; why != "" && !said[code] {
			said[code] = true
			err = fmt.Errorf("%w\n  %s: %s", err, code, why)
		}
	}
	return err
}
