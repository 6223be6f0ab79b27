package pg_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
)

// TestMain lets the test binary play another wasl process: it opens the directory, says "ready" and waits to be killed.
func TestMain(m *testing.M) {
	dir := os.Getenv("WASL_PGTEST_CHILD")
	if dir == "" {
		os.Exit(m.Run())
	}
	c, err := pg.Open(context.Background(), pg.Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready", c.Owned())
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := c.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// child starts such a process and returns what it said.
func child(t *testing.T, dir string) (cmd *exec.Cmd, said string, quit func()) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WASL_PGTEST_CHILD="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	said, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(said), func() { _ = in.Close(); _ = cmd.Wait() }
}

// place is a directory with a short path that the unprivileged user can reach.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "wasl-pg-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

func serverPid(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func awaitGone(t *testing.T, file string) {
	t.Helper()
	for range 3000 {
		if _, err := os.Stat(file); os.IsNotExist(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s is still there", file)
}

func TestPrivateServerLifeAndDeath(t *testing.T) {
	dir := place(t)
	pidfile := filepath.Join(dir, "data", "postmaster.pid")

	first, said, _ := child(t, dir)
	if said != "ready true" {
		t.Fatalf("the first process says %q", said)
	}
	joined, err := pg.Open(t.Context(), pg.Config{Dir: dir})
	if err != nil || joined.Owned() {
		t.Fatalf("the second process does not join: %v", err)
	}
	db, err := joined.Block(t.Context(), "shop", shop, 2)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, pg.System()); n != 0 {
		t.Errorf("%d rows", n)
	}
	db.Close()
	_ = joined.Close()

	// The owner is killed: the server stops by itself.
	_ = first.Process.Kill()
	_ = first.Wait()
	awaitGone(t, pidfile)

	// It is killed again, and the server is stopped from stopping: the next owner ends the orphan.
	second, said, _ := child(t, dir)
	if said != "ready true" {
		t.Fatalf("after the kill: %q", said)
	}
	orphan := serverPid(t, dir)
	_ = syscall.Kill(orphan, syscall.SIGSTOP)
	_ = second.Process.Kill()
	_ = second.Wait()
	time.AfterFunc(200*time.Millisecond, func() { _ = syscall.Kill(orphan, syscall.SIGCONT) })
	_, said, quit := child(t, dir)
	if said != "ready true" || serverPid(t, dir) == orphan {
		t.Errorf("beside an orphan: %q", said)
	}

	// A clean end stops the server.
	quit()
	awaitGone(t, pidfile)
}

func TestAKilledServerRunsAgainAndThePoolsRecover(t *testing.T) {
	dir := place(t)
	c, err := pg.Open(t.Context(), pg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetLegalShift(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	db, err := c.Block(t.Context(), "shop", shop, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for kill := range 2 {
		count(t, db, pg.System())
		if err := syscall.Kill(serverPid(t, dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		away := 0
		for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "SELECT FROM item")
				return err
			})
			if err == nil && away > 0 {
				break
			}
			if err != nil {
				away++
				if errs.KindOf(err) != errs.Unavailable {
					t.Fatalf("kill %d: a visitor would see a fault of ours: %v", kill, err)
				}
			}
			if time.Since(begun) > 40*time.Second {
				t.Fatalf("kill %d: the server does not run again", kill)
			}
		}
	}
	if days, err := c.LegalShift(t.Context()); days != 3 || err != nil {
		t.Errorf("after the crash the committed row is %d, %v", days, err)
	}
}

func TestAServerThatCannotStartAgainIsGivenUp(t *testing.T) {
	dir := place(t)
	c, err := pg.Open(t.Context(), pg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pid := serverPid(t, dir)
	control := filepath.Join(dir, "data", "global", "pg_control")
	if err := os.Truncate(control, 10); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Lost():
	case <-time.After(60 * time.Second):
		t.Fatal("it is tried for ever")
	}
}

func TestLongSocketPathIsRefusedInWords(t *testing.T) {
	_, err := pg.Open(t.Context(), pg.Config{Dir: filepath.Join(place(t), strings.Repeat("x", 100))})
	if err == nil || !strings.Contains(err.Error(), "shorter data directory") {
		t.Errorf("%v", err)
	}
}
