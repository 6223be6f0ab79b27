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
	"wasl/kit/i18n"
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
	list, err := b.offers(ctx)
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

// offers are the first procedures that each event of life leads to.
func (b *Block) offers(ctx context.Context) ([]offer, error) {
	now := b.d.Clock.Now()
	b.popular.mu.Lock()
	list, fresh := b.popular.list, now.Sub(b.popular.at) < popularLife
	b.popular.mu.Unlock()
	if fresh {
		return list, nil
	}
	var found []catalogapi.Procedure
	for _, e := range events {
		answer, err := b.catalog.Search(ctx, b.pages.Bundle().T(i18n.Arabic, "home.event_search."+e), hitsPerEvent)
		if err != nil {
			return list, err
		}
		for _, hit := range answer.Hits {
			found = append(found, hit.Procedure)
		}
	}
	list = offered(found)
	b.popular.mu.Lock()
	b.popular.list, b.popular.at = list, now
	b.popular.mu.Unlock()
	return list, nil
}

const hitsPerEvent = 8
