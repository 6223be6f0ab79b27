// Package clock is the only place that asks the machine for the time.
//
// Two clocks: Now is an instant, for tokens, stamps, TLS and jobs, and is never shifted; Today is the legal date in
// Africa/Casablanca, which a demonstration may shift by whole days so that a delay of the law can pass while people watch.
package clock

import (
	"sync"
	"time"

	"wasl/kit/civil"
)

// Clock tells the instant and the legal date.
type Clock interface {
	Now() time.Time
	Today() civil.Date
}

type system struct{ shift func() int }

// System is the machine's clock. shift gives the days by which Today is moved; nil means never.
func System(shift func() int) Clock {
	if shift == nil {
		shift = func() int { return 0 }
	}
	return system{shift}
}

func (system) Now() time.Time { return time.Now() }

func (s system) Today() civil.Date {
	return civil.In(time.Now(), civil.Casablanca).AddDays(s.shift())
}

// Fake is a clock that stands still until it is moved. It is safe for concurrent use.
type Fake struct {
	mu    sync.Mutex
	now   time.Time
	shift int
}

// NewFake returns a clock that stands at t.
func NewFake(t time.Time) *Fake { return &Fake{now: t} }

// On returns a clock that stands at noon in Casablanca on the day given as YYYY-MM-DD.
func On(day string) *Fake {
	d := civil.MustParse(day)
	return NewFake(time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, civil.Casablanca))
}

// Now returns the instant at which the clock stands.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Today returns the legal date of that instant, shifted by the days given to Shift.
func (f *Fake) Today() civil.Date {
	f.mu.Lock()
	defer f.mu.Unlock()
	return civil.In(f.now, civil.Casablanca).AddDays(f.shift)
}

// Advance moves the instant by d.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Set moves the instant to t.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = t
}

// Shift moves only the legal date, by days, as the demonstration does.
func (f *Fake) Shift(days int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shift += days
}
