package exchange

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/web"
)

const perPage = 20

// accessView is the page "who looked at my data".
type accessView struct {
	Rows  []accessRow
	Total int
	Looks []lookRow
	Seen  int // all looks
	Pager *web.Pager
}

type accessRow struct {
	At         time.Time
	Who        any // on whose behalf
	Provider   any
	Fields     []any
	Procedure  any
	Purpose    any
	LegalBasis any
	Outcome    web.Tag
	Message    web.Ref
	Dossier    string // path
	Proof      string // path; "" while there is no answer
}

// accessPage shows the person every exchange about them, from the journal, and every look that an administration took.
func (b *Block) accessPage(w http.ResponseWriter, r *http.Request) {
	v, ok := b.pages.SignedIn(w, r)
	if !ok {
		return
	}
	page := web.PageNumber(r)
	var list []Access
	var looks []exchangeapi.Read
	var total, seen int
	err := b.db.Tx(r.Context(), pg.Person(v.Subject), func(ctx context.Context, tx pgx.Tx) (err error) {
		if list, total, err = accessesOf(ctx, tx, v.Subject, perPage, (page-1)*perPage); err != nil {
			return err
		}
		looks, seen, err = looksOf(ctx, tx, v.Subject, perPage, (page-1)*perPage)
		return err
	})
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	view := accessView{Total: total, Seen: seen}
	for _, look := range looks {
		view.Looks = append(view.Looks, b.lookRow(r.Context(), look))
	}
	for _, a := range list {
		view.Rows = append(view.Rows, b.row(r.Context(), a))
	}
	if last := (max(total, seen) + perPage - 1) / perPage; last > 1 {
		view.Pager = &web.Pager{Page: page, Last: last, Href: "/access"}
	}
	b.pages.Render(w, r, http.StatusOK, "access", web.Page{TitleKey: "access.title", NoIndex: true, Data: view})
}

// row says an exchange in words; a code without words is shown as it is.
func (b *Block) row(ctx context.Context, a Access) accessRow {
	has := b.pages.Bundle().Has
	word := func(prefix, code string) any {
		if has(prefix + code) {
			return web.K(prefix + code)
		}
		return code
	}
	row := accessRow{
		At: a.AskedAt, Who: b.names.organisation(ctx, b.catalog(), a.Org), Provider: word("member.", a.Provider),
		Procedure: b.names.procedure(ctx, b.catalog(), a.Procedure), LegalBasis: word("basis.", a.LegalBasis),
		Message: web.Ref(a.ID.String()), Outcome: web.Tag{Kind: outcomeKinds[a.Outcome], Text: web.K("outcome." + string(a.Outcome))},
	}
	purpose, _, _ := strings.Cut(a.Purpose, ".")
	row.Purpose = word("purpose.", purpose)
	for _, f := range a.Fields {
		row.Fields = append(row.Fields, word("field.", f))
	}
	if strings.HasPrefix(a.Dossier, "dos_") {
		row.Dossier = "/dossiers/" + a.Dossier
	}
	if a.Outcome != Sent {
		row.Proof = "/access/" + a.ID.String() + "/proof"
	}
	return row
}

var outcomeKinds = map[Outcome]string{Sent: "now", Answered: "ok", NotFound: "neutral", Refused: "stop", Failed: "warn"}

// downloadProof hands the person the proof of one exchange about him, which `wasl verify` checks offline.
func (b *Block) downloadProof(w http.ResponseWriter, r *http.Request) {
	v, ok := b.pages.SignedIn(w, r)
	if !ok {
		return
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "not_found"))
		return
	}
	file, err := b.proof(r.Context(), id, v.Subject)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="exchange-`+id.String()+`.json"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(file)
}

// names keeps what the catalogue calls an organisation or a procedure.
type names struct {
	mu    sync.Mutex
	known map[string]i18n.Text
}

const maxNames = 5000

func (n *names) get(key, code string, fetch func() (i18n.Text, error)) any {
	n.mu.Lock()
	text, ok := n.known[key]
	n.mu.Unlock()
	if ok {
		return text
	}
	text, err := fetch()
	if err != nil || len(text) == 0 {
		return code // the catalogue is away, or does not know it: the code is better than nothing
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[string]i18n.Text{}
	}
	n.known[key] = text
	return text
}

func (n *names) organisation(ctx context.Context, c *catalogapi.Client, code string) any {
	return n.get("org/"+code, code, func() (i18n.Text, error) {
		o, err := c.Organisation(ctx, code)
		return o.Name, err
	})
}

func (n *names) unit(ctx context.Context, c *catalogapi.Client, code string) any {
	return n.get("unit/"+code, code, func() (i18n.Text, error) {
		u, err := c.Unit(ctx, code)
		return u.Name, err
	})
}

func (n *names) procedure(ctx context.Context, c *catalogapi.Client, code string) any {
	return n.get("procedure/"+code, code, func() (i18n.Text, error) {
		p, err := c.Procedure(ctx, code)
		return p.Title, err
	})
}
