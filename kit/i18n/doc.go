// Package i18n speaks the four languages of Wasl: Arabic, French, Tamazight
// (in Tifinagh) and English.
//
//	locales/{ar,fr,zgh,en}.json ──Load──▶ Bundle ──T(lang, key, args)──▶ sentence
//	                               │
//	                               └─ error: a key, plural form or argument
//	                                  that one of the four languages lacks
//
// A locale file is flat: "key": "text {name}", or, for a counted text, the
// CLDR plural forms of that language: "key": {"one": "{n} day", "other": "{n} days"}.
// The argument that counts is always called n.
//
// Digits are 0–9 in every language. Arabic months are those used in Morocco
// (يناير … دجنبر), amounts are written as CLDR does for ar-MA and fr-MA.
package i18n
