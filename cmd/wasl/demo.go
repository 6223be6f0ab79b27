package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"wasl/e2e/cast"
	"wasl/e2e/journey"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/pg"
)

type demoCmd struct {
	Once     bool   `help:"Free ports, temporary data, stop after the journeys; the exit status tells."`
	Report   string `help:"Write the steps as JSON to this file." type:"path"`
	Data     string `help:"Data directory; a new demonstration replaces what is there." default:".data/demo" type:"path"`
	Split    bool   `help:"Two processes: identity, signature and custody apart from the rest."`
	Describe string `help:"Write the addresses and people as JSON to this file once all is up." type:"path"`
	Idle     bool   `help:"Play no journey."`
	Free     bool   `help:"Take free ports instead of 8080 and its neighbours."`
	Crowd    int    `hidden:"" help:"Enrol so many more citizens, for measuring."`
}

// demo is one running demonstration.
type demo struct {
	cmd     *demoCmd
	app     *app
	dir     string
	at      addresses
	cluster *pg.Cluster
	people  []cast.Person
	troupe  troupe
}

// Run starts everything, plays the journeys and, unless told otherwise, stays up.
func (c *demoCmd) Run(a *app) (err error) {
	d := &demo{cmd: c, app: a, dir: c.Data}
	if c.Once {
		if d.dir, err = os.MkdirTemp("", "wasl-demo-"); err != nil {
			return err
		}
		defer d.forget()
	} else if err := d.clear(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	defer d.stop()
	if err := d.start(ctx); err != nil {
		return err
	}
	if c.Describe != "" {
		if err := writeJSON(c.Describe, d.description()); err != nil {
			return err
		}
	}
	if !c.Idle {
		if err := d.play(ctx); err != nil && (c.Once || ctx.Err() != nil) {
			return err
		}
	}
	if c.Once {
		return nil
	}
	d.invite()
	select {
	case <-ctx.Done():
		return nil
	case name := <-d.troupe.ended():
		return fmt.Errorf("%s has ended; its log is in %s", name, filepath.Join(d.dir, "log"))
	}
}

// clear removes an earlier demonstration, and nothing that is not one. Its database may lie elsewhere (kit/pg), and may be left
// over when only the directory was deleted.
func (d *demo) clear() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	mark := filepath.Join(d.dir, "demonstration")
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(mark); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s is not the data of a demonstration; name another directory with --data", d.dir)
	}
	if err := pg.Remove(filepath.Join(d.dir, "postgres")); err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(d.dir, e.Name())); err != nil {
			return err
		}
	}
	return os.WriteFile(mark, []byte("wasl demo\n"), 0o600)
}

func (d *demo) play(ctx context.Context) error {
	r := &journey.Recorder{Tell: d.tell}
	err := d.world().Play(ctx, r)
	if d.cmd.Report != "" {
		if e := writeJSON(d.cmd.Report, r.Report); e != nil {
			return errors.Join(err, e)
		}
	}
	if err == nil {
		steps := 0
		for _, j := range r.Report.Journeys {
			steps += len(j.Steps)
		}
		fmt.Fprintf(d.app.stdout, "\n%d journeys, %d steps, all as they should be.\n", len(r.Report.Journeys), steps)
	}
	return err
}

// world is where the journeys play.
func (d *demo) world() *journey.World {
	return &journey.World{
		Portal: d.at.url(portalAddr), Identity: d.at.url(identityAddr), Drawer: d.at.url(drawerAddr), Mail: d.at.url(mailAddr),
		People: d.people, Dir: d.dir, Trust: filepath.Join(d.dir, "trust.json"),
		ShiftTo: d.shiftTo, Today: d.today, Verify: d.verify,
	}
}

func (d *demo) today() civil.Date {
	days, err := d.cluster.LegalShift(d.app.ctx)
	if err != nil {
		return civil.Date{}
	}
	return clock.System(func() int { return days }).Today()
}

// shiftTo moves the legal date and gives the processes the time to see it: they look four times a second.
func (d *demo) shiftTo(ctx context.Context, day civil.Date) error {
	days, err := d.cluster.LegalShift(ctx)
	if err != nil {
		return err
	}
	if err := d.cluster.SetLegalShift(ctx, days+day.Sub(d.today())); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(600 * time.Millisecond):
		return nil
	}
}

// startPatience bounds the wait for what a block does after it has begun to answer.
const startPatience = 30 * time.Second

// fetchTrust keeps what a third party needs to check documents and proofs offline.
func (d *demo) fetchTrust(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for path, file := range map[string]string{"/.well-known/wasl-trust": "trust.json", "/en/access/trust": "exchange-trust.json"} {
		for {
			err := fetch(ctx, d.at.url(portalAddr)+path, filepath.Join(d.dir, file))
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

func fetch(ctx context.Context, address, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, resp.Status)
	}
	return os.WriteFile(file, body, 0o600)
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
