package httpx

import (
	"cmp"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"wasl/kit/errs"
)

// Rate is how often one subscriber may ask for the routes of a pattern (as http.ServeMux has them): PerSecond, after Burst at
// once. Patterns with one Name share one allowance. Code is the sentence of the refusal; "" is "too_many".
type Rate struct {
	Name      string
	Pattern   string
	PerSecond float64
	Burst     int
	Code      string
}

// maxSubscribers bounds who is remembered for each allowance; 64 bytes or so each.
const maxSubscribers = 20_000

// Limits counts what strangers ask for.
type Limits struct {
	mux *http.ServeMux
	by  map[string]*allowances // by pattern
}

// NewLimits returns limits; scale multiplies every rate and burst, and 0 means none (a bench from one address).
func NewLimits(scale float64, rates ...Rate) *Limits {
	l := &Limits{mux: http.NewServeMux(), by: map[string]*allowances{}}
	named := map[string]*allowances{}
	for _, r := range rates {
		if scale <= 0 {
			break
		}
		if named[r.Name] == nil {
			named[r.Name] = &allowances{
				code: r.Code, rate: rate.Limit(r.PerSecond * scale), burst: max(1, int(float64(r.Burst)*scale)), limit: maxSubscribers, known: map[netip.Addr]*rate.Limiter{},
			}
		}
		l.by[r.Pattern] = named[r.Name]
		l.mux.Handle(r.Pattern, http.NotFoundHandler())
	}
	return l
}

// Allow takes one of the visitor's allowance for the route of r, or returns why not and when there will be one again.
func (l *Limits) Allow(r *http.Request, visitor netip.Addr, at time.Time) (wait time.Duration, refused error) {
	_, pattern := l.mux.Handler(r)
	a := l.by[pattern]
	if a == nil || !visitor.IsValid() {
		return 0, nil
	}
	ok, wait := a.take(Subscriber(visitor), at)
	if ok {
		return 0, nil
	}
	return wait, errs.New(errs.TooMany, cmp.Or(a.code, "too_many"))
}

// allowances are those of one name. Their memory is bounded: when it is full, subscribers that have recovered are forgotten; if
// none has, newcomers share one allowance.
type allowances struct {
	code  string
	rate  rate.Limit
	burst int
	limit int

	mu     sync.Mutex
	known  map[netip.Addr]*rate.Limiter
	swept  time.Time
	shared *rate.Limiter
}

func (a *allowances) take(who netip.Addr, at time.Time) (bool, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.of(who, at)
	if l.AllowN(at, 1) {
		return true, 0
	}
	missing := 1 - l.TokensAt(at)
	return false, time.Duration(missing / float64(a.rate) * float64(time.Second))
}

func (a *allowances) of(who netip.Addr, at time.Time) *rate.Limiter {
	if l := a.known[who]; l != nil {
		return l
	}
	if len(a.known) >= a.limit && at.Sub(a.swept) >= time.Second { // a flood of newcomers must not make each of them a sweep
		a.swept = at
		for known, l := range a.known {
			if l.TokensAt(at) >= float64(a.burst) {
				delete(a.known, known)
			}
		}
	}
	if len(a.known) >= a.limit {
		if a.shared == nil {
			a.shared = rate.NewLimiter(a.rate, a.burst)
		}
		return a.shared
	}
	l := rate.NewLimiter(a.rate, a.burst)
	a.known[who] = l
	return l
}
