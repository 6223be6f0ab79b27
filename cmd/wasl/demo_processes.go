package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"wasl/custody"
	"wasl/e2e/stage"
	"wasl/kit/block"
	"wasl/kit/pg"
)

// The processes of a demonstration, by the name of their address.
const (
	portalAddr    = "portal"
	identityAddr  = "identity"
	connectorAddr = "connector"
	drawerAddr    = "cards"
	bankAddr      = "bank"
	mailAddr      = "mail"
	smtpAddr      = "smtp"
	registersAddr = "registers"
	gatewayAddr   = "gateway"
	readerAddr    = "reader"
	trustedAddr   = "trusted-services"
	restAddr      = "services"
	witness1Addr  = "witness-one"
	witness2Addr  = "witness-two"
)

// usual are the ports a person meets; one after the other is easier to remember than free ones.
var usual = map[string]int{
	portalAddr: 8080, identityAddr: 8081, connectorAddr: 8085, drawerAddr: 8086, bankAddr: 8087, mailAddr: 8088,
	smtpAddr: 8025, registersAddr: 8089, gatewayAddr: 8090, readerAddr: 35963, trustedAddr: 8091, restAddr: 8092,
	witness1Addr: 8093, witness2Addr: 8094,
}

// trusted are the blocks that the second process runs with --split: another institution's.
var trusted = []string{"identity", "signature", "custody"}

type addresses map[string]string

func (a addresses) url(name string) string {
	if name == portalAddr || name == identityAddr {
		_, port, _ := cutLast(a[name], ':')
		return "http://localhost:" + port // the name people see and cookies belong to
	}
	return "http://" + a[name]
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func (d *demo) addresses() error {
	d.at = addresses{}
	for name, port := range usual {
		if d.cmd.Once || d.cmd.Free {
			var err error
			if port, err = stage.FreePort(); err != nil {
				return err
			}
		}
		d.at[name] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	return nil
}

// troupe is the processes of a demonstration in the order of their start.
type troupe struct {
	self    string
	env     []string
	logs    string
	all     []*stage.Process
	journey string // that the screen shows
}

// enter starts processes at once and returns when all are ready, or have failed.
func (t *troupe) enter(ctx context.Context, specs ...stage.Spec) error {
	started, failed := make([]*stage.Process, len(specs)), make([]error, len(specs))
	var wait sync.WaitGroup
	for i, s := range specs {
		s.Path, s.LogDir, s.Env = t.self, t.logs, append(slices.Clone(t.env), s.Env...)
		wait.Go(func() { started[i], failed[i] = stage.Start(ctx, s) })
	}
	wait.Wait()
	for _, p := range started {
		if p != nil {
			t.all = append(t.all, p)
		}
	}
	return errors.Join(failed...)
}

// ended tells of the first process that has ended. A witness may: what happens without it can be tried.
func (t *troupe) ended() <-chan string {
	name := make(chan string, len(t.all))
	for _, p := range t.all {
		if slices.Contains(watchers, p.Name) {
			continue
		}
		go func() {
			<-p.Done()
			name <- p.Name
		}()
	}
	return name
}

func (t *troupe) pids() map[string]int {
	m := map[string]int{}
	for _, p := range t.all {
		m[p.Name] = p.PID()
	}
	return m
}

// stop ends every process, the last first, and the database when it is this process's own.
func (d *demo) stop() {
	for _, p := range slices.Backward(d.troupe.all) {
		p.Stop()
	}
	d.troupe.all = nil
	if d.cluster != nil {
		if err := d.cluster.Close(); err != nil {
			fmt.Fprintln(d.app.stderr, "wasl:", err)
		}
		d.cluster = nil
	}
}

// forget deletes all that a stopped demonstration wrote; its database may lie outside its directory (kit/pg).
func (d *demo) forget() {
	if err := errors.Join(pg.Remove(filepath.Join(d.dir, "postgres")), os.RemoveAll(d.dir)); err != nil {
		fmt.Fprintln(d.app.stderr, "wasl: left behind:", err)
	}
}

// start owns the database, lets a child fill it, and starts the processes from the far end of the wires to the near one.
func (d *demo) start(ctx context.Context) (err error) {
	if err := d.addresses(); err != nil {
		return err
	}
	if d.troupe.self, err = os.Executable(); err != nil {
		return err
	}
	d.troupe.logs = filepath.Join(d.dir, "log")
	d.troupe.env = d.environment()
	if err := os.MkdirAll(d.troupe.logs, 0o700); err != nil {
		return err
	}
	fmt.Fprintln(d.app.stdout, "Starting: PostgreSQL, the blocks, the exchange gateways, the card connector and the simulators …")
	if err := pg.Sweep(); err != nil {
		return err
	}
	if d.cluster, err = pg.Open(ctx, pg.Config{Dir: filepath.Join(d.dir, "postgres"), Disposable: true}); err != nil {
		return err
	}
	if err := d.seed(ctx); err != nil {
		return err
	}
	watchers, err := d.witnesses()
	if err != nil {
		return err
	}
	if err := d.troupe.enter(ctx, append(d.outside(), watchers...)...); err != nil {
		return err
	}
	if err := d.nameWitnesses(ctx); err != nil {
		return err
	}
	for _, s := range d.inside() {
		if err := d.troupe.enter(ctx, s); err != nil {
			return err
		}
	}
	return d.fetchTrust(ctx)
}

// environment is what the processes share beside their own arguments.
func (d *demo) environment() []string {
	key := rand.Text()
	env := slices.Clone(d.app.env)
	if d.app.log.Enabled(d.app.ctx, slog.LevelDebug) {
		env = append(env, "WASL_VERBOSE=true")
	}
	return append(env,
		"WASL_DATA="+d.dir, "WASL_DEMONSTRATION=true", "WASL_PORTAL_URL="+d.at.url(portalAddr), "WASL_IDENTITY_URL="+d.at.url(identityAddr),
		"WASL_BANK_STORE_KEY="+key, "WASL_PAYMENT_STORE_KEY="+key, "WASL_PAYMENT_GATE_URL="+d.at.url(bankAddr)+"/fim/est3Dgate", "WASL_PAYMENT_CENTER_URL="+d.at.url(bankAddr)+"/fim/center",
		"WASL_SUPPORT_SMTP="+d.at[smtpAddr], "WASL_GOVERNANCE_EVERY=5s", "WASL_IDENTITY_CONNECTOR="+d.at.url(connectorAddr),
	)
}

// seed runs the child that enrols the cast and installs the exchange.
func (d *demo) seed(ctx context.Context) error {
	out := filepath.Join(d.dir, "cast.json")
	cmd := exec.CommandContext(ctx, d.troupe.self, "seed", "--out", out, "--gateway", d.at[gatewayAddr], "--registers", d.at.url(registersAddr),
		"--crowd", strconv.Itoa(d.cmd.Crowd))
	cmd.Env = d.troupe.env
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("seed: %w\n%s", err, said)
	}
	return readJSON(out, &d.people)
}

// outside is the stand-ins of the outside world, the register's gateway and the connector.
func (d *demo) outside() []stage.Spec {
	at := d.at
	return []stage.Spec{
		{Name: "mail", Args: []string{"peer", "mail", "--addr", at[mailAddr], "--smtp", at[smtpAddr]}, Health: at.url(mailAddr), TCP: at[smtpAddr]},
		{Name: "bank", Args: []string{"peer", "bank", "--addr", at[bankAddr]}, Health: at.url(bankAddr)},
		{Name: "registers", Args: []string{"peer", "registers", "--addr", at[registersAddr], "--people", filepath.Join(d.dir, "registers.json")}, Health: at.url(registersAddr)},
		{Name: "gateway", Args: []string{"gateway", "--config", filepath.Join(d.dir, "exchange", "members", "GOV-civil-status", "gateway.json")}, TCP: at[gatewayAddr]},
		{Name: "connector", Args: []string{"connector", "--addr", at[connectorAddr], "--origin", at.url(identityAddr), "--reader", at[readerAddr]}, TCP: at[connectorAddr]},
		{Name: "cards", Args: []string{"peer", "card", "--dir", filepath.Join(d.dir, "cards"), "--reader", at[readerAddr], "--addr", at[drawerAddr]}, Health: at.url(drawerAddr)},
	}
}

// inside is the blocks.
func (d *demo) inside() []stage.Spec {
	at := d.at
	serve := []string{"serve", "--portal", at[portalAddr], "--identity", at[identityAddr]}
	if !d.cmd.Split {
		return []stage.Spec{{Name: "wasl", Args: append(serve, "--services", at[restAddr]), Health: at.url(portalAddr)}}
	}
	first := append(slices.Clone(serve), "--services", at[trustedAddr])
	second := append(slices.Clone(serve), "--services", at[restAddr])
	var rest []string
	for _, b := range block.Order {
		if slices.Contains(trusted, b) {
			second = append(second, "--peer", b+"="+at.url(trustedAddr)+"/"+b)
		} else {
			first = append(first, "--peer", b+"="+at.url(restAddr)+"/"+b)
			rest = append(rest, b)
		}
	}
	first, second = append(first, trusted...), append(second, rest...)
	return []stage.Spec{
		{Name: "wasl-trusted", Args: first, Health: at.url(identityAddr)},
		{Name: "wasl-rest", Args: second, Health: at.url(portalAddr)},
	}
}

// verify runs the command a third party would run.
func (d *demo) verify(ctx context.Context, files ...string) (said string, ok bool) {
	args := append([]string{"verify", "--trust", filepath.Join(d.dir, "trust.json")}, files...)
	cmd := exec.CommandContext(ctx, d.troupe.self, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// watchers are the witnesses of a demonstration's evidence log.
var watchers = []string{witness1Addr, witness2Addr}

// witnesses is their processes; the seed has made the log, whose key they are told.
func (d *demo) witnesses() (specs []stage.Spec, err error) {
	key, err := custody.LogKey(filepath.Join(d.dir, "custody"))
	if err != nil {
		return nil, err
	}
	for _, name := range watchers {
		specs = append(specs, stage.Spec{
			Name: name, Health: d.at.url(name),
			Args: []string{"peer", "witness", "--addr", d.at[name], "--dir", filepath.Join(d.dir, name), "--name", name + ".example", "--log", key},
		})
	}
	return specs, nil
}

// nameWitnesses asks the witnesses for their keys and tells custody, which starts later, that both must co-sign.
func (d *demo) nameWitnesses(ctx context.Context) error {
	var policy strings.Builder
	for _, name := range watchers {
		file := filepath.Join(d.dir, name+".key")
		if err := fetch(ctx, d.at.url(name)+"/key", file); err != nil {
			return err
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(&policy, "witness %s %s %s\n", name, strings.TrimSpace(string(key)), d.at.url(name))
	}
	fmt.Fprintf(&policy, "group both all %s\nquorum both\n", strings.Join(watchers, " "))
	file := filepath.Join(d.dir, "witnesses")
	d.troupe.env = append(d.troupe.env, "WASL_CUSTODY_WITNESSES="+file)
	return os.WriteFile(file, []byte(policy.String()), 0o600)
}
