package pg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"wasl/kit/clock"
	"wasl/kit/pg/internal/postmaster"
)

// Config says where the database is. Without a URL it is a private server in Dir.
type Config struct {
	URL     string `env:"WASL_POSTGRES_URL"`     // several hosts are allowed; add target_session_attrs=read-write
	Migrate bool   `env:"WASL_POSTGRES_MIGRATE"` // with a URL: migrate in Block (`wasl migrate`); a private server always does
	Dir     string // private server: its directory
	Conns   int32  // kept for the caller: the process's connection budget

	Log *slog.Logger // of a private server that ends and is started again; nil: nowhere

	Disposable bool // private server: Sweep may delete it once its directory is gone
}

// database is the name of the one database of a private server.
const database = "wasl"

// joinTimeout bounds the wait for a server that another process is starting.
const joinTimeout = 60 * time.Second

// Cluster is one PostgreSQL, reached as its administrator.
type Cluster struct {
	admin   *pgxpool.Pool
	dsn     func(role string) string // how a role connects
	setRole bool                     // connect as the URL's user and become the role
	migrate bool

	password func(role string) (string, error) // of a private server's role; nil by URL

	server *postmaster.Server // nil when joined or by URL
	lost   chan struct{}      // closed when the server has ended and does not start again
	home   string             // of a private server
	log    *slog.Logger

	closing   atomic.Bool
	migrating sync.Mutex // within the process; the advisory lock is between processes
}

// Open connects to the database. With a private server the first process of the directory starts and owns it; later ones join
// it through its socket and lose it when the owner stops.
func Open(ctx context.Context, cfg Config) (*Cluster, error) {
	if cfg.URL != "" {
		return openURL(ctx, cfg)
	}
	base, err := home(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("pg: open: %w", err)
	}
	server, err := ownOrJoin(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("pg: open: %w", err)
	}
	if cfg.Disposable && server != nil {
		if err := markDisposable(base, cfg.Dir); err != nil {
			return nil, errors.Join(fmt.Errorf("pg: open: %w", err), server.Stop())
		}
	}
	c := &Cluster{server: server, home: base, lost: make(chan struct{}), log: cfg.Log, migrate: true, dsn: func(role string) string { return postmaster.DSN(base, database, role) }}
	c.password = func(role string) (string, error) { return postmaster.Password(base, role) }
	if err := c.prepare(ctx, base); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("pg: open: %w", err)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if server != nil {
		go c.keepRunning()
	}
	return c, nil
}

func openURL(ctx context.Context, cfg Config) (*Cluster, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("pg: open: WASL_POSTGRES_URL is not a URL") // the cause would print the password
	}
	c := &Cluster{migrate: cfg.Migrate, setRole: true, dsn: func(string) string { return u.String() }}
	if err := c.connectAdmin(ctx, u.String()); err != nil {
		return nil, fmt.Errorf("pg: open: %w", err)
	}
	if c.migrate {
		if err := c.createKit(ctx); err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("pg: open: %w", err)
		}
	}
	return c, nil
}

// home returns where the server of a data directory lives; the same for every process that names the directory.
func home(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("neither a URL nor a directory")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	h := sha256.Sum256([]byte(abs))
	return postmaster.Home(abs, hex.EncodeToString(h[:8]))
}

// ownOrJoin returns the server that this process now owns, or nil when it joined another's.
func ownOrJoin(ctx context.Context, base string) (*postmaster.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	for {
		server, err := postmaster.Start(ctx, postmaster.Options{Base: base})
		if !errors.Is(err, postmaster.ErrOwned) {
			return server, err
		}
		if postmaster.Running(base) {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the owner of %s does not answer: %w", base, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// prepare creates the database of a private server and connects to it.
func (c *Cluster) prepare(ctx context.Context, base string) error {
	if err := createDatabase(ctx, base); err != nil {
		return err
	}
	if err := c.connectAdmin(ctx, c.dsn(postmaster.Superuser)); err != nil {
		return err
	}
	return c.createKit(ctx)
}

func createDatabase(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	conn, err := connectStarting(ctx, postmaster.DSN(base, "postgres", postmaster.Superuser))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+database)
	return err
}

// connectStarting connects to a server that may still be starting (57P03), which a joining process can meet.
func connectStarting(ctx context.Context, dsn string) (*pgx.Conn, error) {
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil || code(err) != "57P03" {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Cluster) connectAdmin(ctx context.Context, dsn string) error {
	conf, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	conf.MaxConns, conf.MaxConnIdleTime = 2, time.Minute
	c.admin, err = pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return err
	}
	return c.admin.Ping(ctx)
}

// Owned reports whether this process runs the private server.
func (c *Cluster) Owned() bool { return c.server != nil }

// Lost is closed when the private server that this process owns has ended and could not be started again; it is nil (never)
// otherwise.
func (c *Cluster) Lost() <-chan struct{} { return c.lost }

// restarts is how often a private server that ends is started again, each time a second later than before. One that has run for
// a minute counts from the beginning.
const restarts = 6

// keepRunning starts the private server again when it was killed. Meanwhile nobody is answered but that it is away.
func (c *Cluster) keepRunning() {
	now := clock.System(nil).Now
	for try := 0; ; try++ {
		began := now()
		<-c.server.Ended()
		if now().Sub(began) > time.Minute {
			try = 0
		}
		if c.closing.Load() {
			return
		}
		c.log.Error("the private PostgreSQL has ended; it is started again", "try", try+1)
		for ; ; try++ {
			if try >= restarts {
				close(c.lost)
				return
			}
			time.Sleep(time.Duration(try) * time.Second)
			err := c.server.Restart(context.Background())
			if err == nil {
				c.log.Warn("the private PostgreSQL runs again")
				break
			}
			if c.closing.Load() {
				return
			}
			c.log.Error("the private PostgreSQL does not start", "try", try+1, "err", err)
		}
	}
}

// Ping reports whether the database answers.
func (c *Cluster) Ping(ctx context.Context) error { return c.admin.Ping(ctx) }

// Close frees the administrator's connections and stops the server if this process owns it. Close the blocks' DBs first.
func (c *Cluster) Close() error {
	c.closing.Store(true)
	if c.admin != nil {
		c.admin.Close()
	}
	if c.server != nil {
		return c.server.Stop()
	}
	return nil
}
