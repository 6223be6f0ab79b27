package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	exchangeproof "wasl/exchange/verify"
	"wasl/signature/verify"
)

// judgeExchanges checks the proofs that people download from the page that lists who looked at their data.
func (c *verifyCmd) judgeExchanges(files []named) (out []verdict, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	trust, err := c.exchangeTrust()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		out = append(out, judgeExchange(f, trust))
	}
	return out, nil
}

func (c *verifyCmd) exchangeTrust() (trust exchangeproof.Trust, err error) {
	file := c.ExchangeTrust
	if file == "" {
		file = filepath.Join(filepath.Dir(c.Trust), "exchange-trust.json")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return trust, fmt.Errorf("trust file of the exchange: %w; name it with --exchange-trust", err)
	}
	if err := json.Unmarshal(raw, &trust); err != nil || len(trust.Authorities) == 0 {
		return trust, fmt.Errorf("%s is not a trust file of the exchange", file)
	}
	return trust, nil
}

func judgeExchange(f named, trust exchangeproof.Trust) verdict {
	r, err := exchangeproof.Check(f.content, trust, nil)
	if err != nil {
		code := exchangeproof.Malformed
		var fault *exchangeproof.Fault
		if errors.As(err, &fault) {
			code = fault.What
		}
		return verdict{File: f.name, Result: verify.Result{Status: verify.Tampered, Code: code}, Words: "tampered: " + code}
	}
	words := "exchange: "
	if !r.SignedByProvider {
		words = "exchange without a valid answer: "
	}
	words += fmt.Sprintf("%s asked %s for %s (%s) on %s", r.Represented, r.Service, r.Purpose, r.LegalBasis, r.Asked.Format("2006-01-02"))
	if r.Logged {
		words += ", logged"
	}
	return verdict{File: f.name, Exchange: &r, Words: words, good: true}
}
