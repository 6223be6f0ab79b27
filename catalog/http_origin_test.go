package catalog

import (
	"testing"

	"wasl/kit/web"
)

func TestNoReaderMeetsASourceInTheWordsOfItsFile(t *testing.T) {
	for _, s := range readSeed(t).Sheets {
		for _, src := range s.Sources {
			for _, name := range origin(src) {
				if _, said := name.(web.Msg); !said {
					t.Errorf("%s: %q is in one language only", s.Code, name)
				}
			}
		}
	}
}
