package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wasl/exchange"
	exchangeproof "wasl/exchange/verify"
	"wasl/kit/clock"
	"wasl/kit/strictjson"
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
	if err := strictjson.Unmarshal(raw, &trust); err != nil || len(trust.Authorities) == 0 {
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
	words += fmt.Sprintf("%s asked %s for %s (%s) on %s", cmp.Or(r.Represented, r.Client), r.Service, r.Purpose, r.LegalBasis, r.Asked.Format("2006-01-02"))
	if r.Logged {
		words += ", logged"
	} else {
		words += "; WARNING: not logged: the file does not show its place in the log of the exchange"
	}
	if !r.Withdrawn.IsZero() {
		words += "; signed before a certificate was withdrawn on " + r.Withdrawn.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return verdict{File: f.name, Exchange: &r, Words: words, good: true}
}

type adminExchangeCmd struct {
	Revoke adminRevokeCmd `cmd:"" help:"Withdraw a member's certificates at once; the gateways may run."`
}

type adminRevokeCmd struct {
	Member      string `arg:"" help:"The member: instance/class/member, as MA/GOV/civil-status."`
	Certificate string `help:"Only the certificate of this SHA-256 fingerprint (hex). Without it all that the member has in force."`
	Dir         string `help:"Installation of the exchange; the folder exchange of the data directory when not given." env:"WASL_EXCHANGE_DIR" type:"path"`
	Data        string `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
}

// Run signs a directory in which the certificates are withdrawn. Each gateway that reads it takes it over within two seconds.
func (c *adminRevokeCmd) Run(a *app) error {
	dir := c.Dir
	if dir == "" {
		dir = filepath.Join(c.Data, "exchange")
	}
	if _, err := os.Stat(filepath.Join(dir, "authority", "operator.key")); err != nil {
		return fmt.Errorf("the operator's key is not here: %w", err)
	}
	prints, err := exchange.Revoke(dir, clock.System(nil), c.Member, c.Certificate)
	if err != nil {
		return err
	}
	for _, p := range prints {
		fmt.Fprintln(a.stdout, "withdrawn:", p)
	}
	_, err = fmt.Fprintln(a.stdout, "The directory is signed anew. Carry directory.jws, and the member's folder with its new keys, to gateways on other machines.")
	return err
}
