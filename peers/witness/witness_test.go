package witness

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/i18n"
	"wasl/kit/i18n/i18ntest"
)

const origin = "log.test/evidence"

// history is a log with its key: what it signs and proves of itself.
type history struct {
	signer note.Signer
	key    string
	tree   *testonly.Tree
}

func newHistory(t *testing.T) history {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return history{signer, vkey, testonly.New(rfc6962.DefaultHasher)}
}

// grow returns the history with leaves up to size; salt tells one future from another.
func (h history) grow(size int, salt string) history {
	tree := testonly.New(rfc6962.DefaultHasher)
	for i := range h.tree.Size() {
		tree.Append(h.tree.LeafHash(i))
	}
	for i := tree.Size(); i < uint64(size); i++ {
		tree.AppendData(fmt.Appendf(nil, "%s %d", salt, i))
	}
	h.tree = tree
	return h
}

func (h history) checkpoint(t *testing.T) []byte {
	t.Helper()
	cp := flog.Checkpoint{Origin: h.signer.Name(), Size: h.tree.Size(), Hash: h.tree.Hash()}
	b, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, h.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// from returns the request that follows an earlier size.
func (h history) from(t *testing.T, old uint64) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	if 0 < old && old <= h.tree.Size() {
		path, err := h.tree.ConsistencyProof(old, h.tree.Size())
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range path {
			b.WriteString(base64.StdEncoding.EncodeToString(hash) + "\n")
		}
	}
	b.WriteString("\n")
	b.Write(h.checkpoint(t))
	return b.String()
}

func open(t *testing.T, dir string, h history) *Witness {
	t.Helper()
	w, err := New(t.Context(), Config{Dir: dir, Name: "witness.test", Log: h.key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func ask(t *testing.T, w *Witness, method, path, body string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	b, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, string(b)
}

func TestAWitnessNeitherFollowsAForkNorGoesBackAndRemembersItAfterARestart(t *testing.T) {
	h, dir := newHistory(t), t.TempDir()
	w := open(t, dir, h)
	if status, _ := ask(t, w, "GET", "/checkpoint", ""); status != http.StatusNotFound {
		t.Errorf("before it has seen anything: %d", status)
	}
	five := h.grow(5, "a")
	status, sig := ask(t, w, "POST", "/add-checkpoint", five.from(t, 0))
	_, key := ask(t, w, "GET", "/key", "")
	own, err := fnote.NewVerifierForCosignatureV1(strings.TrimSpace(key))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(append(five.checkpoint(t), sig...), note.VerifierList(own)); status != 200 || err != nil {
		t.Fatalf("%d %q: %v", status, sig, err)
	}
	nine := five.grow(9, "a")
	if status, _ := ask(t, w, "POST", "/add-checkpoint", nine.from(t, 5)); status != 200 {
		t.Fatalf("what follows is not co-signed: %d", status)
	}
	_, published := ask(t, w, "GET", "/checkpoint", "")
	for _, restarted := range []bool{false, true} {
		if restarted {
			w = open(t, dir, h)
		}
		for name, c := range map[string]struct {
			body string
			want int
			says string
		}{
			"an older state, told as new":           {five.from(t, 0), 409, "9"},
			"an older state":                        {five.from(t, 5), 409, "9"},
			"another history of the same size":      {five.grow(9, "b").from(t, 9), 422, ""},
			"another history that is longer":        {five.grow(12, "b").from(t, 9), 422, ""},
			"another history from the beginning on": {h.grow(12, "b").from(t, 0), 409, "9"},
		} {
			if status, said := ask(t, w, "POST", "/add-checkpoint", c.body); status != c.want || strings.TrimSpace(said) != c.says {
				t.Errorf("%s (restarted: %v): %d %q", name, restarted, status, said)
			}
		}
		if status, now := ask(t, w, "GET", "/checkpoint", ""); status != 200 || now != published {
			t.Errorf("it no longer publishes what it co-signed: %d %q", status, now)
		}
	}
	if status, _ := ask(t, w, "POST", "/add-checkpoint", nine.grow(20, "a").from(t, 9)); status != 200 {
		t.Errorf("the log goes on, the witness does not: %d", status)
	}
}

func TestAnotherLogIsNotCosigned(t *testing.T) {
	h, other := newHistory(t), newHistory(t)
	w := open(t, t.TempDir(), h)
	if status, _ := ask(t, w, "POST", "/add-checkpoint", other.grow(3, "a").from(t, 0)); status < 400 { // 403 in the protocol, 500 in the public code
		t.Errorf("the same name under another key: %d", status)
	}
	body := strings.Replace(h.grow(3, "a").from(t, 0), origin, "other.test", 1)
	if status, _ := ask(t, w, "POST", "/add-checkpoint", body); status != http.StatusNotFound {
		t.Errorf("another name: %d", status)
	}
	for _, body := range []string{"", "old x\n", "old 0\n\n", strings.Repeat("old 0\n", 1<<16)} {
		if status, _ := ask(t, w, "POST", "/add-checkpoint", body); status == 200 {
			t.Errorf("%.20q: %d", body, status)
		}
	}
	if _, err := New(t.Context(), Config{Dir: t.TempDir(), Name: "witness.test", Log: "no key"}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it watches a log without a key")
	}
}

func TestAWitnessThatHasForgottenWhatItSignedDoesNotBeginAnew(t *testing.T) {
	for name, harm := range map[string]func(last, key string) error{
		"its memory is gone":      func(last, _ string) error { return os.Remove(last) },
		"its memory is cut short": func(last, _ string) error { return os.Truncate(last, 40) },
		"its key is gone":         func(_, key string) error { return os.Remove(key) },
		"its memory was written by somebody else": func(last, _ string) error {
			b, err := os.ReadFile(last)
			if err != nil {
				return err
			}
			return os.WriteFile(last, b[:bytes.LastIndex(b[:len(b)-1], []byte("\n"))+1], 0o600) // without its own signature
		},
	} {
		h, dir := newHistory(t), t.TempDir()
		if status, _ := ask(t, open(t, dir, h), "POST", "/add-checkpoint", h.grow(5, "a").from(t, 0)); status != 200 {
			t.Fatal(status)
		}
		if err := harm(filepath.Join(dir, "checkpoint"), filepath.Join(dir, "key.json")); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), Config{Dir: dir, Name: "witness.test", Log: h.key}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: it starts", name)
		}
	}
	// A start that was cut before the key was made is none of these.
	h, dir := newHistory(t), t.TempDir()
	open(t, dir, h)
	if err := os.Remove(filepath.Join(dir, "key.json")); err != nil {
		t.Fatal(err)
	}
	open(t, dir, h)
}

func TestNothingIsCosignedThatIsNotOnDisk(t *testing.T) {
	h, dir := newHistory(t), t.TempDir()
	w := open(t, dir, h)
	if err := w.seen.Update(t.Context(), origin, func([]byte) ([]byte, error) { return nil, context.Canceled }); err == nil {
		t.Error("a refusal is taken for an update")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if status, said := ask(t, w, "POST", "/add-checkpoint", h.grow(5, "a").from(t, 0)); status != 500 || said != "" {
		t.Errorf("%d %q", status, said)
	}
}

func TestPageInFourLanguages(t *testing.T) {
	h := newHistory(t)
	w := open(t, t.TempDir(), h)
	texts := i18ntest.Complete(t, files)
	for _, signed := range []bool{false, true} {
		if signed {
			ask(t, w, "POST", "/add-checkpoint", h.grow(5, "a").from(t, 0))
		}
		for _, lang := range i18n.Langs {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", string(lang))
			rec := httptest.NewRecorder()
			w.Handler().ServeHTTP(rec, r)
			for _, want := range []string{`lang="` + string(lang) + `"`, "محاكٍ", "simulateur", texts.T(lang, "notice"), origin, "witness.test"} {
				if !strings.Contains(rec.Body.String(), want) {
					t.Errorf("%s: page lacks %s", lang, want)
				}
			}
			if strings.Contains(rec.Body.String(), texts.T(lang, "empty")) == signed {
				t.Errorf("%s: signed %v, the page says otherwise", lang, signed)
			}
		}
	}
}
