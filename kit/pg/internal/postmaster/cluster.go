package postmaster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// binaries returns the directory of initdb and postgres: the version that made the cluster, or the newest installed.
func binaries(data string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return major(b) - major(a) })
	if p, err := exec.LookPath("postgres"); err == nil {
		found = append(found, p)
	}
	made, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	want := strings.TrimSpace(string(made))
	for _, p := range found {
		if err != nil || strconv.Itoa(major(p)) == want {
			return filepath.Dir(p), nil
		}
	}
	if want != "" {
		return "", fmt.Errorf("postmaster: %s was made by PostgreSQL %s, which is not installed", data, want)
	}
	return "", errors.New("postmaster: PostgreSQL is not installed (package postgresql-15)")
}

// major reads the version from /usr/lib/postgresql/15/bin/postgres; 0 if the path does not tell.
func major(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// initdb makes the cluster unless it is there.
func initdb(ctx context.Context, bin, data string, who *account) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", fresh, "-k", "-E", "UTF8", "--locale=C.UTF-8",
		"--auth=reject", "-U", Superuser, "--no-instructions")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), who.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postmaster: initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return os.Rename(fresh, data)
}

// tryLock takes the file's lock without waiting. The kernel frees it when the process ends, however it ends.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrOwned
		}
		return nil, err
	}
	return f, nil
}

// stopOrphan ends a server whose owner died. The caller holds the lock, so no living process owns it; the process must be a
// postgres that works in this very directory, or the pid has been given to somebody else.
func stopOrphan(ctx context.Context, data string) error {
	pidfile := filepath.Join(data, "postmaster.pid")
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for signalled := false; ; {
		b, err := os.ReadFile(pidfile)
		if err != nil {
			return nil
		}
		line, _, _ := strings.Cut(string(b), "\n")
		pid, err := strconv.Atoi(line)
		if err != nil || !isServerOf(pid, data) {
			return nil // stale: PostgreSQL itself accepts it
		}
		if !signalled {
			signalled = true
			_ = syscall.Kill(pid, syscall.SIGINT)
		}
		// A zombie still answers kill(pid, 0): the file's disappearance tells.
		select {
		case <-ctx.Done():
			return fmt.Errorf("postmaster: the orphan server %d does not stop: %w", pid, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func isServerOf(pid int, data string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	if err != nil || filepath.Base(exe) != "postgres" {
		return false
	}
	cwd, err := os.Stat(filepath.Join(proc, "cwd"))
	if err != nil {
		return false
	}
	own, err := os.Stat(data)
	return err == nil && os.SameFile(cwd, own)
}

func socketPath(base string) string { return filepath.Join(SocketDir(base), ".s.PGSQL.5432") }

func dial(base string) (net.Conn, error) {
	return net.DialTimeout("unix", socketPath(base), time.Second)
}

// DSN returns how to reach a database of the server of base as a role, with its password when the server has a secret that this
// process can read. Everything is named, so that PGHOST and the like cannot lead elsewhere.
func DSN(base, database, role string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(SocketDir(base))
	password, _ := Password(base, role) // without it the server refuses in its own words
	return fmt.Sprintf("host='%s' port=5432 dbname=%s user=%s password='%s' sslmode=disable connect_timeout=10", quoted, database, role, password)
}

// errForeignSecret says that the secret beside a cluster is not its own: one of the two came from elsewhere.
var errForeignSecret = errors.New("postmaster: the file secret beside the database is not the one it was given; delete the file, and the next start makes another")

// ready reports whether the server accepts queries; an error when it never will.
func ready(ctx context.Context, base string) (bool, error) {
	if !Running(base) {
		return false, nil
	}
	conn, err := pgx.Connect(ctx, DSN(base, "postgres", Superuser))
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == "28P01" {
		return false, errForeignSecret
	}
	if err != nil {
		return false, nil
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx) == nil, nil
}
