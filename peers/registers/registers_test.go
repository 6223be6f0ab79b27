package registers

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func start(t *testing.T) http.Handler {
	t.Helper()
	seed := filepath.Join(t.TempDir(), "seed.json")
	os.WriteFile(seed, []byte(`[{"national_number":"AB123456","given_ar":"سلمى","given_fr":"Salma","family_ar":"بنعلي","family_fr":"Benali","sex":"F","born":"1994-03-08","place_ar":"فاس","place_fr":"Fès"}]`), 0o600)
	s, err := New(Config{Seed: seed}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func post(h http.Handler, path, kind, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestExtractsHoldWhatWasAskedAndNoMore(t *testing.T) {
	h := start(t)
	w := post(h, "/civil-status/extracts", "application/json", `{"national_number":"ab123456","fields":["birth_date","birth_place_fr","name_ar"]}`)
	var got map[string]any
	json.Unmarshal(w.Body.Bytes(), &got)
	if want := map[string]any{"birth_date": "1994-03-08", "birth_place_fr": "Fès", "name_ar": "سلمى بنعلي"}; w.Code != 200 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d %v", w.Code, got)
	}
	for body, status := range map[string]int{
		`{"national_number":"XX9","fields":["birth_date"]}`:    404,
		`{"national_number":"AB123456","fields":["religion"]}`: 422,
		`{"national_number":"AB123456","fields":[]}`:           422,
		`{"national_number":"AB123456","all":true}`:            422,
		`not json`: 422,
	} {
		if w := post(h, "/civil-status/extracts", "application/json", body); w.Code != status || strings.Contains(w.Body.String(), "AB123456") {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestThePopulationIsTheSameAtEveryStart(t *testing.T) {
	a, b := Population(1000), Population(1000)
	if !reflect.DeepEqual(a, b) || len(a) != 1000 {
		t.Fatal("differs")
	}
	for _, p := range a {
		for _, f := range Fields {
			if v := p.field(f); v == nil || v == "" || reflect.DeepEqual(v, map[string]string(nil)) {
				t.Fatalf("%s of %s is empty", f, p.NationalNumber)
			}
		}
	}
}

func TestAClosedRegisterSaysSo(t *testing.T) {
	h := start(t)
	post(h, "/sim/state", "application/x-www-form-urlencoded", "state=down")
	if w := post(h, "/civil-status/extracts", "application/json", `{"national_number":"AB123456","fields":["birth_date"]}`); w.Code != 503 {
		t.Errorf("%d", w.Code)
	}
	for _, lang := range []string{"ar", "fr", "zgh", "en"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `lang="`+lang+`"`) || !strings.Contains(body, "محاكاة") || strings.Contains(body, "⟦") {
			t.Errorf("%s: %s", lang, body)
		}
	}
}
