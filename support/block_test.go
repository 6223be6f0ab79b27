package support

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/jobs/jobstest"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/web/webtest"
	"wasl/kit/wire"
	"wasl/support/supportapi"
)

type world struct {
	t      *testing.T
	block  *Block
	keys   map[string]*tokens.Keyring
	client *supportapi.Client
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	w := &world{t: t, keys: tokens.ForTest(t, block.Order...)}
	if cfg.From == "" {
		cfg.From = "no-reply@wasl.localhost"
	}
	b, err := New(t.Context(), cfg, block.Deps{
		Name: "support", Log: slog.New(slog.DiscardHandler), Clock: clock.System(nil), Cluster: pgtest.Cluster(t), Conns: 4,
		Keys: w.keys["support"], PortalURL: origins[0], IdentityURL: origins[1],
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(envelopetest.New()), w.keys["support"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	w.block = b
	w.client = w.clientOf("casework")
	return w
}

func (w *world) clientOf(caller string) *supportapi.Client {
	return supportapi.New(wire.New("http://support", "support", wire.Memory(w.block.Handler()), w.keys[caller]))
}

func (w *world) queue(change func(*supportapi.Message)) supportapi.Sent {
	w.t.Helper()
	sent, err := w.client.Send(w.t.Context(), demand(change))
	if err != nil {
		w.t.Fatal(err)
	}
	return sent
}

func (w *world) query(sql string) (n int) {
	w.t.Helper()
	err := w.block.db.Tx(w.t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, sql).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// until runs the jobs until done says so.
func (w *world) until(done func() bool) {
	w.t.Helper()
	jobstest.Until(w.t, w.block.jobs, done)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// aiosmtpd starts an independent mail server, Debian's, that writes to a
// maildir.
func aiosmtpd(t *testing.T, addr string) (maildir string) {
	t.Helper()
	maildir = filepath.Join(t.TempDir(), "mail")
	cmd := exec.Command("/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l", addr, "-c", "aiosmtpd.handlers.Mailbox", maildir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 500 {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return maildir
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("aiosmtpd does not start")
	return ""
}

func read(t *testing.T, maildir string) (list []*mail.Message) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(maildir, "new", "*"))
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := mail.ReadMessage(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func TestAMessageReachesARealMailServer(t *testing.T) {
	addr := freeAddress(t)
	w := newWorld(t, Config{SMTP: addr})
	first := w.queue(nil)
	if again := w.queue(nil); again.ID != first.ID || again.Status != "queued" {
		t.Errorf("the same key queued %+v after %+v", again, first)
	}
	// Nobody listens yet: the first try fails, the address is kept.
	w.until(func() bool {
		return w.query("SELECT count(*) FROM messages WHERE failures = 1 AND sealed IS NOT NULL") == 1
	})

	maildir := aiosmtpd(t, addr)
	w.query(`WITH u AS (UPDATE river_job SET scheduled_at = now(), state = 'available' WHERE state = 'retryable' RETURNING 1) SELECT count(*) FROM u`)
	w.until(func() bool { return w.query("SELECT count(*) FROM messages WHERE state = 'sent'") == 1 })

	got := read(t, maildir)
	if len(got) != 1 {
		t.Fatalf("%d messages arrived", len(got))
	}
	h := got[0].Header
	for name, want := range map[string]string{
		"To": "<amina@example.ma>", "Content-Language": "ar", "Auto-Submitted": "auto-generated", "Message-Id": "<" + first.ID + "@wasl.localhost>",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: %s, want %s", name, h.Get(name), want)
		}
	}
	if !strings.HasPrefix(h.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("content type %s", h.Get("Content-Type"))
	}
	if n := w.query("SELECT count(*) FROM messages WHERE sealed IS NOT NULL OR address IS NOT NULL OR reference IS NOT NULL OR link IS NOT NULL"); n != 0 {
		t.Error("what was sent is not erased")
	}
	if s, err := w.client.Status(t.Context(), first.ID); err != nil || s.Status != "sent" {
		t.Errorf("status %+v, %v", s, err)
	}
	if _, err := w.clientOf("locker").Status(t.Context(), first.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another block's message: %v", err)
	}
	if again := w.queue(nil); again.Status != "sent" {
		t.Errorf("the key sends twice: %+v", again)
	}
}

// refusing is a mail server that knows no mailbox.
type refusing struct{}

func (refusing) NewSession(*smtp.Conn) (smtp.Session, error) { return refusing{}, nil }
func (refusing) Reset()                                      {}
func (refusing) Logout() error                               { return nil }
func (refusing) Mail(string, *smtp.MailOptions) error        { return nil }
func (refusing) Data(io.Reader) error                        { return nil }
func (refusing) Rcpt(string, *smtp.RcptOptions) error {
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
}

func TestAnAddressThatDoesNotExistIsGivenUpAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(refusing{})
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })

	w := newWorld(t, Config{SMTP: l.Addr().String()})
	sent := w.queue(nil)
	w.until(func() bool {
		return w.query("SELECT count(*) FROM messages WHERE state = 'failed' AND sealed IS NULL") == 1
	})
	if s, _ := w.client.Status(t.Context(), sent.ID); s.Status != "failed" {
		t.Errorf("status %+v", s)
	}
	if n := w.query("SELECT count(*) FROM audit WHERE act = 'message.failed'"); n != 1 {
		t.Errorf("%d audit entries", n)
	}
}

func TestConfiguration(t *testing.T) {
	for _, cfg := range []Config{{TLS: "perhaps"}, {SMTP: "localhost"}, {SMTP: "localhost:smtp"}} {
		if _, err := newMailer(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
	m, err := newMailer(Config{})
	if err != nil || !errors.Is(m.deliver(t.Context(), Message{}, Letter{}, noon), errNoServer) {
		t.Errorf("without a server: %v", err)
	}
}

func TestHelpPages(t *testing.T) {
	w := newWorld(t, Config{})
	paths := []string{"/help", "/help/passeport-biometrique-adulte/deposit", "/help/permis-construire/decision", "/help/any/thing"}
	for _, topic := range Topics {
		paths = append(paths, "/help/"+topic)
	}
	for _, lang := range i18n.Langs {
		for _, path := range paths {
			token, _ := w.keys["portal"].SignVisit("support", tokens.Visit{})
			r := httptest.NewRequest(http.MethodGet, "/"+string(lang)+path, nil)
			r.Header.Set(tokens.VisitHeader, token)
			rec := httptest.NewRecorder()
			w.block.Handler().ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				t.Errorf("%s in %s: %s", path, lang, strconv.Itoa(rec.Code))
			}
			for _, fault := range webtest.Faults(lang, rec.Body.String()) {
				t.Errorf("%s in %s: %s", path, lang, fault)
			}
		}
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "support", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db, "tally: counts that are published")
	pgtest.PrepareAll(t, db, sqlInsert, sqlMessage, sqlSave, sqlIndicators)
}
