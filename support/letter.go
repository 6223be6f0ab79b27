package support

import (
	"bytes"
	"embed"
	"html/template"
	"strings"
	text "text/template"

	"wasl/kit/i18n"
)

//go:embed letters/*
var letterFiles embed.FS

var (
	letterHTML = template.Must(template.ParseFS(letterFiles, "letters/message.html"))
	letterText = text.Must(text.ParseFS(letterFiles, "letters/message.txt"))
)

// Letter is a message as it reads: the same words as plain text and as HTML.
type Letter struct {
	Lang    i18n.Lang
	Subject string
	Text    string
	HTML    string
}

// lines are what both forms of a letter show. The link stands alone, so that
// no direction mark sticks to it.
type lines struct {
	Lang       i18n.Lang
	Dir        string
	Subject    string
	Paragraphs []string
	Action     string
	Link       string
	Signature  string
	Warning    string
}

// Compose writes a message in its language.
func Compose(m Message, texts *i18n.Bundle) (Letter, error) {
	say := func(key string) string { return texts.T(m.Lang, key, "reference", m.Reference) }
	l := lines{
		Lang: m.Lang, Dir: m.Lang.Dir(), Link: m.Link,
		Subject:    say("mail." + m.Template + ".subject"),
		Paragraphs: append([]string{say("mail.greeting")}, strings.Split(say("mail."+m.Template+".text"), "\n")...),
		Action:     say("mail.action"), Signature: say("mail.signature"), Warning: say("mail.warning"),
	}
	var plain, rich bytes.Buffer
	if err := letterText.Execute(&plain, l); err != nil {
		return Letter{}, err
	}
	if err := letterHTML.Execute(&rich, l); err != nil {
		return Letter{}, err
	}
	return Letter{Lang: m.Lang, Subject: l.Subject, Text: plain.String(), HTML: rich.String()}, nil
}
