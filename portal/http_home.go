package portal

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"wasl/casework/caseworkapi"
	"wasl/catalog/catalogapi"
	"wasl/kit/httpx"
	"wasl/kit/web"
)

type homeView struct {
	Events   []web.Card
	Popular  []offer
	Dossiers []dossierLine
	SignedIn bool
	Name     string
}

type dossierLine struct {
	caseworkapi.Summary
	Tag     web.Tag
	Running bool // the administration's delay runs
}

// events are the moments of life by which people look for a procedure.
var events = []string{"birth", "travel", "build", "business", "drive", "marry"}

// home shows the promise, the search, and what concerns the person. A block
// that is away costs its section, never the page.
func (b *Block) home(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), deadline)
	defer cancel()
	visit := web.Visit(r)
	view := homeView{SignedIn: visit.SignedIn(), Name: visit.Name(string(web.Lang(r)))}
	for _, e := range events {
		view.Events = append(view.Events, web.Card{
			Href: "/search?q=" + url.QueryEscape(b.pages.Bundle().T(web.Lang(r), "home.event_search."+e)), Title: web.K("home.event." + e), Note: web.K("home.event_note." + e),
		})
	}
	list, err := b.popular.read(ctx, b.d.Clock.Now(), b.catalog)
	if err != nil {
		httpx.NoteError(r, err)
	}
	view.Popular = list
	if visit.SignedIn() {
		dossiers, err := b.casework.Dossiers(ctx, visit.Subject)
		if err != nil {
			httpx.NoteError(r, err)
		}
		for _, d := range dossiers[:min(len(dossiers), 3)] {
			view.Dossiers = append(view.Dossiers, dossierLine{d, stateTag(d.State), d.State == "deposited"})
		}
	}
	b.pages.Render(w, r, http.StatusOK, "home", web.Page{TitleKey: "home.title", Hero: true, Data: view})
}

// stateTag says a dossier's state in a word and a colour.
func stateTag(state string) web.Tag {
	kinds := map[string]string{
		"draft": "neutral", "being_deposited": "warn", "deposited": "now", "accepted": "ok", "silence": "ok",
		"refused": "stop", "returned": "stop", "withdrawn": "neutral",
	}
	kind, known := kinds[state]
	if !known {
		return web.Tag{Kind: "neutral", Text: web.K("home.state.other")}
	}
	return web.Tag{Kind: kind, Text: web.K("home.state." + state)}
}

// popular remembers for a minute the procedures that the home page offers.
type popular struct {
	mu   sync.Mutex
	list []offer
	at   time.Time
}

const popularLife = time.Minute

func (p *popular) read(ctx context.Context, now time.Time, c *catalogapi.Client) ([]offer, error) {
	p.mu.Lock()
	list, fresh := p.list, now.Sub(p.at) < popularLife
	p.mu.Unlock()
	if fresh {
		return list, nil
	}
	procedures, err := c.Procedures(ctx, "", 400)
	if err != nil {
		return list, err
	}
	list = offered(procedures)
	p.mu.Lock()
	p.list, p.at = list, now
	p.mu.Unlock()
	return list, nil
}
