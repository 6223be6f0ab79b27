package mail

import (
	"encoding/json"
	"net/http"
	"strconv"

	"wasl/kit/i18n"
	"wasl/peers/sim"
)

type view struct {
	Messages []Message
	Message  Message
}

// Dir is the direction of the shown message's own language.
func (v view) Dir() string {
	lang, ok := i18n.ParseLang(v.Message.Lang)
	if !ok {
		return "auto"
	}
	return lang.Dir()
}

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

func (s *Sink) page(w http.ResponseWriter, r *http.Request, name string, v view) {
	s.pages.Render(w, r, http.StatusOK, name, sim.View{Title: "title", Wide: true, Data: v})
}
