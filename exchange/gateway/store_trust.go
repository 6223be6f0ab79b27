package gateway

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
	"wasl/kit/strictjson"
)

// identity holds the gateway's own keys.
type identity struct {
	tls          tls.Certificate
	signingKey   *ecdsa.PrivateKey
	signingPrint []byte
}

// ReadConfig reads a gateway's file and makes its paths absolute.
func ReadConfig(path string) (Config, error) {
	var c Config
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("gateway: config: %w", err)
	}
	if err := strictjson.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("gateway: config %s: %w", path, err)
	}
	for _, p := range []*string{&c.Directory, &c.Operator, &c.Keys, &c.Log} {
		if !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	return c, nil
}

func readIdentity(dir string) (*identity, error) {
	pair, err := readPair(dir, "tls")
	if err != nil {
		return nil, err
	}
	sign, err := readPair(dir, "sign")
	if err != nil {
		return nil, err
	}
	key, ok := sign.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("gateway: signing key is not ECDSA")
	}
	sum := sha256.Sum256(sign.Certificate[0])
	return &identity{tls: pair, signingKey: key, signingPrint: sum[:]}, nil
}

func readTrust(c Config) (*trust, error) {
	operator, err := readPublicKey(c.Operator)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(c.Directory)
	if err != nil {
		return nil, fmt.Errorf("gateway: directory: %w", err)
	}
	s, err := directory.Open(signed, operator)
	if err != nil {
		return nil, err
	}
	return newTrust(s)
}

func readPublicKey(path string) (*ecdsa.PublicKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("gateway: operator key: %w", err)
	}
	return directory.ParseOperator(b)
}

// reload takes over a changed directory and renewed keys. A snapshot that does not verify or went back is refused and the
// one held stays, until its own date ends it.
func (g *Gateway) reload() error {
	t, err := readTrust(g.config)
	if err != nil {
		return err
	}
	if held := g.trust.Load(); held != nil && t.Serial < held.Serial {
		return directory.ErrRollback
	}
	held := g.trust.Swap(t)
	if held != nil && len(t.revoked) != len(held.revoked) { // connections that were opened before are not used for one request more
		g.toPeers.Swap(g.peerTransport()).CloseIdleConnections()
	}
	id, err := readIdentity(g.config.Keys) // last: a directory holds even where the keys that it asks for are not there yet
	if err != nil {
		return err
	}
	g.identity.Store(id)
	return nil
}

// watchEvery is how soon a gateway takes over a new directory, and with it what was withdrawn.
const watchEvery = 2 * time.Second

// watch looks for a new directory.
func (g *Gateway) watch() {
	tick := time.NewTicker(g.config.watch)
	defer tick.Stop()
	var last os.FileInfo
	told := ""
	for {
		select {
		case <-g.abandon:
			return
		case <-tick.C:
		}
		info, err := os.Stat(g.config.Directory)
		if err != nil || (last != nil && info.ModTime().Equal(last.ModTime()) && info.Size() == last.Size()) {
			continue
		}
		if err := g.reload(); err != nil { // tried again until it is right
			if told != err.Error() {
				told = err.Error()
				g.logger.Error("directory or keys refused", "error", err)
			}
			continue
		}
		last, told = info, ""
	}
}

// rememberReplays reads the journal back over the time in which a request can be repeated, however many records that are, so
// that one received before a restart is refused after it.
func (g *Gateway) rememberReplays() error {
	now := g.clock.Now()
	from, err := g.journal.since(now.Add(-3 * freshness)) // received up to freshness before or after its own time
	if err != nil {
		return err
	}
	return g.journal.Read(from, func(r Record) error {
		l, err := message.ParseLeaf(r.Leaf)
		if err != nil || l.Role != message.Request || fresh(l, now) != nil {
			return nil
		}
		if err := g.replays.first(l, now); err != nil && !errors.Is(err, errReplayed) {
			return err
		}
		return nil
	})
}
