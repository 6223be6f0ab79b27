package directory

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// check refuses a directory in which one name means two things, or an agreement says what no gateway could hold to.
func (s *Snapshot) check() error {
	once := map[string]bool{}
	first := func(kind, name string) error {
		if name == "" || once[kind+name] {
			return fmt.Errorf("directory: %s %q is empty or stands twice", kind, name)
		}
		once[kind+name] = true
		return nil
	}
	for _, m := range s.Members {
		if err := first("member ", m.ID.ServerName()); err != nil { // two names that differ in case share a server name
			return err
		}
	}
	for _, p := range s.Parties {
		if _, err := ParseParty(string(p.ID)); err != nil {
			return err
		}
		if err := first("party ", string(p.ID)); err != nil {
			return err
		}
	}
	for _, v := range s.Services {
		if err := first("service ", v.ID.String()); err != nil {
			return err
		}
	}
	for _, r := range s.Revoked {
		if b, err := hex.DecodeString(r.Fingerprint); err != nil || len(b) != 32 || r.Fingerprint != strings.ToLower(r.Fingerprint) {
			return fmt.Errorf("directory: withdrawn certificate %q is no fingerprint", r.Fingerprint)
		}
	}
	for _, g := range s.Agreements {
		if err := first("agreement ", g.ID); err != nil {
			return err
		}
		if err := s.checkAgreement(g); err != nil {
			return fmt.Errorf("directory: agreement %s: %w", g.ID, err)
		}
	}
	return nil
}

func (s *Snapshot) checkAgreement(g Agreement) error {
	for _, o := range g.Operations {
		if !pattern(o.Path) || o.Method == "" {
			return fmt.Errorf("operation %q %q", o.Method, o.Path)
		}
	}
	for _, p := range g.Parties {
		if !s.registered(p) {
			return fmt.Errorf("party %q is not registered", p)
		}
	}
	if i := slices.IndexFunc(g.Contents, func(c Content) bool { return !c.Known() }); i >= 0 {
		return fmt.Errorf("content %q cannot be agreed whole", g.Contents[i])
	}
	return nil
}

// registered says whether an organisation may be represented at all: it is listed, or is a member itself.
func (s *Snapshot) registered(p PartyID) bool {
	return slices.ContainsFunc(s.Parties, func(q Party) bool { return q.ID == p }) ||
		slices.ContainsFunc(s.Members, func(m Member) bool { return PartyID(m.ID.Class+"/"+m.ID.Member) == p })
}
