package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"time"

	"wasl/kit/ids"
	"wasl/kit/tokens"
)

// How long a session lasts: without a request, and at most. A public computer
// must not stay open; a working day must not be cut.
const (
	IdleLimit     = 30 * time.Minute
	AbsoluteLimit = 8 * time.Hour
	touchEvery    = time.Minute // a request writes the time of its session at most this often
)

type sessionKind struct{}

func (sessionKind) Prefix() string { return "ses" }

// SessionID identifies a session in evidence and logs; it opens nothing.
type SessionID = ids.ID[sessionKind]

// Session is a person's signed-in visit from one browser.
type Session struct {
	ID             SessionID
	Subject        string
	NameAr, NameFr string
	ACR            string
	AMR            []string
	IDToken        string // hint for signing out at identity
	SID            string // identity's name for the session; by it identity says that it is over
	Choice         string // appointment chosen: "", "none" or its id
	CreatedAt      time.Time
	SeenAt         time.Time
}

// LogValue keeps the person out of the log.
func (s Session) LogValue() slog.Value { return slog.StringValue(s.ID.String()) }

func (s Session) String() string { return "session" }

// GoString hides the person from %#v.
func (s Session) GoString() string { return "session" }

// Ended tells whether the session is over at an instant.
func (s Session) Ended(now time.Time) bool {
	return now.Sub(s.SeenAt) > IdleLimit || now.Sub(s.CreatedAt) > AbsoluteLimit
}

// Stale tells whether the row should learn that the person was here.
func (s Session) Stale(now time.Time) bool { return now.Sub(s.SeenAt) > touchEvery }

// Visit is what the blocks are told about the person, acting under an
// appointment or, with the zero one, for himself.
func (s Session) Visit(a Appointment, lang string) tokens.Visit {
	v := tokens.Visit{
		Subject: s.Subject, NameAr: s.NameAr, NameFr: s.NameFr, ACR: s.ACR, AMR: s.AMR, Lang: lang, Session: s.ID.String(),
	}
	if a.Org != "" {
		v.Org, v.Unit, v.Roles = a.Org, a.Unit, a.Roles
	}
	return v
}

// secret makes a cookie's value of 256 random bits.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is what is stored of a secret that comes back.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
