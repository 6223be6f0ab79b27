// Package i18ntest checks the locale files of a block in its tests.
package i18ntest

import (
	"io/fs"
	"testing"

	"wasl/kit/i18n"
)

// Complete fails the test for every key, plural form or argument that is
// not the same in the four languages of fsys, and returns the bundle.
func Complete(t testing.TB, fsys fs.FS) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
