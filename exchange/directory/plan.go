package directory

import "time"

// SnapshotLife is how long a signed directory is good for; Install signs a new one when less than half is left.
const SnapshotLife = 7 * 24 * time.Hour

// Plan is what an installation of the exchange consists of.
type Plan struct {
	Instance   string
	Members    []PlannedMember
	Services   []Service
	Agreements []Agreement
	Parties    []Party `json:",omitempty"`
}

// PlannedMember is a member and how its gateway runs.
type PlannedMember struct {
	Member
	Listen   string            // host:port of its gateway; empty for a pure consumer
	Clients  string            // host:port for its own systems; empty when they call in process
	Upstream map[string]string // subsystem/service → base URL of its system
}

// Folder is the name of the member's folder in an installation.
func (m PlannedMember) Folder() string { return m.ID.Class + "-" + m.ID.Member }

// snapshot is the plan as a directory, without number, dates and certificates.
func (p Plan) snapshot() *Snapshot {
	s := &Snapshot{Instance: p.Instance, Services: p.Services, Agreements: p.Agreements, Parties: p.Parties, Revoked: []Revocation{}}
	for _, m := range p.Members {
		m.Gateway = m.Listen
		s.Members = append(s.Members, m.Member)
	}
	return s
}
