package support

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/support/supportapi"
)

var (
	noon    = time.Date(2026, 9, 1, 11, 0, 0, 0, time.UTC)
	origins = []string{"http://portal.test", "http://identity.test"}
)

func demand(change func(*supportapi.Message)) supportapi.Message {
	m := supportapi.Message{
		To: "amina@example.ma", Lang: "ar", Template: "receipt", Key: "dos_1/receipt",
		Params: map[string]string{"reference": "K7M2-9QXD-67", "link": "http://portal.test/ar/dossiers/dos_1"},
	}
	if change != nil {
		change(&m)
	}
	return m
}

func TestWhatMayNotBeSent(t *testing.T) {
	for name, c := range map[string]struct {
		field  string
		change func(*supportapi.Message)
	}{
		"no address":              {"to", func(m *supportapi.Message) { m.To = "" }},
		"a list of addresses":     {"to", func(m *supportapi.Message) { m.To = "a@example.ma, b@example.ma" }},
		"a name beside it":        {"to", func(m *supportapi.Message) { m.To = "Amina <amina@example.ma>" }},
		"a header in the address": {"to", func(m *supportapi.Message) { m.To = "a@example.ma\r\nBcc: b@example.ma" }},
		"unknown template":        {"template", func(m *supportapi.Message) { m.Template = "advert" }},
		"no key":                  {"key", func(m *supportapi.Message) { m.Key = "" }},
		"no reference":            {"params.reference", func(m *supportapi.Message) { m.Params["reference"] = "" }},
		"a line break":            {"params.reference", func(m *supportapi.Message) { m.Params["reference"] = "K7\nsee http://evil" }},
		"foreign link":            {"params.link", func(m *supportapi.Message) { m.Params["link"] = "http://evil.test/ar" }},
		"lookalike link":          {"params.link", func(m *supportapi.Message) { m.Params["link"] = "http://portal.test.evil/" }},
		"no link":                 {"params.link", func(m *supportapi.Message) { delete(m.Params, "link") }},
	} {
		_, err := Accept(demand(c.change), "casework", origins, noon)
		if got := errs.FieldsOf(err); len(got) != 1 || got[0].Name != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	share := demand(func(m *supportapi.Message) { m.Template = "share"; delete(m.Params, "reference") })
	if _, err := Accept(share, "locker", origins, noon); err != nil {
		t.Errorf("a share names no reference: %v", err)
	}
}

func TestAMessageHidesItsAddress(t *testing.T) {
	m, err := Accept(demand(nil), "casework", origins, noon)
	if err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", m, m, m), "amina") {
		t.Errorf("%v prints its address", m.ID)
	}
}

func TestAMessageIsGivenUpInTheEnd(t *testing.T) {
	m := Message{State: Queued}
	for range maxFailures - 1 {
		if m = m.AfterFailure(false); m.State != Queued {
			t.Fatalf("given up after %d", m.Failures)
		}
	}
	if m.AfterFailure(false).State != Failed || (Message{}).AfterFailure(true).State != Failed {
		t.Error("never given up")
	}
}

func TestLettersSayLittleInFourLanguages(t *testing.T) {
	texts, err := i18n.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range Templates {
		for _, lang := range i18n.Langs {
			m := Message{Template: template, Lang: lang, Reference: "K7M2-9QXD-67", Link: "http://portal.test/x?a=1&b=2"}
			l, err := Compose(m, texts)
			if err != nil {
				t.Fatal(err)
			}
			whole := l.Subject + l.Text + l.HTML
			if strings.Contains(whole, "⟦") || strings.ContainsAny(l.Subject, "\r\n") || l.Lang != lang {
				t.Errorf("%s in %s: %s", template, lang, whole)
			}
			if !strings.Contains(l.Text, "\nhttp://portal.test/x?a=1&b=2\n") || !strings.Contains(l.HTML, `href="http://portal.test/x?a=1&amp;b=2" dir="ltr"`) {
				t.Errorf("%s in %s: link\n%s\n%s", template, lang, l.Text, l.HTML)
			}
			if !strings.Contains(l.HTML, `dir="`+lang.Dir()+`"`) || strings.Contains(l.HTML, "<script") {
				t.Errorf("%s in %s: HTML\n%s", template, lang, l.HTML)
			}
			if template != "share" && !strings.Contains(l.Text, m.Reference) {
				t.Errorf("%s in %s names no reference", template, lang)
			}
		}
	}
}
