package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/e2e/cast"
	"wasl/identity"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/portal"
)

// sector is that of the portal: all its blocks see one subject for a person.
const sector = "portal"

// offices are the back doors of identity and portal, for the one who runs them: enrolment, registration, appointment.
type offices struct {
	identity *identity.Block
	portal   *portal.Block
	catalog  *catalogapi.Client
	today    civil.Date
	cards    string
	close    func()
}

// openOffices makes the blocks of an installation without running them; software cards go to the folder cards.
func openOffices(a *app, s setup, cards string) (*offices, error) {
	s.Env, s.Log = a.env, a.log
	p, err := assemble(a.ctx, s)
	if err != nil {
		return nil, err
	}
	client, err := p.as("portal")
	if err != nil {
		p.close()
		return nil, err
	}
	return &offices{
		identity: p.blocks["identity"].(*identity.Block), portal: p.blocks["portal"].(*portal.Block),
		catalog: catalogapi.New(client("catalog")), today: p.clock.Today(), cards: cards, close: p.close,
	}, nil
}

func (o *offices) registerPortal(ctx context.Context) error {
	return registerPortal(ctx, o.identity, o.portal)
}

// registerPortal makes the portal a relying party of identity; doing it again changes nothing.
func registerPortal(ctx context.Context, at *identity.Block, of *portal.Block) error {
	party := of.Party()
	client := oidc.Client{
		ID: party.ID, Sector: sector, RedirectURIs: party.RedirectURIs, PostLogoutURIs: party.PostLogoutURIs, LogoutURI: party.LogoutURI, Keys: party.Keys,
		Scopes: party.Scopes, Levels: []oidc.Level{oidc.High, oidc.Substantial, oidc.Low},
		Name: i18n.Text{"ar": "البوابة الوطنية وصل", "fr": "Portail national Wasl", "zgh": "ⵡⴰⵙⵍ", "en": "National portal Wasl"},
	}
	for _, r := range party.Require {
		client.Required = append(client.Required, oidc.Attribute(r))
	}
	return at.RegisterClient(ctx, client)
}

// enrol makes a person known, writes the software card, and appoints an officer.
func (o *offices) enrol(ctx context.Context, p *cast.Person) error {
	born, err := civil.Parse(p.Born)
	if err != nil {
		return err
	}
	known, state, err := o.identity.Enrol(ctx, identity.NewPerson{
		NationalNumber: p.National, GivenAr: p.GivenAr, FamilyAr: p.FamilyAr, GivenFr: p.GivenFr, FamilyFr: p.FamilyFr,
		Born: born, Email: p.Email, PIN: p.PIN,
	})
	if err != nil {
		return err
	}
	card, err := cardproto.ParseState(state)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.cards, 0o700); err != nil {
		return err
	}
	p.Serial = card.Serial
	if err := os.WriteFile(filepath.Join(o.cards, card.Serial+".json"), state, 0o600); err != nil {
		return err
	}
	return o.appoint(ctx, known, p)
}

// reappoint appoints a person who was enrolled before.
func (o *offices) reappoint(ctx context.Context, p *cast.Person) error {
	known, _, err := o.identity.Known(ctx, p.National)
	if err != nil {
		return err
	}
	return o.appoint(ctx, known, p)
}

func (o *offices) appoint(ctx context.Context, known identity.Person, p *cast.Person) (err error) {
	if p.Subject, err = o.identity.SubjectFor(ctx, known.ID, sector); err != nil || p.Role == "" {
		return err
	}
	org, err := o.catalog.Organisation(ctx, p.Org)
	if err != nil {
		return err
	}
	unit := org.Name
	if p.Unit != p.Org {
		u, err := o.catalog.Unit(ctx, p.Unit)
		if err != nil {
			return err
		}
		unit = u.Name
	}
	return o.portal.Appoint(ctx, portal.Appointment{
		Subject: p.Subject, Org: p.Org, OrgName: org.Name, Unit: p.Unit, UnitName: unit, Roles: strings.Fields(p.Role), From: o.today,
	})
}
