package webtest

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"wasl/kit/i18n"
)

// Faults reads a whole page in language lang and says what is wrong with it.
func Faults(lang i18n.Lang, page string) []string {
	c := checker{lang: lang, ids: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			c.open(token, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			c.close(token.Data)
		case html.TextToken:
			c.text(token.Data)
		}
	}
	c.end()
	return c.faults
}

type element struct {
	name, lang string
	isolated   bool
}

type checker struct {
	lang    i18n.Lang
	stack   []element
	ids     map[string]bool
	refs    []string // ids that labels and descriptions name
	h1      int
	faults  []string
	pending []string // ids of controls that need a label
	labels  []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true, "wbr": true, "col": true, "source": true}

// within lists the elements that may not stand inside the key.
var within = map[string][]string{
	"p":      {"p", "div", "ul", "ol", "dl", "table", "form", "fieldset", "section", "h1", "h2", "h3", "figure"},
	"a":      {"a", "button", "input", "select", "textarea"},
	"button": {"a", "button", "input"},
	"form":   {"form"},
	"label":  {"label", "h1", "h2"},
	"span":   {"div", "p", "ul", "ol", "dl", "table", "h1", "h2", "h3"},
	"bdi":    {"div", "p", "ul", "ol"},
}

func (c *checker) open(token html.Token, selfClosing bool) {
	e := element{name: token.Data, lang: string(c.lang)}
	if len(c.stack) > 0 {
		top := c.stack[len(c.stack)-1]
		e.lang, e.isolated = top.lang, top.isolated
	}
	for _, parent := range c.stack {
		for _, child := range within[parent.name] {
			if child == token.Data {
				c.fault("<%s> inside <%s>", child, parent.name)
			}
		}
	}
	attrs := c.attributes(token)
	if l, ok := attrs["lang"]; ok {
		e.lang = l
	}
	if token.Data == "html" && attrs["lang"] != string(c.lang) {
		c.fault("the page says it is in %q", attrs["lang"])
	}
	e.isolated = e.isolated || token.Data == "bdi" || token.Data == "textarea" || token.Data == "script"
	c.control(token.Data, attrs)
	if token.Data == "h1" {
		c.h1++
	}
	if !void[token.Data] && !selfClosing {
		c.stack = append(c.stack, e)
	}
}

func (c *checker) attributes(token html.Token) map[string]string {
	attrs := map[string]string{}
	for _, a := range token.Attr {
		if _, twice := attrs[a.Key]; twice {
			c.fault("attribute %s twice on <%s>", a.Key, token.Data)
		}
		attrs[a.Key] = a.Val
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			c.fault("inline %s on <%s>", a.Key, token.Data)
		}
		if strings.Contains(a.Val, "⟦") || strings.Contains(a.Val, "ZgotmplZ") {
			c.fault("missing text %s", a.Val)
		}
		switch a.Key {
		case "id":
			if c.ids[a.Val] {
				c.fault("id %q twice", a.Val)
			}
			c.ids[a.Val] = true
		case "for", "aria-labelledby", "aria-describedby", "aria-controls":
			c.refs = append(c.refs, strings.Fields(a.Val)...)
		}
	}
	return attrs
}

func (c *checker) control(name string, attrs map[string]string) {
	switch name {
	case "style":
		c.fault("inline <style>")
	case "script":
		if attrs["src"] == "" {
			c.fault("inline <script>")
		}
	case "img":
		if _, ok := attrs["alt"]; !ok {
			c.fault("<img> without alt")
		}
	case "label":
		c.labels = append(c.labels, attrs["for"])
	case "input", "select", "textarea":
		if kind := attrs["type"]; kind == "hidden" || kind == "submit" {
			return
		}
		if attrs["aria-label"] == "" && attrs["aria-labelledby"] == "" {
			c.pending = append(c.pending, attrs["id"])
		}
	}
}

func (c *checker) close(name string) {
	if len(c.stack) == 0 || c.stack[len(c.stack)-1].name != name {
		c.fault("</%s> does not close what is open", name)
		return
	}
	c.stack = c.stack[:len(c.stack)-1]
}

// text looks for what a translation forgot: markers of missing texts, and words
// in a foreign script that no lang attribute announces.
func (c *checker) text(s string) {
	if strings.Contains(s, "⟦") || strings.Contains(s, "<no value>") || strings.Contains(s, "%!") {
		c.fault("missing text in %q", strings.TrimSpace(s))
	}
	if len(c.stack) == 0 || c.stack[len(c.stack)-1].isolated {
		return
	}
	here := c.stack[len(c.stack)-1].lang
	for _, r := range strings.ReplaceAll(stripIsolates(s), "د.م.", "") {
		if here != "ar" && unicode.Is(unicode.Arabic, r) || here != "zgh" && unicode.Is(unicode.Tifinagh, r) {
			c.fault("foreign script without lang: %q", strings.TrimSpace(s))
			return
		}
	}
}

// stripIsolates removes what Unicode isolates enclose: data, not a translation.
func stripIsolates(s string) string {
	var out strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '\u2068':
			depth++
		case r == '\u2069':
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func (c *checker) end() {
	if c.h1 != 1 {
		c.fault("%d h1", c.h1)
	}
	for _, id := range c.refs {
		if !c.ids[id] {
			c.fault("no element with the id %q", id)
		}
	}
	labelled := strings.Join(c.labels, " ") + " "
	for _, id := range c.pending {
		if id == "" || !strings.Contains(" "+labelled, " "+id+" ") {
			c.fault("no label for the control %q", id)
		}
	}
	for _, e := range c.stack {
		c.fault("<%s> is not closed", e.name)
	}
}
