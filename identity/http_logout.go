package identity

import (
	"net/http"
	"net/url"
	"slices"

	"wasl/kit/errs"
	"wasl/kit/web"
)

// logout is the end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0). A hint ends only the session it was issued in,
// in the browser that holds it: replaying an old one elsewhere ends nothing. Without a fitting hint the person is asked.
func (b *Block) logout(w http.ResponseWriter, r *http.Request) {
	if err := b.logoutFor(w, r); err != nil {
		b.pages.Fail(w, r, err)
	}
}

type logoutView struct{ SignedIn bool }

func (b *Block) logoutFor(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return errs.New(errs.Invalid, "form_unreadable")
	}
	w.Header().Set("Cache-Control", "no-store")
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	hint, hintErr := b.readIDToken(r.Context(), r.Form.Get("id_token_hint"))
	known := hintErr == nil && (r.Form.Get("client_id") == "" || r.Form.Get("client_id") == hint.Audience)
	if known && !s.ID.IsZero() && hint.Session == sessionFor(s.ID, hint.Audience) {
		if err := b.end(w, r, s); err != nil {
			return err
		}
		s = Session{}
	}
	if known && s.ID.IsZero() {
		target, err := b.afterLogout(r, hint.Audience)
		if err != nil {
			return err
		}
		if target != "" {
			b.leaveFor(w, r, target)
			return nil
		}
	}
	b.pages.Render(w, r, http.StatusOK, "logout", web.Page{
		TitleKey: "logout.title", FormAction: []string{originOf(b.d.PortalURL)}, NoIndex: true, Data: logoutView{SignedIn: !s.ID.IsZero()},
	})
	return nil
}

// afterLogout is the registered address that the relying party asks for, or "".
func (b *Block) afterLogout(r *http.Request, client string) (string, error) {
	c, err := b.client(r.Context(), client)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	target := r.Form.Get("post_logout_redirect_uri")
	if err != nil || !slices.Contains(c.PostLogoutURIs, target) {
		return "", err
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", nil
	}
	if state := r.Form.Get("state"); state != "" {
		q := u.Query()
		q.Set("state", state)
		u.RawQuery = q.Encode()
	}
	return u.String(), nil
}
