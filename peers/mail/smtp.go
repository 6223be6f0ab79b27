package mail

import (
	"io"

	"github.com/emersion/go-smtp"
)

// session is one SMTP connection.
type session struct {
	sink *Sink
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil {
		return err
	}
	if len(raw) > maxMessage {
		return smtp.ErrDataTooLarge
	}
	m := parse(raw)
	m.From, m.To, m.At = s.from, s.to, s.sink.clock.Now()
	s.sink.box.add(m)
	s.sink.log.Debug("mail: taken", "bytes", len(raw))
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (*session) Logout() error { return nil }
