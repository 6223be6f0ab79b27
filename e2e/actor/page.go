package actor

import (
	"strings"

	"golang.org/x/net/html"
)

// Text returns what a person reads on the page, white space folded.
func (p *Page) Text() string {
	if p.Doc == nil {
		return string(p.Body)
	}
	return text(p.Doc)
}

// Has reports whether the page's text holds every part.
func (p *Page) Has(parts ...string) bool {
	t := p.Text()
	for _, s := range parts {
		if !strings.Contains(t, s) {
			return false
		}
	}
	return true
}

// Find returns the text of the first element with an attribute of that value, and whether there is one.
func (p *Page) Find(name, value string) (string, bool) {
	if n := first(p.Doc, func(n *html.Node) bool { return attr(n, name) == value }); n != nil {
		return text(n), true
	}
	return "", false
}

// Attr returns the value of an attribute of the first element that has it.
func (p *Page) Attr(name string) string {
	n := first(p.Doc, func(n *html.Node) bool { _, ok := lookup(n, name); return ok })
	return attr(n, name)
}

// Value returns what stands in the field with that id.
func (p *Page) Value(id string) string {
	return attr(first(p.Doc, func(n *html.Node) bool { return attr(n, "id") == id }), "value")
}

// Links returns the addresses of the links that hold part, in order.
func (p *Page) Links(part string) (hrefs []string) {
	each(p.Doc, func(n *html.Node) {
		if h := attr(n, "href"); n.Data == "a" && strings.Contains(h, part) {
			hrefs = append(hrefs, h)
		}
	})
	return hrefs
}

func text(root *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "head") {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return strings.Join(strings.Fields(b.String()), " ")
}

func each(root *html.Node, visit func(*html.Node)) {
	if root == nil {
		return
	}
	if root.Type == html.ElementNode {
		visit(root)
	}
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		each(c, visit)
	}
}

func first(root *html.Node, match func(*html.Node) bool) *html.Node {
	if root == nil {
		return nil
	}
	if root.Type == html.ElementNode && match(root) {
		return root
	}
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		if n := first(c, match); n != nil {
			return n
		}
	}
	return nil
}

func lookup(n *html.Node, name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, name string) string {
	v, _ := lookup(n, name)
	return v
}
