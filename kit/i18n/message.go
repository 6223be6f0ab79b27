package i18n

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// message is one parsed text: plain (text) or counted (forms).
type message struct {
	text  []part
	forms map[Form][]part
}

// part is a literal text or, when name is set, a argument.
type part struct{ text, name string }

// parseFile reads a flat locale file. It goes token by token because
// encoding/json silently keeps the last of two equal keys.
func parseFile(data []byte) (map[string]message, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	messages := map[string]message{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key := tok.(string)
		if _, twice := messages[key]; twice {
			return nil, fmt.Errorf("key %q is there twice", key)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		if messages[key], err = parseMessage(raw); err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the object")
	}
	return messages, nil
}

func parseMessage(raw json.RawMessage) (message, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		parts, err := parseText(text)
		return message{text: parts}, err
	}
	var forms map[Form]string
	if err := json.Unmarshal(raw, &forms); err != nil {
		return message{}, errors.New("neither a text nor plural forms")
	}
	m := message{forms: map[Form][]part{}}
	for form, text := range forms {
		parts, err := parseText(text)
		if err != nil {
			return message{}, err
		}
		m.forms[form] = parts
	}
	return m, nil
}

func parseText(text string) ([]part, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("empty text")
	}
	var parts []part
	for {
		before, rest, open := strings.Cut(text, "{")
		if strings.Contains(before, "}") {
			return nil, fmt.Errorf("unbalanced } in %q", text)
		}
		if before != "" {
			parts = append(parts, part{text: before})
		}
		if !open {
			return parts, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.ContainsAny(name, "{ ") {
			return nil, fmt.Errorf("bad argument in %q", text)
		}
		parts = append(parts, part{name: name})
		text = after
	}
}

// pick chooses the plural form for n, which the argument called n gives.
func (m message) pick(lang Lang, n any) []part {
	if m.forms == nil {
		return m.text
	}
	count, _ := whole(n)
	if parts, ok := m.forms[lang.Plural(count)]; ok {
		return parts
	}
	return m.forms[Other]
}

// names lists the arguments in any form, without the count.
func (m message) names() []string {
	seen := map[string]bool{}
	all := append(slices.Collect(maps.Values(m.forms)), m.text)
	for _, parts := range all {
		for _, p := range parts {
			if p.name != "" && !(p.name == "n" && m.forms != nil) {
				seen[p.name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// problems compares the message with what the other languages have. A counted
// text may leave out the number in some forms ("one day", "يومان"), and a
// language may do without plural forms if it does not vary.
func (m message) problems(lang Lang, key string, counted bool, names map[string]bool) (problems []error) {
	if m.forms != nil {
		for _, form := range lang.Forms() {
			if _, ok := m.forms[form]; !ok {
				problems = append(problems, fmt.Errorf("%s: %q has no form %q", lang, key, form))
			}
		}
		for form := range m.forms {
			if !slices.Contains(lang.Forms(), form) {
				problems = append(problems, fmt.Errorf("%s: %q has the form %q, which the language does not use", lang, key, form))
			}
		}
	}
	own := m.names()
	for name := range names {
		if !slices.Contains(own, name) && !(counted && name == "n") {
			problems = append(problems, fmt.Errorf("%s: %q lacks {%s}", lang, key, name))
		}
	}
	return problems
}
