package identity

import (
	"net/http"
	"slices"

	"wasl/identity/oidc"
	"wasl/kit/i18n"
	"wasl/kit/web"
)

type consentView struct {
	ID       string
	Partner  i18n.Text
	Person   string // so that whoever finds another's session on a shared computer sees it
	Required []claimView
	Optional []web.Choice
	Form     *web.Input
}

// claimView is an attribute with its value, so that the person sees what leaves, not only its name.
type claimView struct {
	Label any
	Value any
}

// asked returns the interaction with the session that answers it. A session that has ended or faded meanwhile leads back to the
// card, another person than the one asked for back to the relying party; ok is false then, and the answer is written.
func (b *Block) asked(w http.ResponseWriter, r *http.Request) (i Interaction, c oidc.Client, s Session, ok bool, err error) {
	if i, c, err = b.current(r); err != nil {
		return i, c, s, false, err
	}
	if i.Request == nil {
		return i, c, s, false, gone()
	}
	s, standing, err := b.signedIn(r, i, c)
	switch {
	case err != nil:
	case i.Request.NeedsLogin(standing, b.d.Clock.Now()):
		b.to(w, r, web.Lang(r), i, "")
	case !i.Request.Means(standing.Subject): // they showed their card for this very request
		err = b.refuseWith(w, r, i, oidc.NewFault(oidc.AccessDenied, otherPerson))
	default:
		ok = true
	}
	return i, c, s, ok, err
}

// otherPerson is told to a relying party that asked for one person when another signed in; it does not say who.
const otherPerson = "another person signed in"

// consentPage asks what is shared, unless the person decided before.
func (b *Block) consentPage(w http.ResponseWriter, r *http.Request) error {
	i, c, s, ok, err := b.asked(w, r)
	if !ok {
		return err
	}
	decided, err := b.consent(r.Context(), s.Person, c.ID)
	if err != nil {
		return err
	}
	if !i.Request.NeedsConsent(decided) {
		return b.grant(w, r, i, c, s, *decided, false)
	}
	p, err := b.person(r.Context(), personByID, s.Person)
	if err != nil {
		return err
	}
	view := consentView{ID: i.ID.String(), Partner: c.Name, Person: p.nameIn(web.Lang(r))}
	for _, a := range i.Request.Attributes {
		label, value := web.K("attribute."+string(a)), attributeValue(p, a, web.Lang(r))
		if slices.Contains(c.Required, a) {
			view.Required = append(view.Required, claimView{label, value})
		} else {
			view.Optional = append(view.Optional, web.Choice{Value: string(a), Label: label, Hint: value})
		}
	}
	b.pages.Render(w, r, http.StatusOK, "consent", web.Page{TitleKey: "consent.title", FormAction: leads(i), NoIndex: true, Data: view})
	return nil
}

func attributeValue(p Person, a oidc.Attribute, lang i18n.Lang) any {
	switch a {
	case oidc.Name:
		return p.nameIn(lang)
	case oidc.Birthdate:
		return p.Born
	case oidc.Email:
		if p.Email == "" {
			return web.K("attribute.none")
		}
		return web.Ref(p.Email)
	}
	return nil
}

// decide takes the person's choice.
func (b *Block) decide(w http.ResponseWriter, r *http.Request) error {
	i, c, s, ok, err := b.asked(w, r)
	if !ok {
		return err
	}
	in, err := web.Form(r, 0)
	if err != nil {
		return err
	}
	var ticked []oidc.Attribute
	for _, v := range in.All("share") {
		ticked = append(ticked, oidc.Attribute(v))
	}
	return b.grant(w, r, i, c, s, i.Request.Decide(c, ticked), true)
}

// refuse ends the log-in because the person does not want it. The relying party gets access_denied and the reason of the last
// failure, so that it can tell a citizen with a blocked card from one who changed their mind.
func (b *Block) refuse(w http.ResponseWriter, r *http.Request) error {
	i, _, err := b.current(r)
	if err != nil {
		return err
	}
	if i.own() {
		http.Redirect(w, r, b.d.PortalURL+"/"+string(web.Lang(r)), http.StatusSeeOther)
		return nil
	}
	reason := "cancelled"
	if i.Session.IsZero() && i.Outcome != nil && *i.Outcome != "" {
		reason = string(*i.Outcome)
	}
	return b.refuseWith(w, r, i, oidc.NewFault(oidc.AccessDenied, reason))
}
