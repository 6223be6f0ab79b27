package journey

import (
	"fmt"

	"wasl/kit/clock"
)

var now = clock.System(nil).Now

// Step is one step of a journey.
type Step struct {
	Name  string  `json:"name"`
	OK    bool    `json:"ok"`
	MS    float64 `json:"ms"`
	Proof string  `json:"proof"`
}

// Journey is one journey with its steps so far.
type Journey struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
}

// Report is what the demonstration writes.
type Report struct {
	OK       bool       `json:"ok"`
	Journeys []*Journey `json:"journeys"`
}

// Recorder plays steps and tells each to Tell as it ends.
type Recorder struct {
	Report Report
	Tell   func(journey string, s Step)
}

// failed is the panic by which a failed step ends its journey; only play catches it.
type failed struct{ err error }

// play runs a journey until its end or its first step that fails.
func (r *Recorder) play(name string, script func(step func(name string, do func() (proof string, err error)))) (err error) {
	j := &Journey{Name: name}
	r.Report.Journeys = append(r.Report.Journeys, j)
	defer func() {
		if p := recover(); p != nil {
			f, ours := p.(failed)
			if !ours {
				panic(p)
			}
			err = f.err
		}
	}()
	script(func(step string, do func() (string, error)) {
		start := now()
		proof, err := do()
		s := Step{Name: step, OK: err == nil, MS: float64(now().Sub(start).Microseconds()) / 1000, Proof: proof}
		if err != nil {
			s.Proof = err.Error()
		}
		j.Steps = append(j.Steps, s)
		if r.Tell != nil {
			r.Tell(name, s)
		}
		if err != nil {
			panic(failed{fmt.Errorf("%s: %s: %w", name, step, err)})
		}
	})
	return nil
}
