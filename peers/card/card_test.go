package card_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/pcsc"
	"wasl/peers/card"
)

func stateFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cardproto.Personalise("Test", "C1", "123456", key, bytes.Repeat([]byte{1}, 700), bytes.Repeat([]byte{2}, 600))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "card.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// plug runs the card process and returns how to pull it out.
func plug(t *testing.T, r *pcsc.VPCD, path string) func() {
	return plugConfig(t, card.Config{Addr: r.Addr(), StateFile: path})
}

func plugConfig(t *testing.T, cfg card.Config) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- card.Run(ctx, cfg) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func open(t *testing.T, r pcsc.Reader) (*cardproto.Session, func()) {
	t.Helper()
	for range 200 {
		slot, err := pcsc.First(t.Context(), r)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		c, err := r.Connect(t.Context(), slot)
		if err != nil {
			t.Fatal(err)
		}
		s, err := cardproto.Open(c.Transmit)
		if err != nil {
			t.Fatal(err)
		}
		return s, func() { _ = c.Close() }
	}
	t.Fatal("no card appeared")
	return nil, nil
}

func TestWrongPINsSurviveARestartOfTheCard(t *testing.T) {
	r, err := pcsc.ListenVPCD("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := stateFile(t)
	for left := 2; left >= 0; left-- {
		pull := plug(t, r, path)
		s, closeCard := open(t, r)
		var sw cardproto.Status
		if err := s.Verify("000000"); !errors.As(err, &sw) {
			t.Fatal(err)
		}
		if got, ok := sw.Tries(); !ok || got != left {
			t.Fatalf("%v: %d tries left, want %d", sw, got, left)
		}
		closeCard()
		pull()
	}
	defer plug(t, r, path)()
	s, closeCard := open(t, r)
	defer closeCard()
	if err := s.Verify("123456"); !errors.Is(err, cardproto.Blocked) {
		t.Fatalf("right PIN on a blocked card: %v", err)
	}
}

func TestPulledOutCardIsSeenAsAbsent(t *testing.T) {
	r, err := pcsc.ListenVPCD("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pull := plug(t, r, stateFile(t))
	s, closeCard := open(t, r)
	if _, err := s.TriesLeft(); err != nil {
		t.Fatal(err)
	}
	pull()
	if _, err := s.TriesLeft(); !errors.Is(err, pcsc.ErrNoCard) {
		t.Fatalf("got %v", err)
	}
	closeCard()
	if _, err := pcsc.First(t.Context(), r); !errors.Is(err, pcsc.ErrNoCard) {
		t.Fatalf("got %v", err)
	}
}

func TestClosingResetsThePIN(t *testing.T) {
	r, err := pcsc.ListenVPCD("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer plug(t, r, stateFile(t))()
	s, closeCard := open(t, r)
	if err := s.Verify("123456"); err != nil {
		t.Fatal(err)
	}
	closeCard()
	s, closeCard = open(t, r)
	defer closeCard()
	if _, err := s.Sign(make([]byte, 32)); !errors.Is(err, cardproto.PINRequired) {
		t.Fatalf("got %v", err)
	}
}
