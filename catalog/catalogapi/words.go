package catalogapi

import (
	"fmt"
	"slices"
)

// The closed vocabularies of a sheet. A word that is none of them is refused when a sheet is read (Check), so that no rule ever
// meets one.

// PieceFrom says who brings a piece (art. 6 of law 55-19, item 3).
type PieceFrom string

// Who brings a piece.
const (
	FromUser           PieceFrom = "user"
	FromAdministration PieceFrom = "administration" // fetched from another one (art. 23, 24)
)

// Known tells whether the word is one of the two.
func (p PieceFrom) Known() bool { return slices.Contains([]PieceFrom{FromUser, FromAdministration}, p) }

// DelayUnit is the unit of a published delay.
type DelayUnit string

// The units.
const (
	InCalendarDays DelayUnit = "calendar"
	InWorkingDays  DelayUnit = "working"
	InHours        DelayUnit = "hours"
	InMonths       DelayUnit = "months"
	InDays         DelayUnit = "unknown" // the source says "days" only
	NoUnit         DelayUnit = ""        // no delay is stated
)

// DelayUnits lists them.
var DelayUnits = []DelayUnit{InCalendarDays, InWorkingDays, InHours, InMonths, InDays, NoUnit}

// Known tells whether the unit is one of the list.
func (u DelayUnit) Known() bool { return slices.Contains(DelayUnits, u) }

// SilenceEffect is what a source says that silence means.
type SilenceEffect string

// The effects.
const (
	SilenceApproves SilenceEffect = "approval" // art. 19
	SilenceAppeal   SilenceEffect = "appeal"   // art. 21
	SilenceNone     SilenceEffect = "none"     // delivered on the spot
	SilenceUnknown  SilenceEffect = "unknown"
)

// Known tells whether the effect is one of the four.
func (e SilenceEffect) Known() bool {
	return slices.Contains([]SilenceEffect{SilenceApproves, SilenceAppeal, SilenceNone, SilenceUnknown}, e)
}

// List is a list of acts that a decree holds.
type List string

// The lists.
const (
	ListSilence      List = "silence"       // decree 2.22.387: silence is approval
	ListLocalSilence List = "local-silence" // decree 2.22.141: the same for local authorities
	ListInvestment   List = "investment"    // decree 2.22.385: thirty days
	ListExtension    List = "extension"     // decree 2.22.386: expertise or public inquiry
)

// Known tells whether the list is one of the four.
func (l List) Known() bool {
	return slices.Contains([]List{ListSilence, ListLocalSilence, ListInvestment, ListExtension}, l)
}

// FieldType is the kind of a question of the form.
type FieldType string

// The kinds.
const (
	TextField      FieldType = "text"
	TextAreaField  FieldType = "textarea"
	EmailField     FieldType = "email"
	PhoneField     FieldType = "phone"
	NumberField    FieldType = "number"
	TerritoryField FieldType = "territory" // a code of the directory; Kind narrows it
	ChoiceField    FieldType = "choice"
)

// Known tells whether the kind is one of the seven.
func (t FieldType) Known() bool {
	return slices.Contains([]FieldType{TextField, TextAreaField, EmailField, PhoneField, NumberField, TerritoryField, ChoiceField}, t)
}

// Part is what an administration does in a procedure.
type Part string

// The parts.
const (
	InCharge  Part = "in-charge" // the source says no more
	Receives  Part = "receives"
	Studies   Part = "studies"
	Processes Part = "processes"
)

// Known tells whether the part is one of the four.
func (p Part) Known() bool { return slices.Contains([]Part{InCharge, Receives, Studies, Processes}, p) }

// Place tells which local body is meant, of the territory that the person names.
type Place string

// The places.
const (
	NoPlace    Place = ""
	InCommune  Place = "commune"
	InProvince Place = "province"
)

// Known tells whether the place is one of them.
func (p Place) Known() bool { return slices.Contains([]Place{NoPlace, InCommune, InProvince}, p) }

// Attest is what the form of a piece demands although art. 7 forbids it.
type Attest string

// The demands.
const (
	NotAttested        Attest = ""
	CertifiedCopy      Attest = "certified-copy"
	LegalisedSignature Attest = "legalised-signature"
	PublicDocument     Attest = "public-document"
)

// Known tells whether the demand is one of them.
func (a Attest) Known() bool {
	return slices.Contains([]Attest{NotAttested, CertifiedCopy, LegalisedSignature, PublicDocument}, a)
}

// Recourse is the authority to which an appeal goes (art. 20, 21 of law 55-19; law 47-18).
type Recourse string

// The authorities.
const (
	ToMinister           Recourse = "minister"
	ToHeadOfBody         Recourse = "head-of-body"
	ToGovernor           Recourse = "governor"
	ToPresident          Recourse = "president"
	ToRegionalCommission Recourse = "regional-commission"
)

// Known tells whether the authority is one of the five.
func (r Recourse) Known() bool {
	return slices.Contains([]Recourse{ToMinister, ToHeadOfBody, ToGovernor, ToPresident, ToRegionalCommission}, r)
}

// Occasion is what an appeal is made on.
type Occasion string

// The occasions.
const (
	OnSilence         Occasion = "silence"
	OnRefusal         Occasion = "refusal"
	OnBoth            Occasion = "both"
	OnPresidentSilent Occasion = "president-silent" // art. 21: the president of the local authority did not answer
)

// Known tells whether the occasion is one of the four.
func (o Occasion) Known() bool {
	return slices.Contains([]Occasion{OnSilence, OnRefusal, OnBoth, OnPresidentSilent}, o)
}

// ExpertiseCase tells whether an expertise or inquiry may extend the delay (art. 17).
type ExpertiseCase string

// The cases.
const (
	NoExpertise       ExpertiseCase = "none"
	ExpertisePossible ExpertiseCase = "possible" // the act is listed
	ExpertiseUnknown  ExpertiseCase = "unknown"
)

// Known tells whether the case is one of the three.
func (c ExpertiseCase) Known() bool {
	return slices.Contains([]ExpertiseCase{NoExpertise, ExpertisePossible, ExpertiseUnknown}, c)
}

// Certainty tells how certain a source is.
type Certainty string

// The certainties.
const (
	Official      Certainty = "official" // annex of a decree
	SecondHand    Certainty = "second-hand"
	Uncertain     Certainty = "uncertain"
	Demonstration Certainty = "demonstration"
)

// Known tells whether the certainty is one of the four.
func (c Certainty) Known() bool {
	return slices.Contains([]Certainty{Official, SecondHand, Uncertain, Demonstration}, c)
}

type word interface{ Known() bool }

// Check names the first word of a sheet that belongs to none of the vocabularies.
func (s Sheet) Check() error {
	var bad error
	ask := func(path string, w word) {
		if bad == nil && !w.Known() {
			bad = fmt.Errorf("sheet %s: %s: %q is no word of it", s.Code, path, fmt.Sprint(w))
		}
	}
	ask("delay.unit", s.Delay.Unit)
	for _, d := range s.Delay.ByList {
		ask("delay.by_list", d.List)
	}
	ask("silence.effect", s.Silence.Effect)
	ask("expertise.case", s.Expertise.Case)
	for _, l := range s.Lists {
		ask("lists", l)
	}
	for _, b := range s.Bodies {
		ask("bodies.part", b.Part)
		ask("bodies.place", b.Place)
	}
	for _, p := range s.Pieces {
		ask("pieces."+p.Code+".from", p.From)
		ask("pieces."+p.Code+".attested", p.Attested)
	}
	for _, f := range s.Fields {
		ask("fields."+f.Name+".type", f.Type)
	}
	for _, a := range s.Appeals {
		ask("appeals.to", a.To)
		ask("appeals.on", a.On)
	}
	for _, src := range s.Sources {
		ask("sources.certainty", src.Certainty)
	}
	return bad
}
