package portal

import (
	"net/http"
	"slices"

	"wasl/kit/errs"
	"wasl/kit/web"
)

type appointmentsView struct {
	Form    *web.Input
	Choices []web.Choice
}

// citizen is the choice to visit for oneself.
const citizen = "none"

// listAppointments lets an officer say in whose name he acts.
func (b *Block) listAppointments(w http.ResponseWriter, r *http.Request) {
	if _, ok := b.pages.SignedIn(w, r); !ok {
		return
	}
	s, _ := sessionOf(r)
	current := citizen
	if s.acting.Org != "" {
		current = s.acting.ID.String()
	}
	b.askAppointment(w, r, http.StatusOK, s, web.Filled("appointment", current), nil)
}

func (b *Block) askAppointment(w http.ResponseWriter, r *http.Request, status int, s open, in *web.Input, refusal error) {
	view := appointmentsView{Form: in}
	for _, a := range s.all {
		view.Choices = append(view.Choices, web.Choice{Value: a.ID.String(), Label: a.UnitName, Hint: a.OrgName})
	}
	view.Choices = append(view.Choices, web.Choice{Value: citizen, Label: web.K("appointments.citizen"), Hint: web.K("appointments.citizen_hint")})
	b.pages.Render(w, r, status, "appointments", web.Page{TitleKey: "appointments.title", NoIndex: true, Errors: refusal, Data: view})
}

func (b *Block) chooseAppointment(w http.ResponseWriter, r *http.Request) {
	if _, ok := b.pages.SignedIn(w, r); !ok {
		return
	}
	s, _ := sessionOf(r)
	in, err := web.Form(r, 0)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	choice := in.Get("appointment")
	known := slices.ContainsFunc(s.all, func(a Appointment) bool { return a.ID.String() == choice })
	if !known && choice != citizen {
		err := in.Fail(errs.New(errs.Invalid, "form_invalid").Field("appointment", "choice_required"))
		b.askAppointment(w, r, http.StatusUnprocessableEntity, s, in, err)
		return
	}
	if err := b.choose(r.Context(), b.cookie(r, sessionCookie), choice); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	if choice == citizen {
		web.Redirect(w, r, "/")
		return
	}
	web.Redirect(w, r, "/office")
}
