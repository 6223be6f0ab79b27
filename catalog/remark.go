package catalog

import (
	"fmt"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

// remarks are the short remarks of sources that were noted in English, in the languages of the law's readers.
type remarks map[string]i18n.Text

// translate puts the Arabic and French of every remark of a sheet beside its English. A remark without them is an error, so that
// no citizen's page shows a raw note.
func (r remarks) translate(s *catalogapi.Sheet) error {
	texts := []*i18n.Text{&s.Fee.Note, &s.Delay.Note}
	for i := range s.Fee.Cases {
		texts = append(texts, &s.Fee.Cases[i].Case)
	}
	for i := range s.Delay.Cases {
		texts = append(texts, &s.Delay.Cases[i].Case)
	}
	for i := range s.Notes {
		texts = append(texts, &s.Notes[i].Text)
	}
	for _, t := range texts {
		en := (*t)[i18n.English]
		if len(*t) != 1 || en == "" {
			continue
		}
		said, there := r[en]
		if !there || said[i18n.Arabic] == "" || said[i18n.French] == "" {
			return fmt.Errorf("sheet %s: no Arabic and French for the remark %q", s.Code, en)
		}
		*t = i18n.Text{i18n.Arabic: said[i18n.Arabic], i18n.French: said[i18n.French], i18n.English: en}
	}
	return nil
}
