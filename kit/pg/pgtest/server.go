package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg/internal/postmaster"
)

// shared returns the directory of the server that all test processes of this user share, started if need be.
var shared = sync.OnceValues(func() (string, error) {
	// The boot is part of the name: without fsync a cluster does not survive a crash of the machine.
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	name := fmt.Sprintf("wasl-pgtest-%d-%.8s", os.Geteuid(), boot)
	base := filepath.Join("/tmp", name)
	if err := use(base + ".users"); err != nil {
		return "", err
	}
	unlock, err := flock(base+".start", syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlock()
	if postmaster.Running(base) {
		return base, nil
	}
	return base, start(base)
})

// use takes a share of the users' lock, held until the process ends: the reaper stops the server when nobody has one.
func use(path string) error {
	_, err := flock(path, syscall.LOCK_SH)
	return err
}

func flock(path string, how int) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	held = append(held, f) // a collected file would be closed, and its lock freed
	return func() { _ = f.Close() }, syscall.Flock(int(f.Fd()), how)
}

var held []*os.File

func start(base string) error {
	ctx := context.Background()
	server, err := postmaster.Start(ctx, postmaster.Options{Base: base, Detached: true, Trust: true, Settings: []string{
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=4GB", "shared_buffers=128MB",
	}})
	if err != nil {
		return err
	}
	defer server.Release()
	if err := reap(base, server.Pid()); err != nil {
		return errors.Join(err, server.Stop())
	}
	return sweep(ctx, base)
}

// reap leaves a shell behind that stops the server once no test process has used it for a while.
func reap(base string, pid int) error {
	const script = `while sleep 20; do
	kill -0 "$PID" || exit 0
	if flock --exclusive --nonblock "$USERS" sh -c 'kill -INT "$PID"; while kill -0 "$PID"; do sleep 0.05; done'; then exit 0; fi
done`
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "USERS=" + base + ".users", "PID=" + strconv.Itoa(pid)}
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// sweep drops the databases that killed tests left, and all templates when old contents have piled up.
func sweep(ctx context.Context, base string) error {
	conn, err := pgx.Connect(ctx, postmaster.DSN(base, "postgres", postmaster.Superuser))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'test\_%' OR datname LIKE 'new\_%'
		OR datname LIKE 'tpl\_%' AND (SELECT count(*) FROM pg_database WHERE datname LIKE 'tpl\_%') > 100`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := drop(ctx, conn, name); err != nil {
			return err
		}
	}
	return nil
}

func drop(ctx context.Context, conn *pgx.Conn, name string) error {
	if strings.HasPrefix(name, "tpl_") {
		if _, err := conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE false"); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return err
}
