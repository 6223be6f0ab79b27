package binary

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ask fetches an address as a browser would, and follows nothing.
func ask(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// TestWithoutItsDatabaseItSaysSoInEveryLanguageAndComesBack kills the private PostgreSQL and keeps it from starting for a while.
func TestWithoutItsDatabaseItSaysSoInEveryLanguageAndComesBack(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	s := serve(t, data, nil).up(t)

	b, err := os.ReadFile(filepath.Join(homeOf(data), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	control := filepath.Join(homeOf(data), "data", "global", "pg_control")
	if err := os.Rename(control, control+".away"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}

	refused := map[string]int{}
	for began := time.Now(); time.Since(began) < 3*time.Second; {
		for lang, sorry := range map[string]string{"ar": `lang="ar"`, "fr": `lang="fr"`, "zgh": `lang="zgh"`, "en": `lang="en"`} {
			for _, path := range []string{"/procedures", "/verify?reference=K7M2-9QXD-67", "/indicators"} {
				resp, body := ask(t, s.portal+"/"+lang+path)
				switch {
				case resp.StatusCode == http.StatusServiceUnavailable:
					refused[lang]++
					if resp.Header.Get("Retry-After") == "" || !strings.Contains(body, sorry) || !strings.Contains(body, "<h1") {
						t.Errorf("/%s%s: Retry-After %q, %.200s", lang, path, resp.Header.Get("Retry-After"), body)
					}
				case resp.StatusCode >= 500:
					t.Errorf("/%s%s: %d", lang, path, resp.StatusCode)
				}
			}
		}
		for _, path := range []string{"/jwks", "/.well-known/openid-configuration"} {
			if resp, _ := ask(t, s.identity+path); resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %d; partners check tokens by it", path, resp.StatusCode)
			}
		}
		if late := time.Since(began) > 1500*time.Millisecond; answers(s.portal+"/readyz") && late { // it looks once a second
			t.Error("it says that it is ready")
		}
	}
	for _, lang := range []string{"ar", "fr", "zgh", "en"} {
		if refused[lang] == 0 {
			t.Errorf("nobody was told in %s: the outage was none", lang)
		}
	}

	if err := os.Rename(control+".away", control); err != nil {
		t.Fatal(err)
	}
	eventually(t, "readiness", 30*time.Second, func() bool { return answers(s.portal + "/readyz") })
	if resp, _ := ask(t, s.portal+"/fr/procedures"); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", resp.StatusCode)
	}
	s.stop(t)
	if said := s.said.String(); strings.Contains(said, "level=ERROR") && strings.Contains(said, "status=500") {
		t.Errorf("an ERROR that woke somebody: %s", said)
	}
}
