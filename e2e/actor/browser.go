package actor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

const (
	maxPage      = 8 << 20
	maxRedirects = 12
)

// Browser is one person's browser: cookies and the page he looks at.
type Browser struct {
	Lang string
	http *http.Client
}

// New returns an empty browser that prefers a language (ar, fr, zgh, en).
func New(lang string) *Browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Browser{Lang: lang, http: &http.Client{
		Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Page is what the browser shows after a request and its redirects.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   []byte
	Doc    *html.Node // nil when the answer is no HTML
	b      *Browser
}

// Open goes to an absolute address.
func (b *Browser) Open(ctx context.Context, address string) (*Page, error) {
	return b.do(ctx, http.MethodGet, address, "", nil, "")
}

// do follows redirects as browsers do: 303 and 302 become GET, the origin of a form is told.
func (b *Browser) do(ctx context.Context, method, address, contentType string, body []byte, origin string) (*Page, error) {
	for range maxRedirects {
		req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("actor: %w", err)
		}
		req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		req.Header.Set("Accept-Language", b.Lang)
		req.Header.Set("Sec-Fetch-Mode", "navigate")
		req.Header.Set("Sec-Fetch-Dest", "document")
		req.Header.Set("Sec-Fetch-Site", site(origin, req.URL))
		if method == http.MethodPost {
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("Origin", origin)
		}
		resp, err := b.http.Do(req)
		if err != nil {
			return nil, fmt.Errorf("actor: %w", err)
		}
		page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
		resp.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("actor: %w", err)
		}
		if next, ok := strings.CutPrefix(resp.Header.Get("Refresh"), "0; url="); ok {
			to, err := req.URL.Parse(next)
			if err != nil {
				return nil, fmt.Errorf("actor: refresh: %w", err)
			}
			method, body, contentType, origin, address = http.MethodGet, nil, "", Origin(req.URL), to.String()
			continue
		}
		if location := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && location != "" {
			next, err := req.URL.Parse(location)
			if err != nil {
				return nil, fmt.Errorf("actor: redirect: %w", err)
			}
			if origin == "" {
				origin = Origin(req.URL)
			}
			if resp.StatusCode != http.StatusTemporaryRedirect && resp.StatusCode != http.StatusPermanentRedirect {
				method, body, contentType = http.MethodGet, nil, ""
			}
			address = next.String()
			continue
		}
		return b.show(req.URL, resp, page)
	}
	return nil, errors.New("actor: too many redirects")
}

func (b *Browser) show(at *url.URL, resp *http.Response, body []byte) (*Page, error) {
	p := &Page{URL: at, Status: resp.StatusCode, Header: resp.Header, Body: body, b: b}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		doc, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("actor: %w", err)
		}
		p.Doc = doc
	}
	return p, nil
}

// Origin returns scheme://host of an address.
func Origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func site(origin string, to *url.URL) string {
	switch from, err := url.Parse(origin); {
	case origin == "":
		return "none"
	case err == nil && Origin(from) == Origin(to):
		return "same-origin"
	case err == nil && from.Hostname() == to.Hostname():
		return "same-site"
	}
	return "cross-site"
}

// OK returns the page, or an error with the beginning of its text when the status is not the one wanted.
func (p *Page) OK(status int) error {
	if p.Status == status {
		return nil
	}
	text := p.Text()
	if len(text) > 600 {
		text = text[:600]
	}
	return fmt.Errorf("actor: %s answered %d, want %d: %s", p.URL.Path, p.Status, status, text)
}

// Follow opens the first link whose address holds part.
func (p *Page) Follow(ctx context.Context, part string) (*Page, error) {
	href := ""
	each(p.Doc, func(n *html.Node) {
		if h := attr(n, "href"); href == "" && n.Data == "a" && strings.Contains(h, part) {
			href = h
		}
	})
	if href == "" {
		return nil, fmt.Errorf("actor: no link with %q on %s", part, p.URL.Path)
	}
	return p.Go(ctx, href)
}

// Go opens an address relative to the page.
func (p *Page) Go(ctx context.Context, href string) (*Page, error) {
	u, err := p.URL.Parse(href)
	if err != nil {
		return nil, fmt.Errorf("actor: %w", err)
	}
	return p.b.do(ctx, http.MethodGet, u.String(), "", nil, Origin(p.URL))
}

// Reload opens the page again.
func (p *Page) Reload(ctx context.Context) (*Page, error) { return p.b.Open(ctx, p.URL.String()) }
