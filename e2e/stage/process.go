package stage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	startLimit = 60 * time.Second
	stopLimit  = 25 * time.Second
)

// Process is one started process.
type Process struct {
	Name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
}

// Spec says what to start and how to know that it is ready: an address that answers /healthz with 200, or a TCP address.
type Spec struct {
	Name   string
	Path   string // executable
	Args   []string
	Env    []string
	LogDir string
	Health string // http://host:port
	TCP    string // host:port
}

// Start starts a process and waits until it is ready; when it is not, the end of its log is in the error.
func Start(ctx context.Context, s Spec) (*Process, error) {
	p := &Process{Name: s.Name, log: filepath.Join(s.LogDir, s.Name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	defer log.Close()
	p.cmd = exec.Command(s.Path, s.Args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.Env, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the death signal follows the thread that started the process
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("stage: %s: %w", s.Name, err)
	}
	if err := p.await(ctx, s); err != nil {
		p.Stop()
		return nil, fmt.Errorf("stage: %s: %w\n%s", s.Name, err, p.Tail())
	}
	return p, nil
}

func (p *Process) await(ctx context.Context, s Spec) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for !ready(ctx, s) {
		select {
		case <-p.done:
			return fmt.Errorf("ended before it was ready: %w", errors.Join(p.err, errors.New("see its log")))
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		case <-time.After(30 * time.Millisecond):
		}
	}
	return nil
}

func ready(ctx context.Context, s Spec) bool {
	if s.TCP != "" {
		conn, err := net.DialTimeout("tcp", s.TCP, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
	}
	if s.Health == "" {
		return true
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Health+"/healthz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end, and kills it when it does not.
func (p *Process) Stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// Kill ends the process at once (SIGKILL), as a power cut would.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// Tail returns the end of the process's log.
func (p *Process) Tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	if len(b) > 4000 {
		b = b[len(b)-4000:]
	}
	return string(b)
}

// FreePort returns a loopback port that was free a moment ago.
//
// It lies below the range from which the kernel serves outgoing connections (32768 and above): those come by the thousand under
// load, and one of them would take the port before the process listens.
func FreePort() (int, error) {
	var last error
	for range 50 {
		port := 20_000 + rand.IntN(12_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port, nil
		}
		last = err
	}
	return 0, fmt.Errorf("stage: %w", last)
}
