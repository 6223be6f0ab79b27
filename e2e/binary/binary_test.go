package binary

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wasl is the binary under test, where any user may run it.
var wasl string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("/tmp", "wb-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	wasl = filepath.Join(dir, "wasl")
	out, err := exec.Command("go", "build", "-o", wasl, "wasl/cmd/wasl").CombinedOutput()
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// place is a directory with a short path (a socket's path has 107 bytes) that the ordinary user owns when there is one.
func place(t *testing.T, user *syscall.Credential) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "wb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if user != nil {
		if err := os.Chown(dir, int(user.Uid), int(user.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// program is a run of the binary in a place of its own: its home, its temporary files and what it says lie there.
type program struct {
	*exec.Cmd
	place string
	said  bytes.Buffer
	done  chan error
}

func start(t *testing.T, place string, user *syscall.Credential, env []string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(wasl, args...), place: place, done: make(chan error, 1)}
	p.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + place, "TMPDIR=" + place}, env...)
	p.Dir, p.Stdout, p.Stderr = place, &p.said, &p.said
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: user}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() { p.Process.Signal(syscall.SIGTERM); p.end(t, time.Minute) })
	return p
}

// end waits for the program and returns its exit status.
func (p *program) end(t *testing.T, patience time.Duration) int {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(patience):
		p.Process.Kill()
		t.Errorf("%v still runs after %s:\n%s", p.Args[1:], patience, p.said.String())
		err := <-p.done
		p.done <- err
	}
	return p.ProcessState.ExitCode()
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, patience time.Duration, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ask(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// systemState is where kit/pg keeps the database of a data directory that the user postgres cannot reach.
func systemState(data string) string {
	sum := sha256.Sum256([]byte(filepath.Join(data, "postgres")))
	return filepath.Join("/var/lib/wasl", hex.EncodeToString(sum[:8]))
}

// processesOf returns the command lines that name a directory.
func processesOf(dir string) (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range all {
		if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), dir) {
			found = append(found, strings.ReplaceAll(string(b), "\x00", " "))
		}
	}
	return found
}
