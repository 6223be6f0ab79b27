package custody

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// TestMain lets the test binary play a custody that is going to be killed: it logs roots first, first+1 … as fast as it can
// and prints each place it was promised.
func TestMain(m *testing.M) {
	if os.Getenv("WASL_CUSTODY_URL") == "" {
		os.Exit(m.Run())
	}
	if err := victim(context.Background()); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

func victim(ctx context.Context) error {
	b, err := reopen(ctx, os.Getenv("WASL_CUSTODY_URL"), os.Getenv("WASL_CUSTODY_DIR"))
	if err != nil {
		return err
	}
	go func() { fmt.Println("error", b.Run(ctx)) }()
	var first int
	if _, err := fmt.Sscan(os.Getenv("WASL_CUSTODY_FIRST"), &first); err != nil {
		return err
	}
	var next, out sync.Mutex
	for range 16 {
		go func() {
			for {
				next.Lock()
				n := first
				first++
				next.Unlock()
				in, err := b.evidence.append(ctx, Root{"casework", batch(n), rootOf(n)})
				out.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println("logged", n, in.Index)
				}
				out.Unlock()
			}
		}()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func reopen(ctx context.Context, url, dir string) (*Block, error) {
	cluster, err := pg.Open(ctx, pg.Config{URL: url, Migrate: true})
	if err != nil {
		return nil, err
	}
	return New(ctx, Config{Origin: origin}, block.Deps{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Clock: clock.System(nil), Cluster: cluster, Conns: 8, Dir: dir,
	})
}

func TestKilledUnderLoadNoRootIsLostOrDoubled(t *testing.T) {
	url, dir := pgtest.URL(t), t.TempDir()
	promised := map[int]uint64{}
	const apart = 100_000
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WASL_CUSTODY_URL="+url, "WASL_CUSTODY_DIR="+dir, fmt.Sprint("WASL_CUSTODY_FIRST=", round*apart))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		in, err := cmd.StdinPipe() // held open: the victim lives until it is killed
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed somewhere after the first roots, at another moment of the writer's round each time.
		lines, kill := bufio.NewScanner(out), sync.OnceFunc(func() {
			time.AfterFunc(time.Duration(37*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		})
		said := 0
		for lines.Scan() {
			var n int
			var index uint64
			if _, err := fmt.Sscanf(lines.Text(), "logged %d %d", &n, &index); err != nil {
				t.Fatal(lines.Text())
			}
			promised[n] = index
			if said++; said == 10 {
				kill()
			}
		}
		_ = in.Close()
		_ = cmd.Wait()
	}
	b, err := reopen(t.Context(), url, dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	defer func() { stop(); <-ended }()

	// Every block sends what it was promised nothing for again: all of it is saved, so the last root sent comes last.
	if _, err := b.evidence.append(ctx, Root{"casework", batch(9_999_999), rootOf(9_999_999)}); err != nil {
		t.Fatal(err)
	}
	leaves, size, err := b.evidence.tiles().leaves(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i, leaf := range leaves {
		r, ok := ParseLeaf(leaf)
		if _, twice := seen[r.Batch]; !ok || twice {
			t.Fatalf("leaf %d is foreign or there twice: %q", i, strings.TrimSpace(string(leaf)))
		}
		seen[r.Batch] = i
	}
	for n, index := range promised {
		if at, there := seen[batch(n)]; !there || uint64(at) != index {
			t.Errorf("root %d was promised place %d: %d %v", n, index, at, there)
		}
	}
	var rows, waiting int64
	err = b.db.Pool().QueryRow(ctx, "SELECT count(*), count(*) FILTER (WHERE log_index IS NULL) FROM log_root").Scan(&rows, &waiting)
	if err != nil || rows != size || waiting != 0 {
		t.Errorf("%d rows, %d waiting, %d leaves: %v", rows, waiting, size, err)
	}
	t.Logf("%d roots logged over 6 kills, %d promised", size, len(promised))
}
