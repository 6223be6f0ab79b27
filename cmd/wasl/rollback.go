package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"wasl/custody/custodyapi"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/pg"
)

// compareFor bounds the comparison of one block's rows with the log before the process listens.
const compareFor = 5 * time.Second

// compare looks, before anybody is answered, whether a block's database was restored to a state older than the log. Custody may run
// elsewhere and not answer yet: the blocks look again once they run.
func (p *platform) compare(ctx context.Context) {
	for _, name := range p.Blocks {
		if err := p.compareOne(ctx, name); err != nil {
			p.Log.InfoContext(ctx, "rows not compared with the evidence log yet", "block", name, "error", err)
		}
	}
}

func (p *platform) compareOne(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, compareFor)
	defer cancel()
	peers, err := p.as(name)
	if err != nil {
		return err
	}
	db, err := p.cluster.Join(ctx, name, 2)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := audit.Compare(ctx, db, custodyapi.New(peers("custody")))
	if found > 0 {
		p.Log.ErrorContext(ctx, "this database is older than the evidence log: acts are lost, none is recorded until an operator accepts it (wasl admin rollback)",
			"block", name, "batches", found)
	}
	return err
}

// whole says which of this process's blocks have lost acts that no operator has accepted.
func (p *platform) whole(ctx context.Context) error {
	behind, err := p.cluster.RolledBack(ctx, p.Blocks)
	if err == nil && len(behind) > 0 {
		err = fmt.Errorf("restored to a state older than the evidence log: %s", strings.Join(behind, ", "))
	}
	return err
}

type adminRollbackCmd struct {
	List   adminRollbackListCmd   `cmd:"" help:"List what blocks have lost by the restoration of an older database."`
	Accept adminRollbackAcceptCmd `cmd:"" help:"Let a block record acts again after its lost acts were dealt with; this is itself recorded."`
}

// database opens the installation's PostgreSQL, or joins the running one.
func database(a *app, data string) (*pg.Cluster, error) {
	conf := pg.Config{Dir: filepath.Join(data, "postgres")}
	if err := process(a.ctx, a.env, &conf); err != nil {
		return nil, err
	}
	return pg.Open(a.ctx, conf)
}

type adminRollbackListCmd struct {
	Data string `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
}

// Run prints each lost act: its block, place in the log, time, id and kind.
func (c *adminRollbackListCmd) Run(a *app) (err error) {
	cluster, err := database(a, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	out := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "BLOCK\tLOG ENTRY\tTIME\tENTRY\tACT\tSTATE")
	for _, name := range block.Order {
		if err := listLost(a.ctx, cluster, name, out); err != nil {
			return err
		}
	}
	return out.Flush()
}

func listLost(ctx context.Context, cluster *pg.Cluster, name string, out *tabwriter.Writer) error {
	db, err := cluster.Join(ctx, name, 2)
	if err != nil {
		return err
	}
	defer db.Close()
	lost, err := audit.LostActs(ctx, db)
	if err != nil {
		return err
	}
	for _, l := range lost {
		state := "open"
		if l.Accepted != nil {
			state = "accepted " + l.Accepted.UTC().Format(time.RFC3339)
		}
		if len(l.Acts) == 0 {
			fmt.Fprintf(out, "%s\t%d\t%s\t%s\t?\t%s\n", name, l.Index, begun(l.Batch), l.Batch, state)
		}
		for _, act := range l.Acts {
			fmt.Fprintf(out, "%s\t%d\t%s\t%s\t%s\t%s\n", name, l.Index, act.At, act.ID, act.Is, state)
		}
	}
	return nil
}

// begun is when a batch was made: its id says it (UUIDv7).
func begun(id audit.BatchID) string {
	seconds, nanos := id.UUID().Time().UnixTime()
	return time.Unix(seconds, nanos).UTC().Format(time.RFC3339)
}

type adminRollbackAcceptCmd struct {
	Data  string `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
	Block string `arg:"" help:"The block whose lost acts were dealt with."`
}

// Run accepts the block's open rollback.
func (c *adminRollbackAcceptCmd) Run(a *app) (err error) {
	if !slices.Contains(block.Order, c.Block) {
		return fmt.Errorf("there is no block %q", c.Block)
	}
	cluster, err := database(a, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	db, err := cluster.Owner(a.ctx, c.Block)
	if err != nil {
		return err
	}
	defer db.Close()
	id, err := audit.AcceptRollback(a.ctx, db, clock.System(nil))
	if err != nil {
		return err
	}
	if id.IsZero() {
		return fmt.Errorf("%s has no rollback that waits for an answer", c.Block)
	}
	_, err = fmt.Fprintf(a.stdout, "%s records acts again; the acceptance of %s is in its evidence\n", c.Block, id)
	return err
}
