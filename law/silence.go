package law

import (
	"slices"

	"wasl/kit/civil"
)

// Effect is what the silence of the administration means for one dossier on one day.
type Effect string

// The effects of silence.
const (
	Running    Effect = ""           // the delay has not passed, or the clock stands still: no effect yet
	Approval   Effect = "approval"   // art. 19: listed act, the request is approved
	OpenAppeal Effect = "appeal"     // art. 21: any other act, an appeal opens
	NoSilence  Effect = "no_silence" // delivered on the spot: no delay, so no silence
)

// Known tells whether the effect is one of the four.
func (e Effect) Known() bool {
	return slices.Contains([]Effect{Running, Approval, OpenAppeal, NoSilence}, e)
}

// Silence applies art. 19: when the full delay has passed without an answer, silence = approval, for the acts listed
// by decrees 2.22.387 and 2.22.141 and for no other. For every other act silence opens the appeal of art. 21.
// It takes effect on the day after the last day; while the clock is suspended it cannot.
func (b Book) Silence(r Regime, d Deadline, today civil.Date) (Effect, Trace) {
	if r.Immediate {
		return NoSilence, d.Trace
	}
	if d.Last.IsZero() || today.Before(d.SilenceOn) {
		return Running, d.Trace
	}
	effect, s := OpenAppeal, step("21", "silence_appeal", d.SilenceOn)
	if r.Listed {
		effect, s = Approval, step("19", "silence_approval", d.SilenceOn)
	}
	return effect, append(d.Trace[:len(d.Trace):len(d.Trace)], s)
}

// SilenceWould tells, before the day comes, what silence will mean: the outcome that the receipt states.
func SilenceWould(r Regime) Effect {
	switch {
	case r.Immediate:
		return NoSilence
	case r.Listed:
		return Approval
	}
	return OpenAppeal
}
