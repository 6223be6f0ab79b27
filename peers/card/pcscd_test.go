package card_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/pcsc"
	"wasl/peers/card"
)

// vpcd binds every address, so the daemon and the card live in a network namespace of their own; a private /run keeps them from
// the machine's daemon. Whoever runs the tests is root in there.
const namespace = `set -e
ip link set lo up
mount -t tmpfs tmpfs /run
mkdir /run/pcscd
exec "$0" -test.run '^TestRealDaemon$' -test.v`

// TestRealDaemon drives Debian's pcscd with vsmartcard's virtual reader: code that is not ours between card and client.
func TestRealDaemon(t *testing.T) {
	if os.Getenv("WASL_TEST_NAMESPACE") == "" {
		cmd := exec.Command("unshare", "--map-root-user", "--net", "--mount", "sh", "-c", namespace, os.Args[0])
		cmd.Env = append(os.Environ(), "WASL_TEST_NAMESPACE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	daemon := exec.Command("pcscd", "--foreground")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	}()
	path := stateFile(t)
	reader := pcsc.Daemon{}
	if _, err := pcsc.First(t.Context(), pcsc.Daemon{Path: "/nowhere"}); !errors.Is(err, pcsc.ErrNoReader) {
		t.Fatalf("no daemon: %v", err)
	}
	waitFor(t, reader, pcsc.ErrNoCard)
	pull := plugConfig(t, card.Config{StateFile: path})
	s, closeCard := open(t, reader)

	if err := s.Verify("000000"); !errors.Is(err, cardproto.WrongPIN|2) {
		t.Fatalf("wrong PIN: %v", err)
	}
	if err := s.Verify("123456"); err != nil {
		t.Fatal(err)
	}
	digest := cardproto.Digest("http://localhost:8081", "nonce")
	sig, err := s.Sign(digest)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, path, digest, sig)
	chain, err := s.Certificates()
	if err != nil || len(chain[0]) != 700 || len(chain[1]) != 600 {
		t.Fatalf("certificates: %v", err)
	}
	closeCard()
	if out, err := exec.Command("opensc-tool", "--atr").CombinedOutput(); err != nil || !strings.Contains(string(out), "57:41:53:4c:31") {
		t.Fatalf("opensc: %v %s", err, out)
	}
	pull()
	waitFor(t, reader, pcsc.ErrNoCard)
}

func waitFor(t *testing.T, r pcsc.Reader, want error) {
	t.Helper()
	var err error
	for range 250 {
		if _, err = pcsc.First(t.Context(), r); errors.Is(err, want) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("got %v, want %v", err, want)
}

func verify(t *testing.T, path string, digest, sig []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	state, err := cardproto.ParseState(b)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(state.Key)
	if err != nil {
		t.Fatal(err)
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	if !ecdsa.Verify(&key.(*ecdsa.PrivateKey).PublicKey, digest, r, s) {
		t.Fatal("signature does not verify")
	}
}
