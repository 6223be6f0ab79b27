package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/exchange/directory"
)

// slowly gives the second half of a body when it is told to.
type slowly struct {
	half, rest io.Reader
	goOn       <-chan struct{}
}

func (s *slowly) Read(b []byte) (int, error) {
	if n, err := s.half.Read(b); err == nil {
		return n, nil
	}
	<-s.goOn
	return s.rest.Read(b)
}

// TestAMessageWhoseBodyComesLateIsNotCarriedOutASecondTime: the head of a copy is sent while the message is fresh, the end of its body
// when the gateway has forgotten it.
func TestAMessageWhoseBodyComesLateIsNotCarriedOutASecondTime(t *testing.T) {
	w := newWorld(t)
	body, goOn := call().Body, make(chan struct{})
	kind := make(chan string)
	go func() {
		resp, err := w.raw("GOV-portal", nil, func(r *http.Request) {
			r.Body = io.NopCloser(&slowly{bytes.NewReader(body[:5]), bytes.NewReader(body[5:]), goOn})
		})
		if err != nil {
			kind <- err.Error()
			return
		}
		defer resp.Body.Close()
		kind <- resp.Header.Get(headError)
	}()
	time.Sleep(300 * time.Millisecond)
	w.clk.Advance(2*freshness + 2*time.Minute)
	w.rawLeaf("a newer message", "", nil) // the memory drops what is old
	close(goOn)
	if got := <-kind; got != "Server.ServerProxy.StaleMessage" {
		t.Errorf("got %q", got)
	}
	if n := w.calls.Load(); n != 1 {
		t.Errorf("the register was called %d times", n)
	}
}

func TestClocksMayDifferByTheFreshnessAndNoMore(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		by   time.Duration
		kind string
	}{
		{freshness - time.Minute, ""},
		{-freshness + time.Minute, ""},
		{freshness + time.Minute, "Server.ServerProxy.StaleMessage"},
		{-freshness - time.Minute, "Server.ServerProxy.SslAuthenticationFailed"}, // its certificate is five minutes old
	} {
		w.theirs.by.Store(int64(c.by))
		_, err := w.send(call())
		if got := ""; err != nil {
			if got = err.(*Fault).Type; got != c.kind {
				t.Errorf("%s: %v", c.by, err)
			}
		} else if c.kind != "" {
			t.Errorf("%s: accepted", c.by)
		}
	}
}

// TestAnAnswerOfAnotherTimeIsRefused: the provider's clock jumps between the question and its answer.
func TestAnAnswerOfAnotherTimeIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, by := range map[string]time.Duration{"from yesterday": -24 * time.Hour, "from tomorrow": 24 * time.Hour} {
		w.answer(func(rw http.ResponseWriter, _ *http.Request) {
			w.theirs.by.Store(int64(by))
			rw.Header().Set("Content-Type", "application/json")
			io.WriteString(rw, `{"birth_date":"1990"}`)
		})
		x := w.refused(name, call(), "Server.ClientProxy.StaleMessage")
		w.theirs.by.Store(0)
		if _, r, err := x.Evidence.Leaves(); err != nil || r.Error != "Server.ClientProxy.StaleMessage" {
			t.Errorf("%s: the refusal is not evidence: %v %+v", name, err, r)
		}
	}
}

// TestTheRegisterIsNotAskedBeforeTheJournalHasTheMessage: after a crash it would be carried out again.
func TestTheRegisterIsNotAskedBeforeTheJournalHasTheMessage(t *testing.T) {
	w := newWorld(t)
	c, written, done := call(), make(chan error, 1), make(chan error, 1)
	q := &received{g: w.provider, call: c, leaf: requestLeaf(c, rawID, "", "agr-1", w.clk.Now()), logged: written}
	go func() {
		resp, leave, err := q.forward(t.Context())
		if err == nil {
			resp.Body.Close()
			leave()
		}
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	if w.calls.Load() != 0 {
		t.Error("the register was asked")
	}
	written <- nil
	if err := <-done; err != nil || w.calls.Load() != 1 {
		t.Errorf("%v, %d calls", err, w.calls.Load())
	}
	refused := make(chan error, 1)
	refused <- errLog
	q.logged = refused
	if _, _, err := q.forward(t.Context()); err == nil || w.calls.Load() != 1 {
		t.Errorf("a journal that takes nothing: %v", err)
	}
}

// TestWhatIsJudgedIsWhatTheServiceSees: every character that a path may have, and no header that says another request.
func TestWhatIsJudgedIsWhatTheServiceSees(t *testing.T) {
	w := newWorld(t)
	type seen struct {
		uri    string
		header http.Header
	}
	at := make(chan seen, 1)
	w.answer(func(rw http.ResponseWriter, r *http.Request) {
		at <- seen{r.RequestURI, r.Header.Clone()}
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{}`)
	})
	c := call()
	c.Method, c.Body = "GET", nil
	c.Path, c.Query = "/status/aZ09-._~!$'()*+,=:@z", "a=%20b&c=d+e;f=/?g"
	c.Header = map[string][]string{"X-Request-Id": {"7"}, "Accept-Language": {"ar"}, "X-Road-UserId": {"agent-7"}}
	forbidden := []string{
		"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "X-Host", "X-Remote-User", "Authorization", "Cookie", "Proxy-Authorization", "X_Road_Client",
		"Wasl_Purpose", "X-Road-Security-Server", "Wasl-Anything", "X-Client-Cert", "Via", "X-SSL-Client-S-DN",
	}
	for _, name := range forbidden {
		c.Header[name] = []string{"forged"}
	}
	if _, err := w.send(c); err != nil {
		t.Fatal(err)
	}
	got := <-at
	if want := c.Path + "?" + c.Query; got.uri != want {
		t.Errorf("the service saw %s, not %s", got.uri, want)
	}
	if got.header.Get("X-Request-Id") != "7" || got.header.Get("Accept-Language") != "ar" || got.header.Get("X-Road-UserId") != "agent-7" {
		t.Errorf("a client's own headers are lost: %v", got.header)
	}
	for name, values := range got.header {
		if slices.Contains(values, "forged") {
			t.Errorf("%s reached the service", name)
		}
	}
}

func TestABodyThatTwoReadersUnderstandDifferentlyIsNotSent(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"a name twice":              `{"national_number":"A","national_number":"B"}`,
		"a name in two cases":       `{"national_number":"A","National_Number":"B"}`,
		"a name in other letters":   "{\"kind\":1,\"\u212aind\":2}",
		"a name twice, within":      `{"a":[{"b":1,"B":2}]}`,
		"two values":                `{"national_number":"A"} {}`,
		"something after the value": `{"national_number":"A"}]`,
		"not JSON":                  `national_number=A`,
		"a value that breaks off":   `{"national_number":"A"`,
		"broken text":               "{\"a\":\"\xff\"}",
		"a deep hole":               strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		c := call()
		c.Body = []byte(body)
		w.refused(name, c, "Client.BadRequest")
		for _, kind := range []string{"application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json", "text/json"} {
			c.Header = map[string][]string{"content-type": {kind}}
			w.refused(name+" as "+kind, c, "Client.BadRequest")
		}
	}
	c := call()
	c.Header = map[string][]string{"Content-Type": {"application/json", "text/plain"}}
	w.refused("two types", c, "Client.BadRequest")
	if n := w.calls.Load(); n != 0 {
		t.Errorf("the register was called %d times", n)
	}
	// A consumer's gateway that does not look meets the provider's.
	resp, err := w.rawCall("GOV-portal", func(c *Call) { c.Body = []byte(`{"national_number":"A","National_Number":"B"}`) }, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get(headError); got != "Client.BadRequest" {
		t.Errorf("at the provider: %q", got)
	}
	for name, body := range map[string]string{"one value": `[{"a":1},{"a":2,"b":{"a":[]}}]`, "a text": `"a"`, "none": ``} {
		c := call()
		c.Body = []byte(body)
		if _, err := w.send(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatLiesWithinAFieldIsNamedWithIt(t *testing.T) {
	asked := []string{"name", "father.name", "children.name", "children.born.year"}
	for body, good := range map[string]bool{
		`{"name":"a"}`: true, `{"name":["a",["b"]]}`: true, `{"father":{"name":"a"}}`: true, `{"children":[{"name":"a","born":{"year":1}}]}`: true,
		`[{"name":"a"},{"father":{"name":null}}]`: true, `{}`: true, `[]`: true, `{"father":{}}`: true,
		`{"name":{"ar":"a","fr":"b"}}`: true, `{"father":{"name":[{"fr":"b"}]}}`: true, `{"name":{"fr":1}}`: false, `{"name":{"fr":{"fr":"b"}}}`: false,
		`{"name":{"fr":"a","fr.x":"b"}}`: false, `{"name":{"FR":"a"}}`: false, `{"father":{"fr":"a"}}`: false, `{"fr":"a"}`: false, `{"name":{"de":"a"}}`: false,
		`{"name":{"first":"a"}}`: false, `{"name":[{"religion":"x"}]}`: false, `{"father":"a"}`: false, `{"father":{"religion":"x"}}`: false,
		`{"father":{"name":"a","religion":"x"}}`: false, `{"children":[{"born":{"place":"x"}}]}`: false, `{"children":[{"born":1}]}`: false,
		`[[{"name":"a"}]]`: false, `[1]`: false, `["a"]`: false, `{"father":{"Name":"a"}}`: false, `{"":1}`: false, `{"father":{"":1}}`: false,
		`{"name":"a"} {}`: false, `{"name":"a",}`: false, ``: false, `{"name":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: false,
		`{"name":"a"`: false, `{"name"`: false, `[{"name":"a"}`: false,
	} {
		if err := Minimised([]byte(body), asked); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDataByTheNameOfAPictureIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{"religion":"x"}`, "birth_date,religion", "<secret/>", "\x89PNG\r\n\x1a\n", "PK\x03\x04"} {
		w.answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/pdf")
			io.WriteString(rw, body)
		})
		c := call()
		c.Service, c.Method, c.Body = serviceID(files), "GET", nil
		w.refused(body, c, "Server.ServerProxy.ContentOutsideAgreement")
	}
}

// TestWhatOthersDoWrongIsNoAlarmAndNamesNobody: a path with a number of a person, a service that is down, a stranger's connection.
func TestWhatOthersDoWrongIsNoAlarmAndNamesNobody(t *testing.T) {
	w := newWorld(t)
	w.answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	c := call()
	c.Method, c.Body, c.Path, c.Query = "GET", nil, "/status/AB123456", "number=AB123456"
	w.refused("the service breaks off", c, "Server.ServerProxy.ServiceFailed.NetworkError")
	c.Path = "/status/AB123456%00"
	w.refused("a bad path", c, "Client.BadRequest")
	w.rawFault("unsigned", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) { r.Header.Del(headMessage) })
	srv := httptest.NewServer(w.consumer.Clients())
	defer srv.Close()
	req, _ := http.NewRequest("GET", srv.URL+"/r1/"+extracts+"/status/AB123456%3b", nil)
	req.Header.Set(headClient, portal)
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != 400 {
		t.Fatalf("%v", err)
	}
	foreign := t.TempDir()
	if err := directory.Install(foreign, w.clk, w.plan); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(foreign, "members/GOV-stranger/tls.crt"), filepath.Join(foreign, "members/GOV-stranger/tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Protocols: http2Only(), TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}}}
	req, _ = http.NewRequest("GET", "https://"+w.address+"/", nil)
	if _, err := tr.RoundTrip(req); err == nil {
		t.Error("another exchange's certificate opens a connection")
	}
	said := w.logged.String()
	for _, forbidden := range []string{"level=ERROR", "level=WARN", "AB123456", "AB1"} {
		if strings.Contains(said, forbidden) {
			t.Errorf("the log holds %s:\n%s", forbidden, said)
		}
	}
	for _, wanted := range []string{"message refused", "exchange refused", "client=" + portal, "member=MA/GOV/portal", "member=MA/GOV/stranger", "connection refused", "request refused"} {
		if !strings.Contains(said, wanted) {
			t.Errorf("the log lacks %s:\n%s", wanted, said)
		}
	}
}

// TestWhoLeavesOrBreaksAServiceTakesItFromNobodyElse: a member aborts its requests, or asks what the service stumbles over.
func TestWhoLeavesOrBreaksAServiceTakesItFromNobodyElse(t *testing.T) {
	w := newWorld(t)
	other := w.plan.Agreements[0]
	other.ID, other.Consumer = "agr-other", clientID("MA/GOV/portal/other")
	w.plan.Agreements = append(w.plan.Agreements, other)
	w.install()
	w.reload()
	arrived := make(chan struct{}, 1)
	w.answer(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for range 2 * breakAfter {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		if _, err := w.consumer.Send(ctx, call(), Buffered); err == nil {
			t.Error("answered")
		}
	}
	w.answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(500) })
	if x, err := w.send(call()); err != nil || x.Status != 500 {
		t.Errorf("after those who left: %v", err)
	}
	for range breakAfter {
		w.send(call())
	}
	w.refused("its own", call(), "Server.ServerProxy.ServiceFailed.CircuitOpen")
	c := call()
	c.Client = other.Consumer
	if x, err := w.send(c); err != nil || x.Status != 500 {
		t.Errorf("another's: %v", err)
	}
}

// TestBothGatewaysLearnOfAWithdrawnKeyByThemselves: within seconds, and not only after a restart.
func TestBothGatewaysLearnOfAWithdrawnKeyByThemselves(t *testing.T) {
	w := newWorld(t)
	w.watch = 0 // as it runs
	w.consumer.Close()
	w.consumer = w.open("GOV-portal")
	stolen := w.consumer.identity.Load()
	if _, err := directory.Revoke(w.dir, w.clk, w.plan, clientID("MA/GOV/portal"), ""); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(4 * watchEvery); w.consumer.identity.Load() == stolen; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the member's gateway goes on with the stolen key")
		}
	}
	if !w.consumer.trust.Load().revoked[directory.Fingerprint(stolen.tls.Certificate[0])] {
		t.Error("the withdrawn certificate is not known as such")
	}
	// A directory that is broken is told once, and tried again until it is right.
	path := filepath.Join(w.dir, "directory.jws")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	serial := w.consumer.Directory().Serial
	if err := os.WriteFile(path, good[:len(good)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2*watchEvery + watchEvery/2)
	if n := strings.Count(w.logged.String(), "directory or keys refused"); n != 1 || w.consumer.Directory().Serial != serial {
		t.Errorf("told %d times", n)
	}
}
