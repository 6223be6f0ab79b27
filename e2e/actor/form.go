package actor

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Form is a form of a page with what the person has filled in so far.
type Form struct {
	page   *Page
	node   *html.Node
	values url.Values
	files  []file
}

type file struct {
	field, name, media string
	content            []byte
}

// Form returns the first form that has an element (field or button) of that name; "" takes the first form whose method is POST.
func (p *Page) Form(named string) (*Form, error) {
	node := first(p.Doc, func(n *html.Node) bool {
		if n.Data != "form" {
			return false
		}
		if named == "" {
			return strings.EqualFold(attr(n, "method"), "post")
		}
		return first(n, func(c *html.Node) bool { return attr(c, "name") == named }) != nil
	})
	if node == nil {
		return nil, fmt.Errorf("actor: no form with %q on %s: %.300s", named, p.URL.Path, p.Text())
	}
	return p.form(node), nil
}

// FormTo returns the first form whose address holds part.
func (p *Page) FormTo(part string) (*Form, error) {
	node := first(p.Doc, func(n *html.Node) bool { return n.Data == "form" && strings.Contains(attr(n, "action"), part) })
	if node == nil {
		return nil, fmt.Errorf("actor: no form to %q on %s: %.300s", part, p.URL.Path, p.Text())
	}
	return p.form(node), nil
}

// FormWith returns the first form that has the button name=value.
func (p *Page) FormWith(name, value string) (*Form, bool) {
	isButton := func(n *html.Node) bool { return attr(n, "name") == name && attr(n, "value") == value }
	node := first(p.Doc, func(n *html.Node) bool { return n.Data == "form" && first(n, isButton) != nil })
	if node == nil {
		return nil, false
	}
	return p.form(node), true
}

func (p *Page) form(node *html.Node) *Form {
	f := &Form{page: p, node: node, values: url.Values{}}
	each(node, f.preset)
	return f
}

// preset takes over what the page has already filled in.
func (f *Form) preset(n *html.Node) {
	name := attr(n, "name")
	if name == "" {
		return
	}
	switch n.Data {
	case "textarea":
		f.values.Set(name, strings.TrimPrefix(rawText(n), "\n"))
	case "select":
		if o := first(n, func(c *html.Node) bool { _, ok := lookup(c, "selected"); return c.Data == "option" && ok }); o != nil {
			f.values.Set(name, attr(o, "value"))
		}
	case "input":
		_, checked := lookup(n, "checked")
		switch attr(n, "type") {
		case "submit", "button", "file", "image":
		case "checkbox", "radio":
			if checked {
				f.values.Add(name, attr(n, "value"))
			}
		default:
			f.values.Set(name, attr(n, "value"))
		}
	}
}

// Set fills a field that the form has.
func (f *Form) Set(name, value string) *Form {
	f.values.Set(name, value)
	return f
}

// Put is Set for those who fill many forms alike.
func (f *Form) Put(name, value string) { f.Set(name, value) }

// Tick checks a box or picks a radio button.
func (f *Form) Tick(name, value string) *Form {
	if !slices.Contains(f.values[name], value) {
		f.values[name] = append(f.values[name], value)
	}
	return f
}

// Clear empties a field.
func (f *Form) Clear(name string) *Form {
	f.values.Del(name)
	return f
}

// Attach chooses a file for an upload field.
func (f *Form) Attach(field, name, media string, content []byte) *Form {
	f.files = append(f.files, file{field, name, media, content})
	return f
}

// Has reports whether the form holds an element of that name.
func (f *Form) Has(name string) bool {
	return first(f.node, func(n *html.Node) bool { return attr(n, "name") == name }) != nil
}

// Value returns what stands in a field.
func (f *Form) Value(name string) string { return f.values.Get(name) }

// Submit sends the form without naming a button.
func (f *Form) Submit(ctx context.Context) (*Page, error) { return f.Press(ctx, "", "") }

// Press sends the form by the button name=value, whose formaction counts if it has one.
func (f *Form) Press(ctx context.Context, name, value string) (*Page, error) {
	action, values := attr(f.node, "action"), f.values
	if name != "" {
		button := first(f.node, func(n *html.Node) bool { return attr(n, "name") == name && attr(n, "value") == value })
		if button == nil {
			return nil, fmt.Errorf("actor: no button %s=%s on %s", name, value, f.page.URL.Path)
		}
		if fa := attr(button, "formaction"); fa != "" {
			action = fa
		}
		values = cloneValues(values)
		values.Set(name, value)
	}
	to, err := f.page.URL.Parse(action)
	if err != nil {
		return nil, fmt.Errorf("actor: %w", err)
	}
	b, origin := f.page.b, Origin(f.page.URL)
	if !strings.EqualFold(attr(f.node, "method"), "post") {
		to.RawQuery = values.Encode()
		return b.do(ctx, http.MethodGet, to.String(), "", nil, origin)
	}
	if attr(f.node, "enctype") == "multipart/form-data" {
		media, body, err := multipartBody(values, f.files)
		if err != nil {
			return nil, err
		}
		return b.do(ctx, http.MethodPost, to.String(), media, body, origin)
	}
	if len(f.files) > 0 {
		return nil, fmt.Errorf("actor: the form on %s takes no files", f.page.URL.Path)
	}
	return b.do(ctx, http.MethodPost, to.String(), "application/x-www-form-urlencoded", []byte(values.Encode()), origin)
}

func multipartBody(values url.Values, files []file) (media string, body []byte, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, vs := range values {
		for _, v := range vs {
			if err := w.WriteField(name, v); err != nil {
				return "", nil, fmt.Errorf("actor: %w", err)
			}
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, f.field, f.name))
		h.Set("Content-Type", f.media)
		part, err := w.CreatePart(h)
		if err != nil {
			return "", nil, fmt.Errorf("actor: %w", err)
		}
		if _, err := part.Write(f.content); err != nil {
			return "", nil, fmt.Errorf("actor: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, fmt.Errorf("actor: %w", err)
	}
	return w.FormDataContentType(), buf.Bytes(), nil
}

func cloneValues(v url.Values) url.Values {
	c := url.Values{}
	for k, vs := range v {
		c[k] = slices.Clone(vs)
	}
	return c
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(c.Data)
	}
	return b.String()
}
