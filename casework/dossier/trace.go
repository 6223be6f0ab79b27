package dossier

import (
	"wasl/kit/civil"
	"wasl/law"
)

// Sentence returns the key and arguments by which a step of law's trace is said: "law.<code>", with dates as dates.
func Sentence(s law.Step) (key string, args []any) {
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
