package web_test

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"wasl/kit/web"
)

func load(t *testing.T, pages fstest.MapFS) *web.Pages {
	t.Helper()
	p, err := web.Load("test", pages, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRenderSmoke(t *testing.T) {
	p := load(t, fstest.MapFS{"pages/a.html": {Data: []byte(`{{define "content"}}{{template "field" (field .Form "email" "common.save" "type" "email")}}{{template "timeline" .Steps}}{{end}}`)}})
	r := httptest.NewRequest("GET", "/ar/x?q=1", nil)
	w := httptest.NewRecorder()
	p.Render(w, r, 200, "a", web.Page{TitleKey: "nav.help", Data: struct {
		Form  *web.Input
		Steps []web.Step
	}{nil, []web.Step{{Title: web.K("nav.help"), State: "done"}}}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<h1>المساعدة</h1>") {
		t.Fatal(w.Code, w.Body.String())
	}
	os.WriteFile("/tmp/face/a.html", w.Body.Bytes(), 0o644)
}
