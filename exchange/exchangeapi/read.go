package exchangeapi

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Read is one look of an administration at a person's data outside an exchange: an officer opened a dossier, a piece, a document.
// The block that showed the data announces it after its own audit entry; the person sees it under "who looked at my data".
// Announcing it again under the same ID changes nothing.
type Read struct {
	ID        string    `json:"id"`      // of the audit entry of the look, "aud_…"; "aud_…/CODE" for evidence shown with a dossier
	Subject   string    `json:"subject"` // of the portal's sector: whose data
	Org       string    `json:"org"`     // organisation whose agent looked
	Unit      string    `json:"unit"`    // their unit, code of the catalogue; never a name of a person
	Function  Function  `json:"function"`
	What      What      `json:"what"`
	Item      string    `json:"item,omitempty"` // code of the published piece or kind of document; empty for a dossier
	Why       Why       `json:"why"`
	Procedure string    `json:"procedure"` // code of the catalogue
	Dossier   string    `json:"dossier"`   // "dos_…"
	Reference string    `json:"reference"` // as the person knows the dossier
	At        time.Time `json:"at"`
}

// Known tells whether every word of the read is one of the contract's, so that it can be said in four languages.
func (r Read) Known() bool { return r.Function.Known() && r.What.Known() && r.Why.Known() }

// Function is in which quality somebody looked.
type Function string

// The functions.
const (
	Officer  Function = "officer"  // examines dossiers of their unit
	Head     Function = "head"     // of the unit
	Governor Function = "governor" // to whom the person turned (law 55-19 art. 20)
	System   Function = "system"   // a machine, without anybody looking
)

// Known tells whether the function is one of the contract's.
func (f Function) Known() bool {
	return slices.Contains([]Function{Officer, Head, Governor, System}, f)
}

// What is the kind of thing that was looked at.
type What string

// The things.
const (
	DossierRead  What = "dossier"  // the request with its answers and its past
	PieceRead    What = "piece"    // a file that the person brought
	EvidenceRead What = "evidence" // what another administration answered, with the person's consent
	DocumentRead What = "document" // a receipt, a decision, an attestation
)

// Known tells whether the thing is one of the contract's.
func (w What) Known() bool {
	return slices.Contains([]What{DossierRead, PieceRead, EvidenceRead, DocumentRead}, w)
}

// Why is the purpose of a look; its legal basis follows from it.
type Why string

// The purposes.
const (
	Examine   Why = "examine"   // examine the request (law 55-19 art. 10, 16)
	Supervise Why = "supervise" // attest or grant what silence approved (law 55-19 art. 20)
)

// Known tells whether the purpose is one of the contract's.
func (w Why) Known() bool { return slices.Contains([]Why{Examine, Supervise}, w) }

// MaxReads is how many reads one call announces at most.
const MaxReads = 100

// Reads is the body of an announcement.
type Reads struct {
	Reads []Read `json:"reads" minItems:"1" maxItems:"100"`
}

// Announce tells of reads that happened. A word that the contract does not know refuses the whole call as invalid.
func (c *Client) Announce(ctx context.Context, reads []Read) error {
	return c.w.JSON(ctx, http.MethodPost, "/v1/reads", Reads{reads}, nil)
}
