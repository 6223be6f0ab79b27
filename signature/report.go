package signature

import (
	"encoding/hex"
	"strings"

	"wasl/kit/cms/pades"
	"wasl/signature/signatureapi"
)

// reportOf puts a validation into the words of the contract.
func reportOf(r pades.Report, file []byte) signatureapi.Report {
	out := signatureapi.Report{
		Verdict: string(r.Verdict), Result: r.Verdict.Indication(), SHA256: hex.EncodeToString(digestOf(file)),
		Signatures: []signatureapi.SignatureReport{}, Findings: findings(r.Findings),
	}
	for _, s := range r.Signatures {
		out.Signatures = append(out.Signatures, signatureapi.SignatureReport{
			Verdict: string(s.Verdict), Result: s.Verdict.Indication(), Signer: s.Signer, Org: s.Org, StampAt: s.StampedAt, Findings: findings(s.Findings),
		})
	}
	return out
}

func findings(list []pades.Finding) []signatureapi.Finding {
	var out []signatureapi.Finding
	for _, f := range list {
		out = append(out, signatureapi.Finding{Code: string(f.Code), Text: strings.TrimSpace(f.Sub + " " + f.Where)})
	}
	return out
}
