package main

import (
	"context"
	"fmt"
	"path/filepath"

	"wasl/e2e/cast"
	"wasl/exchange"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/peers/registers"
)

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
	s, err := openOffices(a, setup{Data: c.Data, PortalURL: c.PortalURL, IdentityURL: c.IdentityURL, Demo: true}, filepath.Join(c.Data, "cards"))
	if err != nil {
		return err
	}
	defer s.close()
	people, err := s.people(a.ctx, append(cast.All(), cast.Crowd(c.Crowd)...))
	if err != nil {
		return err
	}
	if err := writePopulation(filepath.Join(c.Data, "registers.json"), people); err != nil {
		return err
	}
	return writeJSON(c.Out, people)
}

// people registers the portal and enrols everybody.
func (s *offices) people(ctx context.Context, people []cast.Person) ([]cast.Person, error) {
	if err := s.registerPortal(ctx); err != nil {
		return nil, err
	}
	for i := range people {
		if err := s.enrol(ctx, &people[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", people[i].Key, err)
		}
	}
	return people, nil
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
