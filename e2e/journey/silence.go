package journey

import (
	"context"
	"fmt"
	"strings"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/law"
)

const permitDays = 30 // demonstration value of the sheet

// Silence is journey B.
func (w *World) Silence(ctx context.Context, r *Recorder) error {
	citizen, governor := w.person(cast.Builder, "fr"), w.person(cast.Governor, "ar")
	book := law.Current()
	var page *actor.Page
	var path string
	var deadline law.Deadline
	var deliverBy civil.Date
	return r.play("B Silence", func(step func(string, func() (string, error))) {
		step("log in, begin a building permit", func() (string, error) {
			if _, err := citizen.login(ctx, "/"); err != nil {
				return "", err
			}
			var err error
			page, path, err = citizen.start(ctx, cast.Permit, func(f *actor.Form) { cast.FillPermit(f, citizen.Email) })
			return path, err
		})
		step("deposit with a piece missing: «being deposited», which lists it (art. 10)", func() (string, error) {
			if err := citizen.bring(ctx, &page, "piece.plan", "save"); err != nil {
				return "", err
			}
			receipt, proof, err := citizen.deposit(ctx, path)
			if err != nil {
				return "", err
			}
			by, _ := book.Full("10", w.Today(), 30)
			if !receipt.Has("Certificat de propriété", i18n.Date(i18n.French, by)) || receipt.Has("Plan d’architecte") {
				return "", fmt.Errorf("the receipt does not list the one missing piece and the day %s: %.500s", by, receipt.Text())
			}
			return proof + ", to be completed by " + by.String(), nil
		})
		step("bring it: «dossier deposited», the clock runs (art. 10, 16, 31)", func() (string, error) {
			var err error
			if page, err = citizen.open(ctx, path); err != nil {
				return "", err
			}
			if err := citizen.bring(ctx, &page, "piece.land-title", "complete"); err != nil {
				return "", err
			}
			deadline = book.Deadline(law.Clock{Regime: law.Regime{Days: permitDays, Listed: true, Level: law.Local}, Complete: w.Today()})
			return citizen.seesDate(ctx, path, deadline.Last)
		})
		step("on the last day there is no silence yet (art. 31)", func() (string, error) {
			if err := w.ShiftTo(ctx, deadline.Last); err != nil {
				return "", err
			}
			page, err := citizen.open(ctx, path)
			if err != nil {
				return "", err
			}
			if _, err := page.Form("do"); err == nil && strings.Contains(string(page.Body), `value="claim"`) {
				return "", fmt.Errorf("the act can be claimed on the last day")
			}
			return "legal date " + deadline.Last.String() + ": still the administration's day", nil
		})
		step("the day after, silence counts as approval (art. 19)", func() (string, error) {
			if err := w.ShiftTo(ctx, deadline.SilenceOn); err != nil {
				return "", err
			}
			_, err := citizen.button(ctx, path, "claim")
			return "legal date " + deadline.SilenceOn.String(), err
		})
		step("the citizen claims the act", func() (string, error) {
			form, err := citizen.button(ctx, path, "claim")
			if err != nil {
				return "", err
			}
			if page, err = form.Press(ctx, "do", "claim"); err != nil {
				return "", err
			}
			deliverBy, _ = book.DeliverBy(w.Today())
			return citizen.seesDate(ctx, path, deliverBy)
		})
		step("not before the claim's seven full days have passed (art. 19, 31)", func() (string, error) {
			if err := w.ShiftTo(ctx, deliverBy); err != nil {
				return "", err
			}
			page, err := citizen.open(ctx, path)
			if err != nil {
				return "", err
			}
			if strings.Contains(string(page.Body), `value="escalate"`) {
				return "", fmt.Errorf("the governor can be asked on %s, the commune's last day", deliverBy)
			}
			return "legal date " + deliverBy.String() + ": the commune may still deliver", nil
		})
		step("the commune does not deliver: the citizen turns to the governor (art. 20)", func() (string, error) {
			if err := w.ShiftTo(ctx, deliverBy.AddDays(1)); err != nil {
				return "", err
			}
			form, err := citizen.button(ctx, path, "escalate")
			if err != nil {
				return "", err
			}
			page, err = form.Press(ctx, "do", "escalate")
			if err != nil {
				return "", err
			}
			e := book.Escalate(law.Local, w.Today())
			return citizen.seesDate(ctx, path, e.By)
		})
		step("the governor issues the attestation of silence, within ten full days", func() (string, error) {
			if err := w.ShiftTo(ctx, book.Calendar.Next(deliverBy.AddDays(4))); err != nil {
				return "", err
			}
			return governor.attest(ctx, path)
		})
		step("sealed attestation in the locker, checked offline", func() (string, error) {
			_, proof, err := citizen.paper(ctx, path, "attestation-of-silence")
			return proof, err
		})
		step("the trace explains every date with its article", func() (string, error) {
			page, err := citizen.open(ctx, path)
			if err != nil {
				return "", err
			}
			for _, article := range []string{"10", "16", "19", "20", "31"} {
				if !strings.Contains(page.Text(), "art. "+article) && !page.Has("Art. "+article) && !page.Has("article "+article) {
					return "", fmt.Errorf("no article %s in the trace: %.1500s", article, page.Text())
				}
			}
			return "articles 10, 16, 19, 20, 31", nil
		})
	})
}

// bring uploads the plan or the land title and presses a button of that form.
func (p *person) bring(ctx context.Context, page **actor.Page, field, do string) error {
	doc, err := plan("Projet de construction")
	if err != nil {
		return err
	}
	form, err := (*page).Form(field)
	if err != nil {
		return err
	}
	if *page, err = form.Attach(field, "piece.pdf", "application/pdf", doc).Press(ctx, "do", do); err != nil {
		return err
	}
	return (*page).OK(200)
}

// button waits until the dossier's page offers an action.
func (p *person) button(ctx context.Context, path, do string) (*actor.Form, error) {
	return wait(ctx, "the button "+do, func() (*actor.Form, bool, error) {
		page, err := p.open(ctx, path)
		if err != nil {
			return nil, false, err
		}
		form, ok := page.FormWith("do", do)
		return form, ok, nil
	})
}

// seesDate checks that the dossier's page shows a date that the law gives.
func (p *person) seesDate(ctx context.Context, path string, day civil.Date) (string, error) {
	page, err := p.open(ctx, path)
	if err != nil {
		return "", err
	}
	if want := i18n.Date(i18n.Lang(p.Lang), day); !page.Has(want) {
		return "", fmt.Errorf("the page does not show %s: %.900s", want, page.Text())
	}
	return "until " + day.String(), nil
}

// attest is the governor's act.
func (p *person) attest(ctx context.Context, path string) (string, error) {
	inbox, err := p.inOffice(ctx)
	if err != nil {
		return "", err
	}
	page, err := inbox.Follow(ctx, officePath(path))
	if err != nil {
		return "", err
	}
	form, ok := page.FormWith("do", "attest")
	if !ok {
		return "", fmt.Errorf("nothing to attest: %.500s", page.Text())
	}
	if page, err = form.Press(ctx, "do", "attest"); err != nil {
		return "", err
	}
	return "issued on " + p.w.Today().String() + " by " + p.NameFr(), page.OK(200)
}
