// Package postmaster runs one PostgreSQL server that belongs to a directory: it creates the cluster, starts the server as
// an unprivileged user on a unix socket only, and stops it with its parent.
//
//	base/lock      flock held by the process that owns the server
//	base/data      the cluster; made in data.new and renamed, so that no half cluster is ever started
//	base/s         the socket's directory, 0700
//	base/secret    from which the roles' passwords are derived, 0600
//	base/hba       who may connect: roles by password
//	base/log       what the server says
package postmaster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Superuser is the role that initdb creates. It bypasses row-level security, so only migrations use it.
const Superuser = "bootstrap"

// maxSocketPath is the longest socket path that fits in sockaddr_un (108 bytes with its final zero).
const maxSocketPath = 107

const startTimeout = 60 * time.Second

// Server is a running PostgreSQL.
type Server struct {
	Base string // the directory that holds everything
	opts Options
	who  *account
	lock *os.File

	mu      sync.Mutex // held while the server is started anew, and while it is stopped
	run     *run
	stopped bool
}

// run is one process of the server.
type run struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has gone
	err   error         // how it ended; read after ended
}

// Options say how a server is run.
type Options struct {
	Base     string
	Settings []string // further key=value arguments; the last of a key wins
	Detached bool     // outlives this process (test servers)
	Trust    bool     // who reaches the socket is believed whom they name (test servers)
}

// SocketDir is where the server's socket lies.
func SocketDir(base string) string { return filepath.Join(base, "s") }

// Running reports whether a server answers on the base directory's socket.
func Running(base string) bool {
	c, err := dial(base)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// ErrOwned says that another process owns the directory's server.
var ErrOwned = errors.New("postmaster: another process owns this server")

// Start takes the directory's lock, creates the cluster if there is none, stops an orphan of a dead owner and starts the
// server. It returns ErrOwned at once when a living process owns the directory.
func Start(ctx context.Context, o Options) (*Server, error) {
	if n := len(socketPath(o.Base)); n > maxSocketPath {
		return nil, fmt.Errorf("postmaster: the socket path of %s has %d bytes, at most %d fit: choose a shorter data directory", o.Base, n, maxSocketPath)
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if err := who.mkdir(o.Base); err != nil {
		return nil, err
	}
	lock, err := tryLock(filepath.Join(o.Base, "lock"))
	if err != nil {
		return nil, err
	}
	s := &Server{Base: o.Base, opts: o, who: who, lock: lock}
	if err := s.begin(ctx); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return s, nil
}

// begin starts a process of the server, and waits for what a killed one left to end.
func (s *Server) begin(ctx context.Context) error {
	for patience := orphanPatience; ; patience -= orphanPause {
		err := s.start(ctx, s.opts, s.who)
		if err == nil || patience <= 0 || ctx.Err() != nil || !strings.Contains(err.Error(), sharedMemory) {
			return err
		}
		time.Sleep(orphanPause)
	}
}

// Restart starts the server again after it has ended; the lock was never given up. A server that was stopped stays so.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	return s.begin(ctx)
}

var errStopped = errors.New("postmaster: the server was stopped")

// The server processes of a killed postmaster end by themselves within moments; until then PostgreSQL rightly refuses to start.
const (
	sharedMemory   = "pre-existing shared memory block"
	orphanPatience = 20 * time.Second
	orphanPause    = 100 * time.Millisecond
)

func (s *Server) start(ctx context.Context, o Options, who *account) error {
	data := filepath.Join(o.Base, "data")
	bin, err := binaries(data)
	if err != nil {
		return err
	}
	if err := stopOrphan(ctx, data); err != nil {
		return err
	}
	if err := initdb(ctx, bin, data, who); err != nil {
		return err
	}
	if err := s.secure(ctx, bin, data); err != nil {
		return err
	}
	if err := who.mkdir(SocketDir(o.Base)); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(o.Base, "log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	cmd := exec.Command(filepath.Join(bin, "postgres"), arguments(o, data)...)
	cmd.Dir, cmd.Env = "/", environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = who.attributes()
	if o.Detached {
		cmd.SysProcAttr.Setsid = true
	} else {
		// Its own group: a Ctrl-C in the terminal must reach only the parent, which drains first.
		cmd.SysProcAttr.Setpgid = true
		cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	}
	s.run = &run{cmd: cmd, ended: make(chan struct{})}
	if err := s.run.spawn(); err != nil {
		return errors.Join(fmt.Errorf("postmaster: start: %w", err), s.tail())
	}
	return s.awaitReady(ctx)
}

// spawn starts the server and waits for its end in one goroutine bound to its thread: Pdeathsig follows the thread that
// started the child, not the process.
func (r *run) spawn() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := r.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		r.err = r.cmd.Wait()
		close(r.ended)
	}()
	return <-started
}

func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if up, err := ready(ctx, s.Base); up || err != nil {
			if err != nil {
				err = errors.Join(err, s.run.stop())
			}
			return err
		}
		select {
		case <-s.run.ended:
			return errors.Join(errors.New("postmaster: the server ended while starting"), s.run.err, s.tail())
		case <-ctx.Done():
			_ = s.run.stop()
			return errors.Join(errors.New("postmaster: the server did not become ready"), ctx.Err(), s.tail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Ended is closed when the process that runs now has gone, whether it was stopped or killed; Restart makes another.
func (s *Server) Ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run.ended
}

// Stop shuts the server down for good and frees the lock.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	defer s.lock.Close()
	return s.run.stop()
}

// stop shuts down fast (SIGINT: SIGTERM would wait for the clients), at once after 20 s.
func (r *run) stop() error {
	for _, step := range []struct {
		sig  syscall.Signal
		wait time.Duration
	}{{syscall.SIGINT, 20 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}, {syscall.SIGKILL, 10 * time.Second}} {
		select {
		case <-r.ended:
			return nil
		default:
		}
		_ = r.cmd.Process.Signal(step.sig)
		select {
		case <-r.ended:
			return nil
		case <-time.After(step.wait):
		}
	}
	return errors.New("postmaster: the server does not stop")
}

// Pid returns the process id of the server.
func (s *Server) Pid() int { return s.run.cmd.Process.Pid }

// Release frees the lock of a detached server, which goes on running.
func (s *Server) Release() { _ = s.lock.Close() }

// tail returns the end of the server's log as an error.
func (s *Server) tail() error {
	b, _ := os.ReadFile(filepath.Join(s.Base, "log"))
	if len(b) > 2000 {
		b = b[len(b)-2000:]
	}
	return errors.New(string(b))
}

func arguments(o Options, data string) []string {
	settings := append([]string{
		"listen_addresses=",
		"unix_socket_directories=" + SocketDir(o.Base),
		"unix_socket_permissions=0700",
		"max_connections=300",
		"hba_file=" + hbaPath(o.Base),
		"password_encryption=scram-sha-256",
		"jit=off",
		"timezone=UTC",
		"log_timezone=UTC",
		"wal_compression=on",
		// Statements and their values may be personal data: they stay out of the log.
		"log_statement=none",
		"log_min_error_statement=panic",
		"log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
		"log_error_verbosity=terse",
	}, o.Settings...)
	args := []string{"-D", data}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

func environment() []string { return []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"} }
