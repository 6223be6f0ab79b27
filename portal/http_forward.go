package portal

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

// forwarders makes one reverse proxy per block that has pages.
func (b *Block) forwarders() map[string]http.Handler {
	all := map[string]http.Handler{}
	for _, name := range sections {
		if all[name] == nil {
			all[name] = b.forwarder(name)
		}
	}
	return all
}

// forward passes a path on to its block, with who visits.
func (b *Block) forward(w http.ResponseWriter, r *http.Request) {
	name, ok := Target(r.URL.Path)
	if !ok {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "page_unknown"))
		return
	}
	r.Pattern = "/{lang}/" + name + "/…" // the access line names the block, never the path
	b.forwards[name].ServeHTTP(w, r)
}

// callback passes the bank's answer on without a visit: it comes from the
// bank's server, or from a browser that another site has sent.
func (b *Block) callback(w http.ResponseWriter, r *http.Request) {
	b.forwards["payment"].ServeHTTP(w, r.WithContext(tokens.WithVisit(r.Context(), tokens.Visit{})))
}

func (b *Block) forwarder(name string) http.Handler {
	client := b.d.Peer(name)
	base, err := url.Parse(client.Base())
	return &httputil.ReverseProxy{
		Transport: client.Transport(),
		Rewrite: func(p *httputil.ProxyRequest) {
			if err != nil {
				return // an address that does not parse answers "unavailable"
			}
			p.SetURL(base)
			p.Out.Host = base.Host
			b.introduce(p.Out, p.In, name)
		},
		ModifyResponse: b.accept,
		ErrorHandler:   b.failed,
		ErrorLog:       log.New(io.Discard, "", 0), // Fail notes the error for the access line
	}
}

// introduce replaces what the browser says of itself by what the portal knows.
func (b *Block) introduce(out, in *http.Request, name string) {
	for _, h := range []string{"Cookie", "Authorization", "Forwarded", "X-Real-Ip", "Proxy-Authorization", "Accept-Encoding"} {
		out.Header.Del(h)
	}
	if !isMachinePath(in.URL.Path) {
		visit := web.Visit(in)
		visit.Lang = string(web.Lang(in))
		token, err := b.d.Keys.SignVisit(name, visit)
		if err != nil {
			httpx.NoteError(in, errs.Wrap("portal: sign visit", err)) // the block answers 401
			return
		}
		out.Header.Set(tokens.VisitHeader, token)
	}
	httpx.SetTrace(in.Context(), out.Header)
}

// accept lets a block's page through and turns an answer that was not made for
// people into a page in their language.
func (b *Block) accept(resp *http.Response) error {
	resp.Header.Del("Set-Cookie")
	resp.Header.Del("Server")
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if strings.HasSuffix(resp.Request.URL.Path, "/payment/callback") || resp.StatusCode < 400 {
		return nil
	}
	switch kind {
	case httpx.ProblemType:
		defer resp.Body.Close()
		var doc httpx.ProblemDoc
		if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&doc); err != nil {
			return errs.New(errs.Unavailable, "upstream_unavailable").Cause(err)
		}
		return doc.Err()
	case "text/html":
		return nil
	}
	resp.Body.Close()
	return errs.New(errs.KindOfStatus(resp.StatusCode), "page_unknown").Cause(errors.New("portal: answer without a page: " + resp.Status))
}

// failed turns a fault of the wire into "this service does not answer".
func (b *Block) failed(w http.ResponseWriter, r *http.Request, err error) {
	var e *errs.Error
	if !errors.As(err, &e) {
		err = errs.New(errs.Unavailable, "block_unavailable").Cause(err)
	}
	if errs.KindOf(err) == errs.Unavailable {
		w.Header().Set("Retry-After", "30")
	}
	b.pages.Fail(w, r, err)
}
