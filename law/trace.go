package law

import (
	"slices"
	"strconv"

	"wasl/kit/civil"
)

// Step explains one date of a dossier: which article leads to it. Code is the key of its sentence ("law."+Code in
// locales/), Params fill that sentence, Default names the row of defaults.json it rests on, if any.
type Step struct {
	Article string            `json:"article"`
	Code    string            `json:"step"`
	Date    *civil.Date       `json:"date"`
	Params  map[string]string `json:"params,omitempty"`
	Default string            `json:"default,omitempty"`
}

// Trace is the explanation of a result, in the order of reasoning.
type Trace []Step

// step builds one step; pairs are name, value, name, value.
func step(article, code string, date civil.Date, pairs ...string) Step {
	s := Step{Article: article, Code: code}
	if !date.IsZero() {
		s.Date = &date
	}
	for pair := range slices.Chunk(pairs, 2) {
		if s.Params == nil {
			s.Params = map[string]string{}
		}
		s.Params[pair[0]] = pair[1]
	}
	return s
}

func (s Step) by(d Default) Step {
	s.Default = d.ID
	return s
}

// Sentence returns the key and the arguments by which a step is said: "law.<code>", with dates as dates.
func (s Step) Sentence() (key string, args []any) {
	if s.Date != nil {
		args = append(args, "date", *s.Date)
	}
	for name, value := range s.Params {
		if day, err := civil.Parse(value); err == nil {
			args = append(args, name, day)
			continue
		}
		args = append(args, name, value)
	}
	return "law." + s.Code, args
}

// Refusal is the law's "no" to a command: Code is the key of its sentence ("error.law."+Code), Article says why; it is empty where
// no single article does.
type Refusal struct {
	Article string
	Code    string
	Params  map[string]string
}

// Error returns the code; people are shown the sentence.
func (r *Refusal) Error() string { return "law: " + r.Code + " (art. " + r.Article + ")" }

func refuse(article, code string, pairs ...string) *Refusal {
	s := step(article, code, civil.Date{}, pairs...)
	return &Refusal{Article: s.Article, Code: s.Code, Params: s.Params}
}

func itoa(n int) string { return strconv.Itoa(n) }
