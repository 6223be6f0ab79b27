package directory

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wasl/kit/clock"
)

// issued is a line of the authority's list of what it issued: a certificate that was renewed is good to its end as well, so whoever
// withdraws a member's certificates must know them all.
type issued struct {
	Member      ClientID  `json:"member"`
	Fingerprint string    `json:"fingerprint"`
	Until       time.Time `json:"until"`
}

func recordIssued(file string, member ClientID, c *x509.Certificate) error {
	if file == "" {
		return nil
	}
	line, err := json.Marshal(issued{member, Fingerprint(c.Raw), c.NotAfter})
	if err != nil {
		return fmt.Errorf("directory: record certificate: %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("directory: record certificate: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// inForce lists the fingerprints of the member's certificates that have not ended, from the authority's list and its folder.
func inForce(dir string, m PlannedMember, now time.Time) ([]string, error) {
	var out []string
	b, err := os.ReadFile(filepath.Join(dir, "authority", "issued.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("directory: issued certificates: %w", err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(b), []byte{'\n'}) {
		var c issued
		if len(line) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &c); err != nil {
			return nil, fmt.Errorf("directory: issued certificates: %w", err)
		}
		if c.Member == m.ID && now.Before(c.Until) {
			out = append(out, c.Fingerprint)
		}
	}
	for _, name := range []string{"tls.crt", "sign.crt"} { // an installation older than the list
		for _, c := range readCertificates(filepath.Join(dir, "members", m.Folder(), name), now) {
			out = append(out, Fingerprint(c.Raw))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Revoke withdraws certificates from now on: the one of that fingerprint, whoever holds it, or all that the member has in force
// when none is named. The directory is signed anew at once, and the member's folder gets a new key and certificate in the place of
// a withdrawn one. It returns the fingerprints that were withdrawn; repeating it with a fingerprint withdraws nothing again.
func Revoke(dir string, clk clock.Clock, plan Plan, member ClientID, fingerprint string) ([]string, error) {
	i := slices.IndexFunc(plan.Members, func(m PlannedMember) bool { return m.ID == member })
	if i < 0 {
		return nil, fmt.Errorf("directory: %s is not a member", member)
	}
	now := clk.Now()
	prints := []string{fingerprint}
	if fingerprint == "" {
		var err error
		if prints, err = inForce(dir, plan.Members[i], now); err != nil {
			return nil, err
		}
	} else if b, err := hex.DecodeString(fingerprint); err != nil || len(b) != 32 {
		return nil, errors.New("directory: a fingerprint is SHA-256 in hex")
	}
	var more []Revocation
	for _, f := range prints {
		more = append(more, Revocation{f, now.UTC()})
	}
	return prints, install(dir, clk, plan, more)
}

// revoke adds what is not withdrawn yet and says whether there was any.
func (s *Snapshot) revoke(more []Revocation) (added bool) {
	for _, r := range more {
		if !s.revoked(r.Fingerprint) {
			s.Revoked, added = append(slices.Clip(s.Revoked), r), true
		}
	}
	return added
}

func (s *Snapshot) revoked(fingerprint string) bool {
	return slices.ContainsFunc(s.Revoked, func(r Revocation) bool { return r.Fingerprint == fingerprint })
}
