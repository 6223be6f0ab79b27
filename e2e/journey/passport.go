package journey

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
)

// Passport is journey A.
func (w *World) Passport(ctx context.Context, r *Recorder) error {
	citizen, officer := w.person(cast.Citizen, "ar"), w.person(cast.PassportDsk, "fr")
	var page *actor.Page
	var path, receipt, decision, link string
	return r.play("A Passport", func(step func(string, func() (string, error))) {
		step("search in Arabic with a spelling mistake", func() (string, error) {
			var err error
			page, err = citizen.open(ctx, "/search"+query("q", "جواز صفر"))
			if err != nil {
				return "", err
			}
			links := page.Links("/procedures/")
			if len(links) == 0 || !strings.HasSuffix(links[0], cast.Passport) {
				return "", fmt.Errorf("first of %d hits: %.3v", len(links), links)
			}
			return "first hit of «جواز صفر»: " + cast.Passport, nil
		})
		step("open the sheet of the procedure", func() (string, error) { return citizen.sheet(ctx, &page) })
		step("log in with card and PIN", func() (string, error) {
			home, err := citizen.login(ctx, "/")
			if err != nil {
				return "", err
			}
			if !home.Has(citizen.NameAr()) {
				return "", errors.New("the portal does not greet the citizen")
			}
			return "signed in as " + citizen.NameFr(), nil
		})
		step("start the dossier, answer the questions", func() (proof string, err error) {
			page, path, err = citizen.start(ctx, cast.Passport, func(f *actor.Form) { cast.FillPassport(f, citizen.Email) })
			return path, err
		})
		step("civil status fetched from the register, with consent and preview", func() (string, error) { return citizen.fetch(ctx, &page) })
		step("upload the photo", func() (string, error) {
			f, err := page.Form("piece.photo")
			if err != nil {
				return "", err
			}
			if page, err = f.Attach("piece.photo", "photo.png", "image/png", photo()).Press(ctx, "do", "save"); err != nil {
				return "", err
			}
			return "photo.png kept in the locker", page.OK(200)
		})
		step("pay 500 MAD on the bank's page", func() (proof string, err error) {
			page, proof, err = citizen.pay(ctx, path)
			return proof, err
		})
		step("deposit: receipt «dossier deposited»", func() (proof string, err error) {
			page, proof, err = citizen.deposit(ctx, path)
			return proof, err
		})
		step("sealed receipt in the locker, checked offline", func() (proof string, err error) {
			receipt, proof, err = citizen.paper(ctx, path, "receipt")
			return proof, err
		})
		step("the officer finds it in the inbox and accepts it", func() (string, error) { return officer.decide(ctx, path) })
		step("sealed decision in the locker, checked offline", func() (proof string, err error) {
			decision, proof, err = citizen.paper(ctx, path, "decision")
			return proof, err
		})
		step("the citizen is told by e-mail, in Arabic", func() (string, error) { return w.mail(ctx, citizen.Email, 2) })
		step("share the decision with a third party", func() (proof string, err error) {
			link, err = citizen.share(ctx, path)
			return "link for one recipient and purpose", err
		})
		step("the third party opens and verifies it", func() (string, error) { return w.thirdParty(ctx, link, decision) })
		step("the citizen sees who looked at her data, and checks the proof", func() (proof string, err error) {
			w.exchange, proof, err = citizen.access(ctx)
			return proof, err
		})
		w.receipt, w.deposited = receipt, path
	})
}

// sheet checks that the page states the seven items of article 6 and the sealed revision.
func (p *person) sheet(ctx context.Context, page **actor.Page) (string, error) {
	sheet, err := (*page).Follow(ctx, "/procedures/"+cast.Passport)
	if err != nil {
		return "", err
	}
	for _, id := range []string{"pieces", "steps", "fee", "delay", "silence", "expertise", "bodies", "legal", "binding"} {
		if _, ok := sheet.Find("id", id); !ok {
			return "", fmt.Errorf("the sheet does not state %s", id)
		}
	}
	if !sheet.Has("500") {
		return "", errors.New("the fee is not on the sheet")
	}
	files, err := wait(ctx, "the revision's seal", func() (out []string, ok bool, err error) {
		if sheet, err = sheet.Reload(ctx); err != nil {
			return nil, false, err
		}
		out = append(sheet.Links(".json"), sheet.Links(".p7s")...)
		return out, len(sheet.Links(".p7s")) > 0, nil
	})
	if err != nil {
		return "", err
	}
	document, err := p.download(ctx, files[0], "revision.json", "{")
	if err != nil {
		return "", err
	}
	seal, err := p.download(ctx, files[len(files)-1], "revision.json.p7s", "")
	if err != nil {
		return "", err
	}
	said, ok := p.w.Verify(ctx, document, seal)
	if !ok {
		return "", fmt.Errorf("wasl verify refuses the revision: %s", said)
	}
	*page = sheet
	return "seven items of art. 6; " + firstLine(said), nil
}

// start begins a dossier and answers its questions.
func (p *person) start(ctx context.Context, procedure string, fill func(*actor.Form)) (page *actor.Page, path string, err error) {
	if page, err = p.open(ctx, "/dossiers/new"+query("procedure", procedure)); err != nil {
		return nil, "", err
	}
	form, err := page.Form("procedure")
	if err != nil {
		return nil, "", err
	}
	if page, err = form.Press(ctx, "do", "start"); err != nil {
		return nil, "", err
	}
	if path, err = dossierPath(page); err != nil {
		return nil, "", err
	}
	if form, err = page.Form("field.email"); err != nil {
		return nil, "", err
	}
	fill(form)
	if page, err = form.Press(ctx, "do", "save"); err != nil {
		return nil, "", err
	}
	return page, path, page.OK(200)
}

// fetch lets the administration ask the register, looks at the copy and agrees to its use (art. 24).
func (p *person) fetch(ctx context.Context, page **actor.Page) (string, error) {
	const code = "civil-status"
	form, err := (*page).Form("consent." + code)
	if err != nil {
		return "", err
	}
	refused, err := form.Press(ctx, "do", "fetch:"+code)
	if err != nil {
		return "", err
	}
	if err := refused.OK(422); err != nil {
		return "", fmt.Errorf("evidence was fetched without consent: %w", err)
	}
	if form, err = refused.Form("consent." + code); err != nil {
		return "", err
	}
	preview, err := form.Tick("consent."+code, "yes").Press(ctx, "do", "fetch:"+code)
	if err != nil {
		return "", err
	}
	if err := preview.OK(200); err != nil {
		return "", err
	}
	if !preview.Has(p.GivenAr) || !preview.Has(p.Born[:4]) {
		return "", fmt.Errorf("the preview does not show the person's civil status: %.600s", preview.Text())
	}
	if form, err = preview.Form("field.email"); err != nil {
		return "", err
	}
	if *page, err = form.Press(ctx, "do", "agree:"+code); err != nil {
		return "", err
	}
	return "refused without consent; fetched, shown, agreed", (*page).OK(200)
}
