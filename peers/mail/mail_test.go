package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"

	"wasl/kit/clock"
	"wasl/kit/i18n"
	"wasl/kit/i18n/i18ntest"
)

func start(t *testing.T) (sink *Sink, smtpAddr, url string) {
	sink, err := New(clock.On("2026-09-01"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sink.Serve(ctx, l) }()
	web := httptest.NewServer(sink.Handler())
	t.Cleanup(func() {
		web.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return sink, l.Addr().String(), web.URL
}

const sample = "From: wasl@example.ma\r\nTo: amina@example.ma\r\n" +
	"Subject: =?UTF-8?q?=D9=88=D8=B5=D9=84?=\r\nContent-Language: ar\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n2YjYtdmEIGh0dHA6Ly94LnRlc3QvYQ==\r\n" +
	"--b\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p dir=3D\"rtl\">x</p>\r\n--b--\r\n"

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func TestMailIsTakenAndShown(t *testing.T) {
	_, addr, url := start(t)
	for _, to := range []string{"amina@example.ma", "karim@example.ma"} {
		if err := smtp.SendMail(addr, nil, "wasl@example.ma", []string{to}, []byte(sample)); err != nil {
			t.Fatal(err)
		}
	}
	_, body := get(t, url+"/messages.json?to=AMINA@example.ma")
	var got []Message
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	m := got[0]
	if m.Subject != "وصل" || m.Lang != "ar" || m.Text != "وصل http://x.test/a" || !strings.Contains(m.HTML, `dir="rtl"`) || len(m.Links) != 1 {
		t.Errorf("read %+v", m)
	}
	status, page := get(t, fmt.Sprintf("%s/messages/%d", url, m.ID))
	if status != http.StatusOK || !strings.Contains(page, `dir="rtl"`) || !strings.Contains(page, `href="http://x.test/a"`) {
		t.Errorf("%d\n%s", status, page)
	}
	if status, _ := get(t, url+"/messages/99"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var b box
	for range maxMessages + 10 {
		b.add(Message{})
	}
	if all := b.all(""); len(all) != maxMessages || all[0].ID != maxMessages+10 {
		t.Errorf("%d kept, newest %d", len(all), all[0].ID)
	}
	_, addr, _ := start(t)
	if err := smtp.SendMail(addr, nil, "a@b.c", []string{"d@e.f"}, make([]byte, maxMessage+1)); err == nil {
		t.Error("a message above the limit was taken")
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	sink, _, _ := start(t)
	texts := i18ntest.Complete(t, files)
	for _, lang := range i18n.Langs {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", string(lang))
		w := httptest.NewRecorder()
		sink.Handler().ServeHTTP(w, r)
		for _, want := range []string{`lang="` + string(lang) + `"`, "محاكٍ", "simulateur", texts.T(lang, "empty")} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: page lacks %s", lang, want)
			}
		}
	}
}
