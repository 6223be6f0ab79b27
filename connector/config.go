package connector

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"

	"wasl/kit/clock"
	"wasl/kit/pcsc"
)

// DefaultAddr is where login pages look for the connector.
const DefaultAddr = "127.0.0.1:8085"

// Config says whom the connector serves and which reader it uses.
type Config struct {
	Addr    string            // loopback host:port; empty means DefaultAddr
	Origins []string          // origins of the identity providers, as browsers write them: http://localhost:8081
	Reader  pcsc.Reader       // pcsc.Daemon or *pcsc.VPCD
	Clock   clock.Clock       // nil means the machine's
	Log     *slog.Logger      // nil means the default
	HTTP    http.RoundTripper // reaches the identity providers; nil means the default
}

func (c Config) withDefaults() (Config, error) {
	if c.Addr == "" {
		c.Addr = DefaultAddr
	}
	if c.Clock == nil {
		c.Clock = clock.System(nil)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.HTTP == nil {
		c.HTTP = http.DefaultTransport
	}
	if c.Reader == nil {
		c.Reader = pcsc.Daemon{}
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return Config{}, fmt.Errorf("connector: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return Config{}, errors.New("connector: listens on a loopback address only")
	}
	if len(c.Origins) == 0 {
		return Config{}, errors.New("connector: no identity provider is allowed")
	}
	for _, o := range c.Origins {
		if got, err := originOf(o); err != nil || got != o {
			return Config{}, fmt.Errorf("connector: %q is not an origin", o)
		}
	}
	return c, nil
}

// originOf returns scheme://host[:port] of an absolute http URL.
func originOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("connector: not an absolute http URL")
	}
	return u.Scheme + "://" + u.Host, nil
}
