package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"wasl/custody"
	"wasl/exchange"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/disk"
	"wasl/kit/pg"
	"wasl/locker"
)

type doctorCmd struct {
	Data string `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
	JSON bool   `help:"Print JSON."`
}

// grade is how bad a finding is.
type grade string

// The grades: what is as it should be, what an operator should look at, what keeps the installation from doing its work.
const (
	good   grade = "ok"
	watch  grade = "watch"
	broken grade = "broken"
)

// finding is one thing that the doctor looked at.
type finding struct {
	Where string `json:"where"`
	Grade grade  `json:"grade"`
	What  string `json:"what"`
	Mend  string `json:"mend,omitempty"`
}

// unpublishedFor is how old an act may be that is not in the evidence log.
const unpublishedFor = 5 * time.Minute

// Run looks at an installation, running or stopped, and writes nothing to it; the exit status is 0 when nothing is broken.
func (c *doctorCmd) Run(a *app) (err error) {
	if _, err := os.Stat(c.Data); err != nil {
		return fmt.Errorf("%w; name the installation's folder with --data", err)
	}
	cluster, err := database(a, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	found := c.disk()
	found = append(found, server(a.ctx, cluster)...)
	p := &platform{setup: setup{Data: c.Data, Blocks: block.Order, Env: a.env, Log: a.log}, cluster: cluster}
	found = append(found, keyFindings(a.ctx, p)...)
	found = append(found, c.log(a.ctx, cluster)...)
	found = append(found, exchanges(a.ctx, filepath.Join(c.Data, "exchange"))...)
	found = append(found, c.objects(a, cluster)...)
	for _, name := range block.Order {
		found = append(found, acts(a.ctx, cluster, name)...)
	}
	return c.tell(a, found)
}

func (c *doctorCmd) tell(a *app, found []finding) error {
	status := exit(0)
	for _, f := range found {
		if f.Grade == broken {
			status = 1
		}
	}
	if c.JSON {
		if err := json.NewEncoder(a.stdout).Encode(found); err != nil {
			return err
		}
	} else {
		out := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, f := range found {
			fmt.Fprintf(out, "%s\t%s\t%s\n", f.Grade, f.Where, f.What)
			if f.Mend != "" {
				fmt.Fprintf(out, "\t\t→ %s\n", f.Mend)
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if status != 0 {
		return status
	}
	return nil
}

func (c *doctorCmd) disk() []finding {
	if err := disk.Writable(c.Data); err != nil {
		return []finding{{"disk", broken, err.Error(), "free room, or give the folder back to the user that runs wasl"}}
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(c.Data, &fs); err == nil && fs.Files > 0 && fs.Ffree < fewFiles {
		return []finding{{"disk", watch, fmt.Sprintf("%d more files can be made on it, however much room there is", fs.Ffree), "remove files, or give the folder a disk with more inodes: each document is a file"}}
	}
	return []finding{{"disk", good, "there is room, and it can be written", ""}}
}

// fewFiles is how many files can be made on the disk when it is time to look at it.
const fewFiles = 10_000

// listedByName is how many of the things found wrong are listed by name.
const listedByName = 20

// objects compares the documents of the locker with what lies in its object store.
func (c *doctorCmd) objects(a *app, cluster *pg.Cluster) (found []finding) {
	var conf locker.Config
	err := process(a.ctx, a.env, &conf)
	if err != nil {
		return []finding{{"documents", broken, err.Error(), ""}}
	}
	db, err := cluster.Join(a.ctx, "locker", 2)
	if err != nil {
		return []finding{{"documents", broken, err.Error(), "`wasl migrate`, or run the doctor where the locker's database is"}}
	}
	defer db.Close()
	e, err := locker.Examine(a.ctx, conf, filepath.Join(c.Data, "locker"), db, clock.System(nil).Now())
	if err != nil {
		return []finding{{"documents", broken, err.Error(), "bring the object store back, or correct WASL_LOCKER_BUCKET"}}
	}
	for i, id := range e.Missing {
		if i == listedByName {
			found = append(found, finding{"documents", broken, fmt.Sprintf("and %d more documents", len(e.Missing)-listedByName), ""})
			break
		}
		found = append(found, finding{"documents", broken, id.String() + " has a row and no object: its holder cannot open it", "bring locker/objects back from the newest backup that has it"})
	}
	for i, o := range e.Orphans {
		if i == listedByName {
			found = append(found, finding{"documents", watch, fmt.Sprintf("and %d more objects", len(e.Orphans)-listedByName), ""})
			break
		}
		found = append(found, finding{"documents", watch, "no document names the object " + o, "start the locker: an upload that was broken off is swept by itself"})
	}
	if len(found) == 0 {
		found = []finding{{"documents", good, "every document has its object, and every object its document", ""}}
	}
	return found
}

// oldest is the oldest PostgreSQL that the migrations are made for.
const oldest = 150000

func server(ctx context.Context, cluster *pg.Cluster) []finding {
	version, err := cluster.Version(ctx)
	switch {
	case err != nil:
		return []finding{{"database", broken, err.Error(), "start PostgreSQL, or correct WASL_POSTGRES_URL"}}
	case version < oldest:
		return []finding{{"database", broken, fmt.Sprintf("PostgreSQL %d is too old", version/10000), "PostgreSQL 15 or newer is needed"}}
	}
	found := []finding{{"database", good, fmt.Sprintf("PostgreSQL %d answers", version/10000), ""}}
	powers, err := cluster.Powers(ctx, block.Order)
	if err != nil {
		return append(found, finding{"roles", broken, err.Error(), ""})
	}
	for _, p := range powers {
		found = append(found, finding{"roles", broken, p, "take it away (ALTER ROLE, REVOKE): no guard of the rows holds for such a role"})
	}
	return found
}

func keyFindings(ctx context.Context, p *platform) (found []finding) {
	faults, err := p.keyFaults(ctx)
	if err != nil {
		return []finding{{"keys", broken, err.Error(), "`wasl migrate`, when the database has never been migrated"}}
	}
	for _, f := range faults {
		found = append(found, finding{"keys", broken, f.Error(), "bring the file back from the backup of this installation"})
	}
	if len(found) == 0 {
		found = []finding{{"keys", good, "every key file on record is there and is the one that was recorded", ""}}
	}
	return found
}

const mendLog = "stop custody, bring custody/log back from the newest backup that is not older than the last signature, start"

func (c *doctorCmd) log(ctx context.Context, cluster *pg.Cluster) []finding {
	db, err := cluster.Join(ctx, "custody", 2)
	if err != nil {
		return []finding{{"custody", broken, err.Error(), "`wasl migrate`, or run the doctor where custody's database is"}}
	}
	defer db.Close()
	st, err := custody.Examine(ctx, db, filepath.Join(c.Data, "custody"), clock.System(nil))
	if err != nil {
		return []finding{{"evidence log", broken, err.Error(), ""}}
	}
	found := []finding{{"evidence log", good, fmt.Sprintf("%d entries on disk are those that were signed", st.Signed), ""}}
	if st.Damage != nil {
		found = []finding{{"evidence log", broken, "nothing is signed: " + st.Damage.Error(), mendLog}}
	}
	return append(found, witnesses(st)...)
}

// exchanges looks at the keys and logs of the gateways whose folders are on this machine.
func exchanges(ctx context.Context, dir string) (found []finding) {
	faults, logs := exchange.Examine(ctx, dir)
	for _, f := range faults {
		found = append(found, finding{"exchange", broken, f.Error(), "stop the gateway, bring the file back from the newest backup that is not older than the last signature, start"})
	}
	if len(found) == 0 && logs > 0 {
		found = []finding{{"exchange", good, fmt.Sprintf("keys are those on record, %d gateway logs are what was signed", logs), ""}}
	}
	return found
}

func acts(ctx context.Context, cluster *pg.Cluster, name string) (found []finding) {
	db, err := cluster.Join(ctx, name, 2)
	if err != nil {
		return []finding{{name, broken, err.Error(), "`wasl migrate`"}}
	}
	defer db.Close()
	lost, err := audit.LostActs(ctx, db)
	if err != nil {
		return []finding{{name, broken, err.Error(), "`wasl migrate`"}}
	}
	open := 0
	for _, l := range lost {
		if l.Accepted == nil {
			open++
		}
	}
	if open > 0 {
		found = append(found, finding{
			name, broken, fmt.Sprintf("its database is older than the evidence log: %d batches of acts are lost and none is recorded", open),
			"bring back the newest database, or `wasl admin rollback list`, deal with what is listed, `wasl admin rollback accept " + name + "`",
		})
	}
	overdue, err := db.Overdue(ctx)
	if err != nil {
		return []finding{{name, broken, err.Error(), "`wasl migrate`"}}
	}
	for _, late := range overdue {
		found = append(found, finding{name, watch, late, "start the block: it works them off by itself; when it runs, its log says why they fail"})
	}
	waiting, age, err := audit.Unpublished(ctx, db)
	switch {
	case err != nil:
		found = append(found, finding{name, broken, err.Error(), ""})
	case age > unpublishedFor:
		found = append(found, finding{name, watch, fmt.Sprintf("%d acts are not in the evidence log, the oldest for %s", waiting, age.Round(time.Second)), "start the block and custody; they publish by themselves"})
	}
	if len(found) == 0 {
		found = []finding{{name, good, "its acts are in the evidence log", ""}}
	}
	return found
}

const (
	mendSilent   = "look after it, or name another in the file of WASL_CUSTODY_WITNESSES"
	mendStranger = "give its operator the log's key (member log of the trust file)"
	mendHistory  = "this installation was set back to an older copy, or a second one writes with its key: bring back the newest database and custody/log together; " +
		"see \"Witnesses\" in docs/guides/operator.md"
	mendTooFew = "nothing is published after WASL_CUSTODY_WITNESS_GRACE; what waits goes out by itself when they answer"
)

// witnesses says what each witness answers now, and since when too few have co-signed.
func witnesses(st custody.State) (found []finding) {
	for _, w := range st.Witnesses {
		where := "witness " + w.Name
		switch w.Answer {
		case custody.CoSigns:
			found = append(found, finding{where, good, fmt.Sprintf("it co-signs the %d entries that are published", st.Published), ""})
		case custody.Behind:
			if w.Seen > st.Published {
				found = append(found, finding{where, good, fmt.Sprintf("it has co-signed %d entries, of which %d are published", w.Seen, st.Published), ""})
				continue
			}
			found = append(found, finding{where, watch, fmt.Sprintf("it co-signed %d of %d entries", w.Seen, st.Published), mendSilent})
		case custody.Stranger:
			found = append(found, finding{where, watch, "it does not watch this log, or knows another key of it", mendStranger})
		case custody.Ahead:
			found = append(found, finding{where, broken, fmt.Sprintf("it has co-signed %d entries of this log, which has signed only %d", w.Seen, st.Signed), mendHistory})
		case custody.Forked:
			found = append(found, finding{where, broken, "it has co-signed another history of this log", mendHistory})
		case custody.Silent:
			found = append(found, finding{where, watch, "it does not answer", mendSilent})
		}
	}
	if st.Silent != nil && len(st.Against) > 0 {
		found = append(found, finding{"witnesses", broken, fmt.Sprintf("nothing is published: %v have seen another history of the log", st.Against), mendHistory})
	} else if st.Silent != nil {
		found = append(found, finding{"witnesses", watch, "too few have co-signed since " + st.Silent.UTC().Format(time.RFC3339), mendTooFew})
	}
	if len(st.Witnesses) == 0 && st.Silent == nil {
		found = append(found, finding{"witnesses", good, "none is named: nobody outside would notice a fork (WASL_CUSTODY_WITNESSES)", ""})
	}
	return found
}
