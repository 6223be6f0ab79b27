package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

//go:embed organisations.json
var ours []byte

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen SEEDS OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(seeds, out string) error {
	var acts actsFile
	var procedures []seedProcedure
	var territories territoriesFile
	for name, into := range map[string]any{
		"acts-law-5519.yaml": &acts, "procedures.yaml": &procedures, "territories.yaml": &territories,
	} {
		data, err := os.ReadFile(filepath.Join(seeds, name))
		if err != nil {
			return err
		}
		dec := yaml.NewDecoder(bytes.NewReader(data))
		if err := dec.Decode(into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	dir, err := newDirectory(ours, acts.Acts)
	if err != nil {
		return err
	}
	sheets := make([]catalogapi.Sheet, 0, len(acts.Acts)+len(procedures))
	at := map[string]int{}
	for _, a := range acts.Acts {
		at[a.ID] = len(sheets)
		sheets = append(sheets, a.sheet(dir))
	}
	for _, p := range procedures {
		s, err := p.sheet(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
		if i, both := at[p.ID]; both {
			sheets[i] = merge(sheets[i], s)
			continue
		}
		sheets = append(sheets, s)
	}
	if err := write(filepath.Join(out, "organisations.json"), dir.organisations()); err != nil {
		return err
	}
	if err := write(filepath.Join(out, "territories.json"), territories.flat()); err != nil {
		return err
	}
	return write(filepath.Join(out, "procedures.json"), sheets)
}

// write puts one element per line, so that a change of a fact is a readable
// difference.
func write[T any](path string, all []T) error {
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, one := range all {
		line := &bytes.Buffer{}
		enc := json.NewEncoder(line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(one); err != nil {
			return err
		}
		b.Write(bytes.TrimRight(line.Bytes(), "\n"))
		if i < len(all)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// text makes a text of the languages that are there.
func text(ar, fr, en string) i18n.Text {
	t := i18n.Text{}
	for lang, s := range map[i18n.Lang]string{"ar": ar, "fr": fr, "en": en} {
		if s != "" {
			t[lang] = s
		}
	}
	if len(t) == 0 {
		return nil
	}
	return t
}
