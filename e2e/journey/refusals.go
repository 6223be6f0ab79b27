package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
)

// Refusals is journey C.
func (w *World) Refusals(ctx context.Context, r *Recorder) error {
	citizen := w.person(cast.Builder, "fr")
	var page *actor.Page
	return r.play("C Refusals that must hold", func(step func(string, func() (string, error))) {
		step("a wrong PIN three times blocks the card, for the right PIN too", func() (string, error) {
			return w.person(cast.Forgetful, "fr").block(ctx)
		})
		step("a wrong field is refused beside the field, nothing is lost", func() (proof string, err error) {
			if _, err := citizen.login(ctx, "/"); err != nil {
				return "", err
			}
			page, _, err = citizen.start(ctx, cast.Passport, func(f *actor.Form) { cast.FillPassport(f, citizen.Email) })
			if err != nil {
				return "", err
			}
			return citizen.wrongField(ctx, &page)
		})
		step("a file that is not what it claims is refused, the rest is kept", func() (string, error) {
			return citizen.falseFile(ctx, page)
		})
		step("an officer of another administration does not see the dossier", func() (string, error) {
			return w.person(cast.Stranger, "fr").seesNothing(ctx, w.deposited)
		})
		step("a tampered PDF is named as such, by command and by page", func() (string, error) { return w.tamperedPDF(ctx) })
		step("a tampered proof is named as such", func() (string, error) { return w.tamperedProof(ctx) })
		step("a tampered evidence proof is named as such", func() (string, error) { return w.tamperedExchange(ctx) })
	})
}

func (p *person) block(ctx context.Context) (string, error) {
	page, err := p.toPIN(ctx)
	if err != nil {
		return "", err
	}
	for n := range 3 {
		form, err := page.Form("pin")
		if err != nil {
			return "", fmt.Errorf("after %d wrong PINs: %w", n, err)
		}
		if page, err = form.Set("pin", "0000").Submit(ctx); err != nil {
			return "", err
		}
	}
	page, err = p.toPIN(ctx)
	if err == nil {
		if form, ferr := page.Form("pin"); ferr == nil {
			if page, err = form.Set("pin", p.PIN).Submit(ctx); err != nil {
				return "", err
			}
			if actor.Origin(page.URL) == p.w.Portal {
				return "", errors.New("the blocked card still logs in")
			}
		}
	}
	home, err := p.open(ctx, "/")
	if err != nil {
		return "", err
	}
	if home.Has(p.NameFr()) {
		return "", errors.New("the blocked card still logs in")
	}
	return "card blocked; the right PIN is refused", nil
}

func (p *person) wrongField(ctx context.Context, page **actor.Page) (string, error) {
	form, err := (*page).Form("field.email")
	if err != nil {
		return "", err
	}
	refused, err := form.Set("field.email", "no-address").Set("field.phone", "0698765432").Press(ctx, "do", "check")
	if err != nil {
		return "", err
	}
	if err := refused.OK(422); err != nil {
		return "", err
	}
	if form, err = refused.Form("field.email"); err != nil {
		return "", err
	}
	if form.Value("field.email") != "no-address" || form.Value("field.phone") != "0698765432" || !strings.Contains(form.Value("field.territory"), "Témara") {
		return "", errors.New("what was entered is gone")
	}
	if _, ok := refused.Find("aria-invalid", "true"); !ok {
		return "", errors.New("the field is not marked")
	}
	*page = refused
	return "422, reason beside the field, all answers kept", nil
}

func (p *person) falseFile(ctx context.Context, page *actor.Page) (string, error) {
	form, err := page.Form("piece.photo")
	if err != nil {
		return "", err
	}
	refused, err := form.Set("field.email", p.Email).
		Attach("piece.photo", "photo.png", "image/png", []byte("MZ this is a program, not a photo")).Press(ctx, "do", "save")
	if err != nil {
		return "", err
	}
	if err := refused.OK(422); err != nil {
		return "", err
	}
	if form, err = refused.Form("field.email"); err != nil {
		return "", err
	}
	if form.Value("field.email") != p.Email {
		return "", errors.New("the answer beside the bad file is gone")
	}
	path, err := dossierPath(refused)
	if err != nil {
		return "", err
	}
	again, err := p.open(ctx, path)
	if err != nil {
		return "", err
	}
	if form, err = again.Form("field.email"); err != nil {
		return "", err
	}
	if form.Value("field.phone") != "0698765432" || form.Value("field.email") != p.Email {
		return "", errors.New("the draft lost an answer")
	}
	return "422, reason beside the file; the draft kept every answer", nil
}

func (p *person) seesNothing(ctx context.Context, path string) (string, error) {
	inbox, err := p.inOffice(ctx)
	if err != nil {
		return "", err
	}
	if len(inbox.Links(officePath(path))) > 0 {
		return "", errors.New("it is in the inbox of another administration")
	}
	page, err := p.Open(ctx, p.w.Portal+"/fr"+officePath(path))
	if err != nil {
		return "", err
	}
	return "404 for an officer of " + p.Org, page.OK(404)
}

// tamperedPDF changes one letter of the sealed receipt, and in another copy appends a revision after the seal.
func (w *World) tamperedPDF(ctx context.Context) (string, error) {
	good, err := os.ReadFile(w.receipt)
	if err != nil {
		return "", err
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/3] ^= 1
	appended := append(bytes.Clone(good), []byte("\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 2 >>\nstartxref\n9\n%%EOF\n")...)
	for name, b := range map[string][]byte{"flipped.pdf": flipped, "appended.pdf": appended} {
		file := filepath.Join(w.Dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return "", err
		}
		if said, ok := w.Verify(ctx, file); ok || !strings.Contains(said, "tampered") {
			return "", fmt.Errorf("%s passed: %s", name, said)
		}
		if _, err := w.person(cast.Builder, "fr").verifyByPage(ctx, b, false); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return "one bit, one appended revision: both named", nil
}

func (w *World) tamperedProof(ctx context.Context) (string, error) {
	proof := strings.TrimSuffix(w.receipt, ".pdf") + ".proof.json"
	return w.tampered(ctx, proof, `"salt"`, 2, w.receipt)
}

// tampered changes one letter of a field's value in a JSON proof and lets the verifier judge it beside the other files.
func (w *World) tampered(ctx context.Context, proof, field string, at int, beside ...string) (string, error) {
	bad, err := os.ReadFile(proof)
	if err != nil {
		return "", err
	}
	_, value, found := bytes.Cut(bad, []byte(field+":"))
	quote := bytes.IndexByte(value, '"')
	if !found || quote < 0 || len(value) < quote+1+at {
		return "", fmt.Errorf("%s has no %s", filepath.Base(proof), field)
	}
	letter := &value[quote+1+at] // value shares bad's bytes
	if *letter == 'A' {
		*letter = 'B'
	} else {
		*letter = 'A'
	}
	file := filepath.Join(w.Dir, "tampered-"+filepath.Base(proof))
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		return "", err
	}
	said, ok := w.Verify(ctx, append(beside, file)...)
	if ok || !strings.Contains(said, "tampered") {
		return "", fmt.Errorf("a changed proof passed: %s", said)
	}
	return firstLine(said), nil
}
