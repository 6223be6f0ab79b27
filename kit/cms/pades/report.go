package pades

import "time"

// Finding is one reason, with the sub-indication of the standard. Where names the place, never personal data.
type Finding struct {
	Code  Code   `json:"code"`
	Sub   string `json:"sub"`
	Where string `json:"where,omitempty"`
}

// Signature is the judgement of one seal. Who and when are told of seals of ours only: what another system's signature
// says of itself was not judged.
type Signature struct {
	Field     string    `json:"field,omitempty"`
	Verdict   Verdict   `json:"verdict"`
	Findings  []Finding `json:"findings"`
	Signer    string    `json:"signer,omitempty"` // organisation named in the certificate
	Org       string    `json:"org,omitempty"`    // its code, from the subject's serialNumber attribute
	Serial    string    `json:"serial,omitempty"` // certificate's serial number, hexadecimal
	StampedAt time.Time `json:"stamped_at,omitzero"`
	Covers    bool      `json:"covers"` // the seal covers the file to its end
	End       int       `json:"end"`    // where the sealed revision ends, in bytes
}

// Report is the judgement of a file.
type Report struct {
	Verdict    Verdict     `json:"verdict"`
	Findings   []Finding   `json:"findings"` // about the file as a whole
	Signatures []Signature `json:"signatures"`
}

// Has tells whether a reason was found anywhere in the report.
func (r Report) Has(code Code) bool {
	for _, f := range r.all() {
		if f.Code == code {
			return true
		}
	}
	return false
}

func (r Report) all() []Finding {
	out := append([]Finding{}, r.Findings...)
	for _, s := range r.Signatures {
		out = append(out, s.Findings...)
	}
	return out
}

// Reason is the first reason for the report's verdict; the zero Finding when there is none.
func (r Report) Reason() Finding {
	for _, f := range r.all() {
		if reasons[f.Code].verdict == r.Verdict {
			return f
		}
	}
	return Finding{}
}

func finding(code Code, where string) Finding { return Finding{code, reasons[code].sub, where} }

// conclude is the verdict of one seal. A chain that leads elsewhere makes it another system's, whatever else is wrong.
func conclude(findings []Finding) Verdict {
	var among []Verdict
	for _, f := range findings {
		if reasons[f.Code].verdict == Foreign {
			return Foreign
		}
		among = append(among, reasons[f.Code].verdict)
	}
	return gravest(append(among, Intact))
}
