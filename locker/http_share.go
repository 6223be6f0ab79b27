package locker

import (
	"crypto/rand"
	"net/http"
	"time"

	"wasl/kit/errs"
	"wasl/kit/web"
)

type shareView struct {
	ID        string
	Recipient string
	Purpose   string
	Expires   time.Time
	Uses, Max int
	Tag       web.Tag
	Active    bool
}

var stateKinds = map[ShareState]string{Active: "ok", Expired: "neutral", Revoked: "stop", UsedUp: "neutral"}

func viewShare(s Share, now time.Time) shareView {
	state := s.State(now)
	return shareView{
		ID: s.ID.String(), Recipient: s.Recipient, Purpose: s.Purpose, Expires: s.Expires, Uses: s.Uses, Max: s.MaxUses,
		Tag: web.Tag{Kind: stateKinds[state], Text: web.K("share.state." + string(state))}, Active: state == Active,
	}
}

type newShareView struct {
	Form *web.Input
	Days []web.Choice
	Uses []web.Choice
}

func options(key string, numbers ...string) (all []web.Choice) {
	for _, n := range numbers {
		all = append(all, web.Choice{Value: n, Label: web.K(key + "." + n)})
	}
	return all
}

func (b *Block) newShare(w http.ResponseWriter, r *http.Request, d Document, form *web.Input, err error) {
	status := http.StatusOK
	if err != nil {
		status = errs.KindOf(err).Status()
	}
	b.pages.Render(w, r, status, "share", web.Page{
		TitleKey: "share.title", Crumbs: crumbs(d), NoIndex: true, Errors: err,
		Data: newShareView{Form: form, Days: options("share.days", "1", "7", "30"), Uses: options("share.uses", "1", "3", "10")},
	})
}

func crumbs(d Document) []web.Crumb {
	return []web.Crumb{{Text: web.K("documents.title"), Path: "/documents"}, {Text: d.Title, Path: "/documents/" + d.ID.String()}}
}

func (b *Block) sharePage(w http.ResponseWriter, r *http.Request) {
	if d, ok := b.own(w, r); ok {
		b.newShare(w, r, d, web.Filled("days", "7", "uses", "3"), nil)
	}
}

type sharedLinkView struct {
	Link  string
	Share shareView
	Path  string
}

// shareForm makes the share and shows its link once: only the token's hash is kept, so it cannot be shown again.
func (b *Block) shareForm(w http.ResponseWriter, r *http.Request) {
	d, ok := b.own(w, r)
	if !ok {
		return
	}
	in, err := web.Form(r, 0)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	s, err := NewShare(d, in.Get("recipient"), in.Get("purpose"), in.Get("days"), in.Get("uses"), b.deps.Clock.Now())
	if err != nil {
		b.newShare(w, r, d, in, in.Fail(err))
		return
	}
	token := make([]byte, tokenSize)
	if _, err := rand.Read(token); err != nil {
		b.pages.Fail(w, r, errs.Wrap("locker: token", err))
		return
	}
	link := FormatToken(token)
	if err := b.store.share(r.Context(), s, HashToken(link)); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusCreated, "shared-link", web.Page{
		TitleKey: "share.done_title", Crumbs: crumbs(d), NoIndex: true,
		Data: sharedLinkView{Link: b.deps.PortalURL + web.URL(r, "/s/"+link), Share: viewShare(s, s.At), Path: "/documents/" + d.ID.String()},
	})
}

func (b *Block) revokeForm(w http.ResponseWriter, r *http.Request) {
	d, ok := b.own(w, r)
	if !ok {
		return
	}
	var id ShareID
	if err := id.UnmarshalText([]byte(r.PathValue("share"))); err != nil || id.IsZero() {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "not_found"))
		return
	}
	if err := b.store.revoke(r.Context(), d.Owner, d.ID, id, b.deps.Clock.Now()); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, "/documents/"+d.ID.String())
}

type sharedView struct {
	Recipient, Purpose string
	Expires            time.Time
	Rows               []web.Row
	Left               int
	Link               string
	Sealed             bool
	Report             *reportView
}

// sharedPage is what the third party sees: for whom and why the document is shared, and whether its seal holds.
func (b *Block) sharedPage(w http.ResponseWriter, r *http.Request) {
	s, d, ok := b.use(w, r, false)
	if !ok {
		return
	}
	v := sharedView{
		Recipient: s.Recipient, Purpose: s.Purpose, Expires: s.Expires, Rows: b.rows(r, d), Left: s.Left(),
		Link: "/s/" + r.PathValue("token"), Sealed: d.Seal != "",
	}
	if d.ContentType == "application/pdf" {
		report, err := b.validate(r, d)
		if err != nil {
			b.pages.Fail(w, r, err)
			return
		}
		v.Report, v.Rows = report, v.Rows[:len(v.Rows)-1] // the report shows the fingerprint
	}
	w.Header().Set("Cache-Control", "no-store")
	b.pages.Render(w, r, http.StatusOK, "shared", web.Page{Title: d.Title, NoIndex: true, Data: v})
}

// use opens the share named in the path, or answers why it cannot be opened.
func (b *Block) use(w http.ResponseWriter, r *http.Request, download bool) (s Share, d Document, ok bool) {
	s, d, refusal, err := b.store.use(r.Context(), r.PathValue("token"), download)
	if err == nil {
		err = refusal
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return s, d, false
	}
	return s, d, true
}

func (b *Block) sharedFile(w http.ResponseWriter, r *http.Request) {
	if _, d, ok := b.use(w, r, true); ok {
		b.serve(w, r, d, Activity{}) // the use is recorded already
	}
}

func (b *Block) sharedProof(w http.ResponseWriter, r *http.Request) {
	if _, d, ok := b.use(w, r, false); ok {
		b.serveProof(w, r, d)
	}
}
