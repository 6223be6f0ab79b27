package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
)

// deposit reads the answers again and deposits; the receipt is there at once.
func (p *person) deposit(ctx context.Context, path string) (*actor.Page, string, error) {
	page, err := p.open(ctx, path+"/check")
	if err != nil {
		return nil, "", err
	}
	form, err := page.Form("do")
	if err != nil {
		return nil, "", err
	}
	if page, err = form.Press(ctx, "do", "deposit"); err != nil {
		return nil, "", err
	}
	if err := page.OK(200); err != nil {
		return nil, "", err
	}
	if !strings.HasSuffix(page.URL.Path, "/receipt") {
		return nil, "", fmt.Errorf("no receipt at %s: %.300s", page.URL.Path, page.Text())
	}
	reference, _ := page.Find("class", "num")
	return page, "receipt " + reference, nil
}

// paper finds the newest sealed document of a kind in the dossier, downloads it with its proof and lets the verifier judge both.
func (p *person) paper(ctx context.Context, path, kind string) (file, proof string, err error) {
	href, err := wait(ctx, "the sealed "+kind, func() (string, bool, error) {
		page, err := p.open(ctx, path)
		if err != nil {
			return "", false, err
		}
		text, links := string(page.Body), page.Links("/documents/")
		for _, l := range links {
			if i := strings.Index(text, l); i >= 0 && p.isKind(ctx, page, l, kind) {
				return l, true, nil
			}
		}
		return "", false, nil
	})
	if err != nil {
		return "", "", err
	}
	if file, err = p.download(ctx, href+"/file", kind+".pdf", "%PDF-"); err != nil {
		return "", "", err
	}
	if said, ok := p.w.Verify(ctx, file); !ok || !strings.Contains(said, "sealed") {
		return "", "", fmt.Errorf("wasl verify refuses the %s: %s", kind, said)
	}
	beside, err := wait(ctx, "the proof of the "+kind, func() (string, bool, error) {
		f, err := p.download(ctx, href+"/proof", kind+".proof.json", "{")
		return f, err == nil, nil
	})
	if err != nil {
		return "", "", err
	}
	said, ok := p.w.Verify(ctx, file, beside)
	if !ok || !strings.Contains(said, "sealed and logged") {
		return "", "", fmt.Errorf("wasl verify refuses the %s with its proof: %s", kind, said)
	}
	return file, firstLine(said), nil
}

// isKind opens the document's page and looks at its type.
func (p *person) isKind(ctx context.Context, from *actor.Page, href, kind string) bool {
	page, err := from.Go(ctx, href)
	if err != nil || page.Status != 200 {
		return false
	}
	return page.Attr("data-type") == kind
}

func (p *person) download(ctx context.Context, href, name, begins string) (string, error) {
	page, err := p.Open(ctx, p.w.Portal+href)
	if err != nil {
		return "", err
	}
	if err := page.OK(200); err != nil {
		return "", err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(page.Body), []byte(begins)) {
		return "", fmt.Errorf("%s is not what it should be: %.80q", name, page.Body)
	}
	file := filepath.Join(p.w.Dir, p.Key+"-"+name)
	return file, os.WriteFile(file, page.Body, 0o600)
}

// share makes a link to the decision for one recipient and purpose.
func (p *person) share(ctx context.Context, path string) (string, error) {
	page, err := p.open(ctx, path)
	if err != nil {
		return "", err
	}
	for _, l := range page.Links("/documents/") {
		if !p.isKind(ctx, page, l, "decision") {
			continue
		}
		if page, err = p.Open(ctx, p.w.Portal+l+"/share"); err != nil {
			return "", err
		}
		form, err := page.Form("recipient")
		if err != nil {
			return "", err
		}
		if page, err = form.Set("recipient", "Agence Atlas Voyages").Set("purpose", "Réservation d’un voyage").Submit(ctx); err != nil {
			return "", err
		}
		if err := page.OK(201); err != nil {
			return "", err
		}
		if link := page.Value("link"); link != "" {
			return link, nil
		}
		return "", fmt.Errorf("no link on %s: %.300s", page.URL.Path, page.Text())
	}
	return "", errors.New("no decision to share")
}

// thirdParty is somebody without an account: opens the link, downloads, verifies by page and by command.
func (w *World) thirdParty(ctx context.Context, link, original string) (string, error) {
	b := &person{Person: cast.Person{Key: "third-party"}, Browser: actor.New("fr"), w: w}
	page, err := b.Open(ctx, link)
	if err != nil {
		return "", err
	}
	if err := page.OK(200); err != nil {
		return "", err
	}
	if !page.Has("Agence Atlas Voyages") {
		return "", errors.New("the link does not say for whom it is")
	}
	files := page.Links("/file")
	if len(files) == 0 {
		return "", fmt.Errorf("nothing to download: %.300s", page.Text())
	}
	got, err := b.download(ctx, files[0], "shared.pdf", "%PDF-")
	if err != nil {
		return "", err
	}
	a, err := os.ReadFile(got)
	if err != nil {
		return "", err
	}
	o, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(a, o) {
		return "", errors.New("the shared file is not the decision")
	}
	return b.verifyByPage(ctx, a, true)
}

// verifyByPage uploads a document to the public verification page.
func (p *person) verifyByPage(ctx context.Context, pdf []byte, good bool) (string, error) {
	page, err := p.open(ctx, "/verify")
	if err != nil {
		return "", err
	}
	form, err := page.Form("file")
	if err != nil {
		return "", err
	}
	if page, err = form.Attach("file", "document.pdf", "application/pdf", pdf).Submit(ctx); err != nil {
		return "", err
	}
	verdict := page.Attr("data-verdict")
	if verdict == "" || (verdict == "intact") != good {
		return "", fmt.Errorf("the page says %q: %.400s", verdict, page.Text())
	}
	return "verification page: " + verdict, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
