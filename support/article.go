package support

import (
	"strings"

	"wasl/kit/i18n"
)

// Topics lists the general articles in the order in which they are shown. Each
// has its texts in the locales: help.<topic>.title, .lead and .body.
var Topics = []string{"sign-in", "evidence", "pay", "receipt", "complement", "silence", "decision", "verify", "accesses"}

// stepTopics says which topics help with a step of a procedure.
var stepTopics = map[string][]string{
	"deposit":  {"sign-in", "evidence", "pay", "receipt"},
	"dispatch": {"receipt", "complement"},
	"study":    {"complement", "silence", "accesses"},
	"decision": {"decision", "silence", "verify"},
}

// Article is one text of the help.
type Article struct {
	Code   string
	Title  string
	Lead   string
	Blocks []Section
	See    []Article // related, without their texts
}

// Section is a paragraph or a list of steps.
type Section struct {
	Text  string
	Items []string
}

// Topic returns a general article; false if there is none.
func Topic(code string, lang i18n.Lang, texts *i18n.Bundle) (Article, bool) {
	for _, t := range Topics {
		if t == code {
			return article(code, lang, texts), true
		}
	}
	return Article{}, false
}

// StepHelp returns the help for a step of a procedure: the text of that very
// step if there is one, else the one of such steps, else a general one. So a
// new procedure has help before anyone has written it.
func StepHelp(procedure, step string, lang i18n.Lang, texts *i18n.Bundle) Article {
	code := "step.other"
	for _, c := range []string{"step." + step, procedure + "." + step} {
		if texts.Has("help." + c + ".title") {
			code = c
		}
	}
	a := article(code, lang, texts)
	topics, ok := stepTopics[step]
	if !ok {
		topics = Topics
	}
	for _, t := range topics {
		a.See = append(a.See, heading(t, lang, texts))
	}
	return a
}

// Index lists the general articles without their texts.
func Index(lang i18n.Lang, texts *i18n.Bundle) (list []Article) {
	for _, t := range Topics {
		list = append(list, heading(t, lang, texts))
	}
	return list
}

func heading(code string, lang i18n.Lang, texts *i18n.Bundle) Article {
	return Article{Code: code, Title: texts.T(lang, "help."+code+".title"), Lead: texts.T(lang, "help."+code+".lead")}
}

func article(code string, lang i18n.Lang, texts *i18n.Bundle) Article {
	a := heading(code, lang, texts)
	a.Blocks = blocks(texts.T(lang, "help."+code+".body"))
	return a
}

// blocks reads the body of an article: a line is a paragraph, lines that begin
// with "- " are the steps of a list.
func blocks(body string) (list []Section) {
	for line := range strings.SplitSeq(body, "\n") {
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case !isItem:
			list = append(list, Section{Text: line})
		case len(list) > 0 && list[len(list)-1].Items != nil:
			list[len(list)-1].Items = append(list[len(list)-1].Items, item)
		default:
			list = append(list, Section{Items: []string{item}})
		}
	}
	return list
}
