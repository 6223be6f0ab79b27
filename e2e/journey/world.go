package journey

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
	"wasl/kit/civil"
)

// World is where the journeys play: addresses, people, and the two powers that only a demonstration has.
type World struct {
	Portal   string
	Identity string
	Drawer   string // page of the software cards
	Mail     string // page of the mail simulator
	People   []cast.Person
	Dir      string // for downloaded files
	Trust    string // trust file of the installation

	// ShiftTo moves the legal date to a day and waits until all processes follow.
	ShiftTo func(ctx context.Context, day civil.Date) error
	// Today is the legal date as the processes see it.
	Today func() civil.Date
	// Verify runs `wasl verify` and returns what it printed, and whether it accepted.
	Verify func(ctx context.Context, files ...string) (said string, ok bool)

	receipt   string // sealed receipt of journey A, which C tampers with
	deposited string // path of journey A's dossier
	exchange  string // proof of journey A's exchange, which C tampers with
}

// Play runs all journeys and stops at the first step that fails.
func (w *World) Play(ctx context.Context, r *Recorder) error {
	for _, j := range []func(context.Context, *Recorder) error{w.Passport, w.Silence, w.Refusals} {
		if err := j(ctx, r); err != nil {
			return err
		}
	}
	r.Report.OK = true
	return nil
}

// person is a member of the cast at a browser.
type person struct {
	cast.Person
	*actor.Browser
	w *World
}

func (w *World) person(key, lang string) *person {
	return &person{cast.Of(w.People, key), actor.New(lang), w}
}

// open opens a page of the portal in the person's language.
func (p *person) open(ctx context.Context, path string) (*actor.Page, error) {
	page, err := p.Open(ctx, p.w.Portal+"/"+p.Lang+path)
	if err != nil {
		return nil, err
	}
	return page, page.OK(200)
}

// insert lays the person's card on the reader.
func (p *person) insert(ctx context.Context) error {
	drawer, err := actor.New("fr").Open(ctx, p.w.Drawer)
	if err != nil {
		return err
	}
	form, err := drawer.Form("serial")
	if err != nil { // every other card is away: only this one lies there already
		return nil
	}
	page, err := form.Set("serial", p.Serial).Submit(ctx)
	if err != nil {
		return err
	}
	return page.OK(200)
}

// wait asks again and again, for the work that follows a commit.
func wait[T any](ctx context.Context, what string, ask func() (T, bool, error)) (T, error) {
	deadline := now().Add(30 * time.Second)
	for {
		v, ok, err := ask()
		if err != nil || ok {
			return v, err
		}
		if now().After(deadline) {
			return v, fmt.Errorf("waited 30 s for %s", what)
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}
