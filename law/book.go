package law

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"
)

// Book is the law as the installation reads it: the calendar of worked days and the dated defaults.
// All rules are its methods; two books give two readings of the same dates.
type Book struct {
	Calendar Calendar
	Defaults Defaults
}

// Version names both editions; a dossier keeps it beside its dates.
func (b Book) Version() string { return "55-19/" + b.Defaults.Version }

var current = sync.OnceValues(func() (Book, error) {
	cal, err := ParseCalendar(moroccoJSON)
	if err != nil {
		return Book{}, err
	}
	def, err := ParseDefaults(defaultsJSON)
	return Book{Calendar: cal, Defaults: def}, err
})

// Current returns the book shipped with this build.
func Current() Book {
	b, err := current()
	if err != nil {
		panic(fmt.Sprintf("the embedded law does not parse: %v", err)) // caught by the first test
	}
	return b
}

//go:embed locales
var locales embed.FS

// Locales holds locales/{ar,fr,zgh,en}.json: the sentences of trace steps ("law.<code>") and of refusals
// ("error.law.<code>").
var Locales fs.FS = locales
