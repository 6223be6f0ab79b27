package dossier

import (
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
)

// NewDraft is the dossier that a person begins, with a snapshot of the published revision.
func NewDraft(person, nameAr, nameFr string, lang i18n.Lang, rev catalogapi.Revision, today civil.Date) Dossier {
	d := Dossier{
		ID: ids.New[dossierKind](), Reference: ids.NewReference(), Person: person, NameAr: nameAr, NameFr: nameFr, Lang: lang,
		State: Draft, CreatedOn: today, Answers: map[string]string{}, Procedure: rev.Procedure, Revision: rev.ID, Sheet: rev.Sheet,
		Regime: RegimeOf(rev.Sheet, ""),
	}
	if rev.Seal != nil {
		d.Seal = rev.Seal.ID
	}
	return d
}

// MayStart refuses a sheet with a word that no vocabulary knows: no rule could be trusted on it.
func MayStart(rev catalogapi.Revision) error { return errs.Wrap("casework: start", rev.Sheet.Check()) }

// ParseID reads the printed form of a dossier's id.
func ParseID(s string) (ID, error) { return ids.Parse[dossierKind](s) }

// Fill keeps in a draft what the person entered and brought. Answers are judged at deposit, so that a half-filled or wrong form
// loses nothing. Another administration than before has no consent to use what was fetched, and is not the one that was paid or
// asked to be paid.
func Fill(d Dossier, answers map[string]string, c Competence, brought []Piece) (Outcome, error) {
	if d.State != Draft {
		return Outcome{}, errs.New(errs.Conflict, "already_deposited")
	}
	if c.Org != d.Competent.Org {
		if !d.Fee.PaidOn.IsZero() {
			return Outcome{}, Invalid("field.territory", "territory_paid")
		}
		d.Fee = Fee{}
		d.Pieces = slices.DeleteFunc(slices.Clone(d.Pieces), func(p Piece) bool { return p.Consent != "" && p.Document == "" })
	}
	d.Answers, d.Competent, d.Regime = answers, c, RegimeOf(d.Sheet, c.Level)
	d.Pieces = Merge(d.Pieces, brought)
	return Outcome{Dossier: d}, nil
}

// Ordered notes the order by which the fee will be paid.
func Ordered(d Dossier, order, reference, path string) (Outcome, error) {
	if d.State != Draft {
		return Outcome{}, notNow(d)
	}
	d.Fee.Order, d.Fee.Reference, d.Fee.PayPath = order, reference, path
	return Outcome{Dossier: d, Act: "fee.ordered", Detail: map[string]string{"order": order}}, nil
}

// Paid notes that the order is paid. Payment says it again once the quittance is there; any other repetition, and an order that
// is not this dossier's, changes nothing.
func Paid(d Dossier, order, quittance string, today civil.Date) Outcome {
	if d.Fee.Order != order {
		return Outcome{Dossier: d}
	}
	d.Fee.Quittance = quittance
	if !d.Fee.PaidOn.IsZero() {
		return Outcome{Dossier: d}
	}
	d.Fee.PaidOn = today
	return Outcome{Dossier: d, Act: "fee.paid", Detail: map[string]string{"order": order}}
}

// FormValues are the saved answers as name, value pairs for the form; a territory shows its name.
func (d Dossier) FormValues() []string {
	var out []string
	for _, f := range d.Sheet.Fields {
		out = append(out, "field."+f.Name, d.Said(f.Name))
	}
	return out
}

// Said is an answer as the person wrote it: the name of a territory, not its code.
func (d Dossier) Said(field string) string {
	if label := d.Answers[field+".label"]; label != "" {
		return label
	}
	return d.Answers[field]
}

// Brings tells whether the person brings a piece: one of their own, or evidence for which they consented in vain.
func (d Dossier) Brings(code string) bool {
	want, _ := d.Published(code)
	got, _ := d.Piece(code)
	return want.From != catalogapi.FromAdministration || want.Evidence == "" || (got.Consent != "" && got.Evidence == "")
}

// Asked lists the piece that an open request of the administration names, if any.
func (d Dossier) Asked(id string) []string {
	for _, r := range d.Open() {
		if r.ID == id && r.Request.Piece != "" {
			return []string{r.Request.Piece}
		}
	}
	return nil
}
