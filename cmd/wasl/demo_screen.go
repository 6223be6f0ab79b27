package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"wasl/e2e/cast"
	"wasl/e2e/journey"
)

// tell prints one step as it ends.
func (d *demo) tell(name string, s journey.Step) {
	w := d.app.stdout
	if name != d.troupe.journey {
		d.troupe.journey = name
		fmt.Fprintf(w, "\n%s\n", name)
	}
	mark := "ok  "
	if !s.OK {
		mark = "FAIL"
	}
	fmt.Fprintf(w, "  %s %s %7.0f ms  %s\n", mark, pad(s.Name, 58), s.MS, s.Proof)
}

// invite says what a human can try now.
func (d *demo) invite() {
	w := d.app.stdout
	fmt.Fprintf(w, "\nThe demonstration is up. Stop it with Ctrl-C.\n\n")
	for _, l := range [][2]string{
		{"Portal", d.at.url(portalAddr)},
		{"Identity", d.at.url(identityAddr)},
		{"Cards and reader (simulator)", d.at.url(drawerAddr)},
		{"Mail (simulator)", d.at.url(mailAddr)},
		{"Bank (simulator)", d.at.url(bankAddr)},
		{"Civil status register (simulator)", d.at.url(registersAddr)},
		{"Witnesses of the log (simulators)", d.at.url(witness1Addr) + "  " + d.at.url(witness2Addr)},
	} {
		fmt.Fprintf(w, "  %s %s\n", pad(l[0], 36), l[1])
	}
	fmt.Fprintf(w, "\nLay a card on the reader at the cards' page, then log in on the portal:\n\n")
	for _, p := range d.people {
		fmt.Fprintf(w, "  %s PIN %s  card %s  %s\n", pad(p.NameFr(), 26), p.PIN, p.Serial, part(p))
	}
	fmt.Fprintf(w, "\nData and logs: %s\n", d.dir)
}

func part(p cast.Person) string {
	if p.Role == "" {
		return "citizen"
	}
	return p.Role + " of " + p.Unit
}

func pad(s string, n int) string {
	if l := utf8.RuneCountInString(s); l < n {
		return s + strings.Repeat(" ", n-l)
	}
	return s
}

// description is what a test needs to find its way.
type description struct {
	Portal    string         `json:"portal"`
	Identity  string         `json:"identity"`
	Connector string         `json:"connector"`
	Drawer    string         `json:"drawer"`
	Mail      string         `json:"mail"`
	Bank      string         `json:"bank"`
	Data      string         `json:"data"`
	Trust     string         `json:"trust"`
	People    []cast.Person  `json:"people"`
	Witnesses []string       `json:"witnesses"`
	PIDs      map[string]int `json:"pids"`
}

func (d *demo) description() description {
	w := d.world()
	watching := make([]string, len(watchers))
	for i, name := range watchers {
		watching[i] = d.at.url(name)
	}
	return description{
		Portal: w.Portal, Identity: w.Identity, Connector: d.at.url(connectorAddr), Drawer: w.Drawer, Mail: w.Mail,
		Bank: d.at.url(bankAddr), Data: d.dir, Trust: w.Trust, People: d.people, Witnesses: watching, PIDs: d.troupe.pids(),
	}
}
