package i18n

// Text is content that administrations write in several languages, such as the
// name of a procedure: data, unlike the keys of a Bundle.
type Text map[Lang]string

// fallback is the order in which a missing translation is replaced: a text of
// the administration exists at least in Arabic, nearly always in French.
var fallback = [...]Lang{Arabic, French, English, Tamazight}

// In returns the text in lang or, when it is missing, in the first of Arabic,
// French, English and Tamazight that exists, with the language it is written
// in. A page must mark a text in a foreign language with that language.
func (t Text) In(lang Lang) (string, Lang) {
	if s := t[lang]; s != "" {
		return s, lang
	}
	for _, l := range fallback {
		if s := t[l]; s != "" {
			return s, l
		}
	}
	return "", lang
}

// IsZero tells whether the text exists in no language.
func (t Text) IsZero() bool {
	s, _ := t.In(Arabic)
	return s == ""
}
