package support

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/wneessen/go-mail"

	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// SendJob is the job that brings one message to the mail server.
type SendJob struct {
	Message MessageID `json:"message"`
}

// Kind names the job.
func (SendJob) Kind() string { return "support_send" }

// send may run twice when a process ends between the server's answer and the
// commit; both letters then have the same Message-ID.
func (b *Block) send(ctx context.Context, args SendJob) error {
	m, err := b.message(ctx, args.Message)
	if err != nil || m.State != Queued {
		return err
	}
	letter, err := Compose(m, b.pages.Bundle())
	if err != nil {
		return err
	}
	failure := b.mailer.deliver(ctx, m, letter, b.deps.Clock.Now())
	if failure == nil {
		m.State = Sent
	} else {
		m = m.AfterFailure(isPermanent(failure))
	}
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := save(ctx, tx, m, b.deps.Clock.Now()); err != nil || m.State == Queued {
			return err
		}
		_, err := audit.Record(ctx, tx, b.deps.Clock, audit.Entry{Act: "message." + string(m.State), Object: m.ID.String()})
		return err
	})
	if err != nil || m.State != Queued {
		return err
	}
	return errs.New(errs.Unavailable, "mail_unavailable").Cause(failure) // the queue tries again
}

// isPermanent reports whether the server refused for good (RFC 5321, 5yz).
func isPermanent(err error) bool {
	var e *mail.SendError
	return errors.As(err, &e) && !e.IsTemp() && e.ErrorCode() >= 500
}

// mailer hands letters to the mail server.
type mailer struct {
	cfg  Config
	host string
	port int
	tls  mail.TLSPolicy
}

var tlsPolicies = map[string]mail.TLSPolicy{
	"none": mail.NoTLS, "": mail.NoTLS, "starttls": mail.TLSOpportunistic, "mandatory": mail.TLSMandatory,
}

func newMailer(cfg Config) (*mailer, error) {
	m := &mailer{cfg: cfg}
	var ok bool
	if m.tls, ok = tlsPolicies[cfg.TLS]; !ok {
		return nil, fmt.Errorf("support: TLS policy %q: none, starttls or mandatory", cfg.TLS)
	}
	if cfg.SMTP == "" {
		return m, nil
	}
	host, port, err := net.SplitHostPort(cfg.SMTP)
	if err != nil {
		return nil, fmt.Errorf("support: mail server: %w", err)
	}
	m.host = host
	if m.port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("support: mail server: %w", err)
	}
	return m, nil
}

var errNoServer = errors.New("support: no mail server is configured")

// deliver sends one letter and waits for the server's answer.
func (m *mailer) deliver(ctx context.Context, msg Message, l Letter, now time.Time) error {
	if m.host == "" {
		return errNoServer
	}
	opts := []mail.Option{mail.WithPort(m.port), mail.WithTLSPolicy(m.tls), mail.WithTimeout(20 * time.Second), mail.WithHELO("localhost")}
	if m.cfg.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthPlain), mail.WithUsername(m.cfg.User), mail.WithPassword(m.cfg.Password))
	}
	client, err := mail.NewClient(m.host, opts...)
	if err != nil {
		return err
	}
	out, err := m.message(msg, l, now)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, out)
}

func (m *mailer) message(msg Message, l Letter, now time.Time) (*mail.Msg, error) {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(out.From(m.cfg.From), out.To(msg.To)); err != nil {
		return nil, err
	}
	out.Subject(l.Subject)
	out.SetDateWithValue(now)
	out.SetMessageIDWithValue(msg.ID.String() + "@wasl.localhost")
	out.SetGenHeader(mail.HeaderContentLang, string(l.Lang))
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine answers
	out.SetBodyString(mail.TypeTextPlain, l.Text)
	out.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	return out, nil
}
