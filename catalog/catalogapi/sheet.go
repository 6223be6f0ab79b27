package catalogapi

import (
	"wasl/kit/i18n"
	"wasl/kit/money"
)

// Sheet is what a revision of a procedure states: the seven items of art. 6
// of law 55-19 and what a deposit needs. It is immutable once it belongs to a
// revision; its canonical JSON is what is hashed and sealed.
type Sheet struct {
	Code  string    `json:"code"`
	Title i18n.Text `json:"title"`
	// Translated names the languages whose title is our working translation
	// rather than the official wording.
	Translated []i18n.Lang `json:"translated,omitempty"`
	Theme      string      `json:"theme,omitempty"`
	Audience   []string    `json:"audience,omitempty"`

	Legal     []Legal   `json:"legal,omitempty"`  // item 1
	Bodies    []Body    `json:"bodies,omitempty"` // item 2
	Pieces    []Piece   `json:"pieces,omitempty"` // item 3
	Channels  []string  `json:"channels,omitempty"`
	Fee       Fee       `json:"fee"`     // item 4
	Delay     Delay     `json:"delay"`   // item 5
	Silence   Silence   `json:"silence"` // item 6
	Appeals   []Appeal  `json:"appeals,omitempty"`
	Expertise Expertise `json:"expertise"` // item 7

	Steps  []Step  `json:"steps,omitempty"`
	Fields []Field `json:"fields,omitempty"`

	// Lists names the lists of acts that hold this one: "silence",
	// "local-silence", "investment", "extension".
	Lists []List `json:"lists,omitempty"`
	// Prerequisites are codes of procedures to have been through before.
	Prerequisites []string `json:"prerequisites,omitempty"`
	Notes         []Note   `json:"notes,omitempty"`
	// Unknown names the items that nobody has stated; they stay so on screen.
	Unknown []string `json:"unknown,omitempty"`
	// Inferred names the items deduced from the family of acts, not stated.
	Inferred []string `json:"inferred,omitempty"`
	Sources  []Source `json:"sources,omitempty"`
}

// Source says where facts come from and how certain they are: "official"
// (annex of a decree), "second-hand" or "demonstration".
type Source struct {
	Name      string    `json:"name"`
	Certainty Certainty `json:"certainty"`
}

// Legal is one legal reference. Decree, Row and List are set for a row of the
// lists of acts; Text is the reference as the source words it.
type Legal struct {
	Text          i18n.Text `json:"text,omitempty"`
	Decree        string    `json:"decree,omitempty"`
	Row           string    `json:"row,omitempty"`
	List          string    `json:"list,omitempty"`
	Demonstration bool      `json:"demonstration,omitempty"`
}

// Body is an administration with its part in the procedure: "in-charge" (the
// source says no more), "receives", "studies" or "processes". Org is its code
// in the directory, empty when the name could not be matched. Place tells
// which local body is meant: "commune" or "province" of the citizen's choice.
type Body struct {
	Part          Part      `json:"part"`
	Org           string    `json:"org,omitempty"`
	Name          i18n.Text `json:"name,omitempty"`
	Place         Place     `json:"place,omitempty"`
	Demonstration bool      `json:"demonstration,omitempty"`
}

// Piece is something the dossier must hold. From is "user" (he brings it) or
// "administration" (it is fetched from another one, art. 23 and 24), Evidence
// then naming the type of evidence asked through the exchange.
type Piece struct {
	Code     string    `json:"code"`
	Title    i18n.Text `json:"title"`
	Hint     i18n.Text `json:"hint,omitempty"`
	From     PieceFrom `json:"from"`
	Evidence string    `json:"evidence,omitempty"`
	Provider string    `json:"provider,omitempty"`
	Accept   []string  `json:"accept,omitempty"` // media types
	MaxBytes int64     `json:"max_bytes,omitempty"`
	Optional bool      `json:"optional,omitempty"`
	Copies   int       `json:"copies,omitempty"`
	// Attested is "" or what the form of the piece demands: "certified-copy",
	// "legalised-signature" (both forbidden by art. 7).
	Attested      Attest `json:"attested,omitempty"`
	Demonstration bool   `json:"demonstration,omitempty"`
}

// Fee is the public fee. Known tells a fee of zero from an unknown one.
type Fee struct {
	Known         bool           `json:"known"`
	Amount        money.Centimes `json:"amount"`
	Cases         []FeeCase      `json:"cases,omitempty"`
	Note          i18n.Text      `json:"note,omitempty"`
	Basis         i18n.Text      `json:"basis,omitempty"`
	Demonstration bool           `json:"demonstration,omitempty"`
}

// FeeCase is the fee in one case.
type FeeCase struct {
	Case   i18n.Text      `json:"case"`
	Amount money.Centimes `json:"amount"`
}

// Delay is the published delay. Unit is "calendar", "working", "hours",
// "months" or "unknown" (the source says "days" only). Known with Days 0
// means on the spot.
type Delay struct {
	Known         bool        `json:"known"`
	Days          int         `json:"days"`
	Unit          DelayUnit   `json:"unit,omitempty"`
	Text          i18n.Text   `json:"text,omitempty"`
	Cases         []DelayCase `json:"cases,omitempty"`
	ByList        []ListDelay `json:"by_list,omitempty"`
	Note          i18n.Text   `json:"note,omitempty"`
	Basis         i18n.Text   `json:"basis,omitempty"`
	Demonstration bool        `json:"demonstration,omitempty"`
}

// DelayCase is the delay in one case.
type DelayCase struct {
	Case i18n.Text `json:"case"`
	Days int       `json:"days"`
}

// ListDelay is the delay that one list of acts gives.
type ListDelay struct {
	List List `json:"list"`
	Days int  `json:"days"`
}

// Silence is what silence at the end of the delay means: "approval" (art. 19),
// "appeal" (art. 21: it opens an appeal), "none" (act delivered on the spot, art.
// 10: no clock) or "unknown".
type Silence struct {
	Effect SilenceEffect `json:"effect"`
	// Unlisted tells that a source claims approval although no list of art. 19 holds the act; Effect says what the law says.
	Unlisted      bool   `json:"unlisted,omitempty"`
	Article       string `json:"article,omitempty"`
	Demonstration bool   `json:"demonstration,omitempty"`
}

// Appeal is a route of appeal: to whom ("minister", "head-of-body",
// "governor", "president", "regional-commission"), on what ("silence" or
// "refusal" or both), within how many days, answered in how many.
type Appeal struct {
	To            Recourse `json:"to"`
	On            Occasion `json:"on"`
	Within        int      `json:"within,omitempty"`
	Answer        int      `json:"answer,omitempty"`
	Article       string   `json:"article"`
	Demonstration bool     `json:"demonstration,omitempty"`
}

// Expertise tells whether an expertise or a public inquiry may extend the
// delay (art. 17): "none", "possible" (the act is listed) or "unknown".
type Expertise struct {
	Case          ExpertiseCase `json:"case"`
	Condition     i18n.Text     `json:"condition,omitempty"`
	Demonstration bool          `json:"demonstration,omitempty"`
}

// Step is one step, with the actor that takes it and its share of the delay
// in days (nil when not stated).
type Step struct {
	Code          string    `json:"code"`
	Title         i18n.Text `json:"title"`
	Actor         i18n.Text `json:"actor"`
	Days          *int      `json:"days,omitempty"`
	Demonstration bool      `json:"demonstration,omitempty"`
}

// Field is one question of the form. Type is "text", "textarea", "email",
// "phone", "number", "territory" (a code of the directory; Kind narrows it) or
// "choice".
type Field struct {
	Name          string    `json:"name"`
	Type          FieldType `json:"type"`
	Kind          string    `json:"kind,omitempty"`
	Label         i18n.Text `json:"label"`
	Hint          i18n.Text `json:"hint,omitempty"`
	Unit          string    `json:"unit,omitempty"`
	Pattern       string    `json:"pattern,omitempty"`
	Min           *int      `json:"min,omitempty"`
	Max           *int      `json:"max,omitempty"`
	Choices       []Choice  `json:"choices,omitempty"`
	Optional      bool      `json:"optional,omitempty"`
	Demonstration bool      `json:"demonstration,omitempty"`
}

// Choice is one answer of a choice field.
type Choice struct {
	Value string    `json:"value"`
	Label i18n.Text `json:"label"`
}

// Note is a remark of the source, in the language it was written in.
type Note struct {
	On   string    `json:"on,omitempty"`
	Text i18n.Text `json:"text"`
}
