package web

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"
)

// labels finds what the content calls its fields: id of the field → text of its label or legend. The content is rendered before
// the summary above it, so the summary can use the very words that stand beside the field.
func labels(content string) map[string]string {
	found := map[string]string{}
	doc, err := html.Parse(strings.NewReader(content))
	if err != nil {
		return found // the sentences stand without names
	}
	var walk func(n *html.Node, legend string)
	walk = func(n *html.Node, legend string) {
		if n.Type == html.ElementNode && n.Data == "label" {
			if id := attribute(n, "for"); found[id] == "" {
				found[id] = cmp.Or(legend, words(n)) // one answer of several: the question names the field
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && c.Data == "legend" {
				legend = words(c)
			}
			walk(c, legend)
		}
	}
	walk(doc, "")
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is the text of a label without the mark of optional fields.
func words(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if attribute(n, "class") == "optional" {
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(words(c))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
