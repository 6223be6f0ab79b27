package i18n

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Bundle holds the texts of one block, or of a block and what it shares with
// the others, in the four languages.
type Bundle struct {
	texts map[Lang]map[string]message
}

// Load reads locales/<lang>.json and locales/<lang>-*.json (the folder
// "locales" may also be the root of fsys) for each language. It refuses a key,
// plural form or argument that is not the same in the four languages.
func Load(fsys fs.FS) (*Bundle, error) {
	if sub, err := fs.Sub(fsys, "locales"); err == nil && exists(sub, "ar.json") {
		fsys = sub
	}
	b := &Bundle{texts: map[Lang]map[string]message{}}
	for _, lang := range Langs {
		b.texts[lang] = map[string]message{}
		names, err := fs.Glob(fsys, string(lang)+"-*.json")
		if err != nil {
			return nil, fmt.Errorf("i18n: list %s: %w", lang, err)
		}
		for _, name := range append([]string{string(lang) + ".json"}, names...) {
			if err := b.read(fsys, lang, name); err != nil {
				return nil, err
			}
		}
	}
	if problems := b.Problems(); len(problems) > 0 {
		return nil, fmt.Errorf("i18n: %w", errors.Join(problems...))
	}
	return b, nil
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

func (b *Bundle) read(fsys fs.FS, lang Lang, name string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("i18n: %w", err)
	}
	messages, err := parseFile(data)
	if err != nil {
		return fmt.Errorf("i18n: %s: %w", name, err)
	}
	for key, m := range messages {
		if _, twice := b.texts[lang][key]; twice {
			return fmt.Errorf("i18n: %s: key %q is in another file as well", name, key)
		}
		b.texts[lang][key] = m
	}
	return nil
}

// With returns a bundle that also has the texts of other; where both have a
// key, that of other wins.
func (b *Bundle) With(other *Bundle) *Bundle {
	merged := &Bundle{texts: map[Lang]map[string]message{}}
	for _, lang := range Langs {
		merged.texts[lang] = maps.Clone(b.texts[lang])
		maps.Copy(merged.texts[lang], other.texts[lang])
	}
	return merged
}

// Has tells whether the bundle has the key.
func (b *Bundle) Has(key string) bool {
	_, ok := b.texts[Arabic][key]
	return ok
}

// Keys lists the keys in order.
func (b *Bundle) Keys() []string {
	return slices.Sorted(maps.Keys(b.texts[Arabic]))
}

// Problems lists every key, plural form or argument that one language lacks
// or has alone, in order.
func (b *Bundle) Problems() []error {
	all := map[string]bool{}
	for _, lang := range Langs {
		for key := range b.texts[lang] {
			all[key] = true
		}
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(all)) {
		problems = append(problems, b.problemsOf(key)...)
	}
	return problems
}

func (b *Bundle) problemsOf(key string) (problems []error) {
	names := map[string]bool{}
	counted := false
	for _, lang := range Langs {
		m := b.texts[lang][key]
		counted = counted || m.forms != nil
		for _, name := range m.names() {
			names[name] = true
		}
	}
	for _, lang := range Langs {
		m, ok := b.texts[lang][key]
		if !ok {
			problems = append(problems, fmt.Errorf("%s: no text %q", lang, key))
			continue
		}
		problems = append(problems, m.problems(lang, key, counted, names)...)
	}
	return problems
}

// T is the text of key in lang with its arguments filled in. They are
// pairs of name and value, or one map. A key that does not exist gives
// "⟦key⟧", which the page tests refuse.
func (b *Bundle) T(lang Lang, key string, args ...any) string {
	m, ok := b.texts[lang][key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	values := arguments(args)
	var out strings.Builder
	for _, p := range m.pick(lang, values["n"]) {
		if p.name == "" {
			out.WriteString(p.text)
			continue
		}
		v, ok := values[p.name]
		if !ok {
			out.WriteString("⟦" + key + " {" + p.name + "}⟧")
			continue
		}
		out.WriteString(format(lang, v))
	}
	return out.String()
}

func arguments(args []any) map[string]any {
	if len(args) == 1 {
		switch m := args[0].(type) {
		case map[string]any:
			return m
		case map[string]string:
			values := make(map[string]any, len(m))
			for k, v := range m {
				values[k] = v
			}
			return values
		}
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return values
}
