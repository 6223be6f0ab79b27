package mail

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"wasl/kit/i18n"
)

type view struct {
	Lang     i18n.Lang
	Messages []Message
	Message  Message
}

// Mark says the word "simulator" in both languages everyone here reads.
func (view) Mark() []i18n.Lang { return []i18n.Lang{i18n.Arabic, i18n.French} }

// Dir is the direction of the shown message's own language.
func (v view) Dir() string {
	lang, ok := i18n.ParseLang(v.Message.Lang)
	if !ok {
		return "auto"
	}
	return lang.Dir()
}

func (s *Sink) translate(lang i18n.Lang, key string) string { return s.texts.T(lang, key) }

func (s *Sink) home(w http.ResponseWriter, r *http.Request) {
	s.page(w, r, "home", view{Messages: s.box.all("")})
}

func (s *Sink) show(w http.ResponseWriter, r *http.Request) {
	for _, m := range s.box.all("") {
		if r.PathValue("id") == strconv.Itoa(m.ID) {
			s.page(w, r, "message", view{Message: m})
			return
		}
	}
	http.NotFound(w, r)
}

// list answers ?to=address with the messages it got, the newest first.
func (s *Sink) list(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.box.all(r.FormValue("to")))
}

func (s *Sink) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "style.css")
}

func (s *Sink) page(w http.ResponseWriter, r *http.Request, name string, v view) {
	v.Lang = i18n.Accept(r.Header.Get("Accept-Language"))
	var out bytes.Buffer
	if err := s.pages.ExecuteTemplate(&out, name+".html", v); err != nil {
		s.log.ErrorContext(r.Context(), "mail: render", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(out.Bytes())
}
