package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/e2e/cast"
	"wasl/exchange"
	"wasl/identity"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/i18n"
	"wasl/peers/registers"
	"wasl/portal"
)

// sector is that of the portal: all its blocks see one subject for a person.
const sector = "portal"

// seedCmd fills a demonstration: people with cards, the portal's registration, appointments, the exchange's members.
type seedCmd struct {
	Data      string `env:"WASL_DATA" required:"" type:"path"`
	Out       string `required:"" help:"Where the cast is written." type:"path"`
	Gateway   string `required:"" help:"host:port of the register's gateway."`
	Registers string `required:"" help:"Address of the register."`
	Crowd     int    `help:"So many more citizens."`

	PortalURL   string `env:"WASL_PORTAL_URL" required:""`
	IdentityURL string `env:"WASL_IDENTITY_URL" required:""`
}

// Run does in one process what the institutions would do each for itself.
func (c *seedCmd) Run(a *app) error {
	where := exchange.Where{Gateway: c.Gateway, Registers: c.Registers}
	if _, err := exchange.Setup(filepath.Join(c.Data, "exchange"), clock.System(nil), where); err != nil {
		return err
	}
	p, err := assemble(a.ctx, setup{
		Data: c.Data, PortalURL: c.PortalURL, IdentityURL: c.IdentityURL, Demo: true, Env: a.env, Log: a.log,
	})
	if err != nil {
		return err
	}
	defer p.close()
	client, err := p.as("portal")
	if err != nil {
		return err
	}
	s := &seeder{
		identity: p.blocks["identity"].(*identity.Block), portal: p.blocks["portal"].(*portal.Block),
		catalog: catalogapi.New(client("catalog")), today: p.clock.Today(), cards: filepath.Join(c.Data, "cards"),
	}
	people, err := s.people(a.ctx, append(cast.All(), cast.Crowd(c.Crowd)...))
	if err != nil {
		return err
	}
	if err := writePopulation(filepath.Join(c.Data, "registers.json"), people); err != nil {
		return err
	}
	return writeJSON(c.Out, people)
}

type seeder struct {
	identity *identity.Block
	portal   *portal.Block
	catalog  *catalogapi.Client
	today    civil.Date
	cards    string
}

func (s *seeder) people(ctx context.Context, people []cast.Person) ([]cast.Person, error) {
	if err := os.MkdirAll(s.cards, 0o700); err != nil {
		return nil, err
	}
	party := s.portal.Party()
	client := oidc.Client{
		ID: party.ID, Sector: sector, RedirectURIs: party.RedirectURIs, PostLogoutURIs: party.PostLogoutURIs, Keys: party.Keys,
		Scopes: party.Scopes, Levels: []oidc.Level{oidc.High, oidc.Substantial, oidc.Low},
		Name: i18n.Text{"ar": "البوابة الوطنية وصل", "fr": "Portail national Wasl", "zgh": "ⵡⴰⵙⵍ", "en": "National portal Wasl"},
	}
	for _, r := range party.Require {
		client.Required = append(client.Required, oidc.Attribute(r))
	}
	if err := s.identity.RegisterClient(ctx, client); err != nil {
		return nil, err
	}
	for i := range people {
		if err := s.enrol(ctx, &people[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", people[i].Key, err)
		}
	}
	return people, nil
}

func (s *seeder) enrol(ctx context.Context, p *cast.Person) error {
	born, err := civil.Parse(p.Born)
	if err != nil {
		return err
	}
	known, state, err := s.identity.Enrol(ctx, identity.NewPerson{
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
	p.Serial = card.Serial
	if err := os.WriteFile(filepath.Join(s.cards, card.Serial+".json"), state, 0o600); err != nil {
		return err
	}
	if p.Subject, err = s.identity.SubjectFor(ctx, known.ID, sector); err != nil || p.Role == "" {
		return err
	}
	return s.appoint(ctx, *p)
}

func (s *seeder) appoint(ctx context.Context, p cast.Person) error {
	org, err := s.catalog.Organisation(ctx, p.Org)
	if err != nil {
		return err
	}
	unit := org.Name
	if p.Unit != p.Org {
		u, err := s.catalog.Unit(ctx, p.Unit)
		if err != nil {
			return err
		}
		unit = u.Name
	}
	return s.portal.Appoint(ctx, portal.Appointment{
		Subject: p.Subject, Org: p.Org, OrgName: org.Name, Unit: p.Unit, UnitName: unit, Roles: strings.Fields(p.Role), From: s.today,
	})
}

// writePopulation writes the register's records of the same people.
func writePopulation(path string, people []cast.Person) error {
	records := make([]registers.Person, 0, len(people))
	for _, p := range people {
		born, err := civil.Parse(p.Born)
		if err != nil {
			return err
		}
		records = append(records, registers.Person{
			NationalNumber: p.National, GivenAr: p.GivenAr, FamilyAr: p.FamilyAr, GivenFr: p.GivenFr, FamilyFr: p.FamilyFr,
			Sex: p.Sex, Born: born, PlaceAr: p.PlaceAr, PlaceFr: p.Place,
		})
	}
	return writeJSON(path, records)
}
