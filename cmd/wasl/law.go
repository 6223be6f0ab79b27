package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/law"
)

type lawCmd struct {
	Explain explainCmd `cmd:"" help:"Every date of a dossier, with the article of each."`
}

type explainCmd struct {
	Days       int      `required:"" help:"Published delay; 0 is an act delivered on the spot."`
	Working    bool     `help:"The delay counts working days."`
	Investment bool     `help:"An act that investment projects need: at most 30 days (art. 16)."`
	Deposit    string   `required:"" help:"Day of the deposit (YYYY-MM-DD)."`
	Complete   string   `help:"Day on which the last missing piece was there."`
	Suspend    []string `help:"FROM..TO: request sent, request answered; FROM.. while open." sep:","`
	Extension  int      `help:"Days of the one extension (art. 17)."`
	Listed     bool     `help:"Silence is approval for this act (art. 19)."`
	Level      string   `help:"Whose act it is." enum:"central,body,deconcentrate,local" default:"central"`
	Claimed    string   `help:"Day on which the act was claimed after silence."`
	Refused    string   `help:"Day on which the refusal was received."`
	JSON       bool     `help:"Print JSON."`
	Lang       string   `help:"Language of the explanation." enum:"ar,fr,zgh,en" default:"en"`
}

// Run explains the dates by the rules that the dossiers themselves follow.
func (c *explainCmd) Run(a *app) error {
	texts, err := i18n.Load(law.Locales)
	if err != nil {
		return err
	}
	in, err := c.input()
	if err != nil {
		return c.inWords(texts, err)
	}
	out, err := law.Current().Explain(in)
	if err != nil {
		return c.inWords(texts, err)
	}
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	for _, s := range out.Trace {
		key, args := s.Sentence()
		fmt.Fprintf(a.stdout, "art. %-6s %s\n", s.Article, texts.T(i18n.Lang(c.Lang), key, args...))
	}
	return nil
}

// inWords says what the law refuses by its sentence, and anything else as it is.
func (c *explainCmd) inWords(texts *i18n.Bundle, err error) error {
	var r *law.Refusal
	if !errors.As(err, &r) {
		return err
	}
	var args []any
	for name, value := range r.Params {
		if day, err := civil.Parse(value); err == nil {
			args = append(args, name, day)
			continue
		}
		args = append(args, name, value)
	}
	said := texts.T(i18n.Lang(c.Lang), "error.law."+r.Code, args...)
	if r.Article == "" {
		return errors.New(said)
	}
	return fmt.Errorf("art. %s: %s", r.Article, said)
}

func (c *explainCmd) input() (in law.Input, err error) {
	in = law.Input{Days: c.Days, Working: c.Working, Extension: c.Extension, Listed: c.Listed, Investment: c.Investment, Level: law.Level(c.Level)}
	for _, d := range []struct {
		to         *civil.Date
		flag, text string
	}{{&in.Deposit, "deposit", c.Deposit}, {&in.Complete, "complete", c.Complete}, {&in.Claimed, "claimed", c.Claimed}, {&in.Refused, "refused", c.Refused}} {
		if err := d.to.UnmarshalText([]byte(d.text)); err != nil {
			return in, fmt.Errorf("--%s: %w", d.flag, err)
		}
	}
	for _, s := range c.Suspend {
		span, err := law.ParseSpan(s)
		if err != nil {
			return in, err
		}
		in.Suspensions = append(in.Suspensions, span)
	}
	return in, nil
}
