package custody

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/transparency-dev/tessera/client"

	"wasl/kit/proof"
)

// mostAnswer bounds a witness's answer in bytes.
const mostAnswer = 16 << 10

// asked is the way to the witnesses. tessera asks them and keeps their answers to itself, so they are remembered here.
type asked struct {
	of     map[string]string // address → name in the policy
	signed atomic.Uint64     // entries that the log has signed, as it wrote down

	mu      sync.Mutex
	answers map[string]Answer
	heard   uint64 // grows with each answer that is another than the last
}

func newAsked(p proof.Policy) *asked {
	a := &asked{of: map[string]string{}, answers: map[string]Answer{}}
	for _, w := range p.Witnesses() {
		a.of[w.URL] = w.Name
	}
	return a
}

// client asks witnesses and nobody else: it follows no redirection.
func (a *asked) client() *http.Client {
	return &http.Client{Transport: a, Timeout: witnessTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RoundTrip asks a witness and remembers what it said. A request that was given up because others were enough says nothing.
func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	var size uint64
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			b, _ := io.ReadAll(body) // of a string
			size, _ = sizeAsked(b)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	var said []byte
	if err == nil {
		said, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
		err = errors.Join(err, resp.Body.Close())
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			a.remember(a.of[r.URL.String()], Silent)
		}
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(said))
	answer, _ := judgeAnswer(resp.StatusCode, resp.Header.Get("Content-Type"), said, size, a.signed.Load())
	a.remember(a.of[r.URL.String()], answer)
	return resp, nil
}

// remember keeps an answer; one that is asked anew at once (Behind) is none yet.
func (a *asked) remember(name string, answer Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if name != "" && answer != Behind && a.answers[name] != answer {
		a.answers[name] = answer
		a.heard++
	}
}

// so returns the answers so far, and their number.
func (a *asked) so() (map[string]Answer, uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.answers), a.heard
}

// Asked is what a witness says of a checkpoint. Seen is how many entries it has co-signed, 0 when that is not known.
type Asked struct {
	Name   string
	Answer Answer
	Seen   uint64
}

// askAll asks every witness of a policy about a checkpoint that the log has published; the tiles prove to one that is behind how the
// checkpoint follows.
func (a *asked) askAll(ctx context.Context, p proof.Policy, checkpoint []byte, tiles client.TileFetcherFunc) []Asked {
	all := make([]Asked, len(p.Witnesses()))
	var wait sync.WaitGroup
	for i, w := range p.Witnesses() {
		wait.Go(func() {
			all[i] = Asked{Name: w.Name}
			all[i].Answer, all[i].Seen = a.ask(ctx, w, checkpoint, tiles)
		})
	}
	wait.Wait()
	return all
}

func (a *asked) ask(ctx context.Context, w proof.Witness, checkpoint []byte, tiles client.TileFetcherFunc) (Answer, uint64) {
	ctx, cancel := context.WithTimeout(ctx, witnessTimeout)
	defer cancel()
	size, ok := sizeOf(checkpoint)
	if !ok {
		return Silent, 0
	}
	answer, seen := a.post(ctx, w, question(size, nil, checkpoint), size)
	if answer != Behind || seen > size {
		return answer, seen
	}
	var path [][]byte
	if seen > 0 {
		builder, err := client.NewProofBuilder(ctx, size, tiles)
		if err == nil {
			path, err = builder.ConsistencyProof(ctx, seen, size)
		}
		if err != nil {
			return Behind, seen // the tiles are judged elsewhere
		}
	}
	return a.post(ctx, w, question(seen, path, checkpoint), size)
}

func (a *asked) post(ctx context.Context, w proof.Witness, body string, size uint64) (Answer, uint64) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(body))
	if err != nil {
		return Silent, 0
	}
	resp, err := a.client().Do(req)
	if err != nil {
		return Silent, 0
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body) // bounded by RoundTrip
	if err != nil {
		return Silent, 0
	}
	return judgeAnswer(resp.StatusCode, resp.Header.Get("Content-Type"), said, size, a.signed.Load())
}
