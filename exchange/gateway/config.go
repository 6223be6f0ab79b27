package gateway

import (
	"time"

	"wasl/exchange/directory"
)

// Config is the file of one gateway (JSON); paths are absolute, or relative to the file's folder.
type Config struct {
	Member       directory.ClientID `json:"member"`
	Listen       string             `json:"listen,omitempty"`        // host:port for other gateways; empty: consumer only
	ClientListen string             `json:"client_listen,omitempty"` // host:port for this member's own systems (plain HTTP, loopback)
	Directory    string             `json:"directory"`               // the signed snapshot
	Operator     string             `json:"operator"`                // PEM public key that it must be signed with
	Keys         string             `json:"keys"`                    // folder with tls.crt tls.key sign.crt sign.key
	Log          string             `json:"log"`                     // folder of the journal and the tile log
	Services     map[string]string  `json:"services,omitempty"`      // subsystem/service → base URL of the administration's system
	Timeout      Duration           `json:"timeout,omitempty"`       // for the system's answer to begin; 10s when absent
	Concurrent   int                `json:"concurrent,omitempty"`    // exchanges at one time per consumer and service; 128 when absent

	checkpoint time.Duration // between two signatures of the log; logCheckpoint when 0
	watch      time.Duration // between two looks at the directory; watchEvery when 0
}

// Duration is a time.Duration written as "10s" in the file.
type Duration time.Duration

// UnmarshalText reads "10s".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText writes "10s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// The limits of a gateway.
const (
	MaxRequestBody = 8 << 20              // a request is signed whole before it leaves
	Buffered       = 1 << 20              // a response up to this size is checked before its first byte is handed over
	window         = 3 * time.Millisecond // how long a busy gateway gathers messages for one signature
	bodyTime       = 30 * time.Second     // for a request to arrive whole
	maxHeader      = 32 << 10
)
