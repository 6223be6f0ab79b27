package portal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/ids"
)

func TestEveryPathBelongsToOneBlock(t *testing.T) {
	for path, want := range map[string]string{
		"/ar/procedures": "catalog", "/fr/search": "catalog", "/fr/dossiers/dos_1/receipt": "casework", "/zgh/office": "casework",
		"/en/payments/1": "payment", "/ar/s/abc": "locker", "/ar/access": "exchange", "/ar/help/pay": "support", "/fr/indicators": "governance",
		"/ar": "", "/ar/": "", "/ar/login": "", "/de/procedures": "", "/procedures": "", "/v1/procedures": "", "/ar/dossiersx": "", "/": "",
	} {
		if got, ok := Target(path); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestAReturnPathNeverLeavesThePortal(t *testing.T) {
	for path, want := range map[string]string{
		"/dossiers/dos_1?x=1": "/dossiers/dos_1?x=1", "/": "/", "/appointments": "/appointments", "/procedures": "/procedures",
		"": "/", "dossiers": "/", "//evil.ma": "/", `/\evil.ma`: "/", "/\t/evil.ma": "/", "https://evil.ma/": "/",
		"/dossiers\r\nX: y": "/", "/logout": "/", "/login?return=/": "/", "/dossiers/../logout": "/", "/@evil.ma": "/", "/assets/x": "/",
		"/dossiers/a b": "/", `/dossiers/a\b`: "/", "/dossiers/a\x7f": "/", "/dossiers/a\x00": "/", "/dossiers/a!": "/dossiers/a!",
		"/dossiers/" + strings.Repeat("a", 502): "/dossiers/" + strings.Repeat("a", 502), "/dossiers/" + strings.Repeat("a", 503): "/",
	} {
		if got := ReturnPath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestASessionEndsByIdlenessAndByAge(t *testing.T) {
	start := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		seen, now time.Duration
		want      bool
	}{
		{0, 29 * time.Minute, false},
		{0, IdleLimit, false},
		{0, 31 * time.Minute, true},
		{7*time.Hour + 50*time.Minute, AbsoluteLimit, false},
		{7*time.Hour + 50*time.Minute, 7*time.Hour + 59*time.Minute, false},
		{7*time.Hour + 50*time.Minute, 8*time.Hour + time.Minute, true},
	} {
		s := Session{CreatedAt: start, SeenAt: start.Add(c.seen)}
		if got := s.Ended(start.Add(c.now)); got != c.want {
			t.Errorf("seen after %v, asked after %v: ended %v", c.seen, c.now, got)
		}
	}
}

func TestActingUnderAnAppointment(t *testing.T) {
	today := civil.Of(2026, time.November, 25)
	sale := Appointment{ID: ids.New[appointmentKind](), Org: "com_sale", From: today.AddDays(-10)}
	rabat := Appointment{ID: ids.New[appointmentKind](), Org: "com_rabat", From: today, Until: today}
	past := Appointment{ID: ids.New[appointmentKind](), Org: "com_fes", From: today.AddDays(-10), Until: today.AddDays(-1)}
	future := Appointment{ID: ids.New[appointmentKind](), Org: "com_oujda", From: today.AddDays(1)}
	for _, c := range []struct {
		name   string
		all    []Appointment
		choice string
		want   string
	}{
		{"the only one", []Appointment{sale, past, future}, "", "com_sale"},
		{"two, none chosen", []Appointment{sale, rabat}, "", ""},
		{"the one chosen", []Appointment{sale, rabat}, rabat.ID.String(), "com_rabat"},
		{"as a citizen", []Appointment{sale}, "none", ""},
		{"one that has ended", []Appointment{sale, past}, past.ID.String(), ""},
		{"one of somebody else", []Appointment{sale}, rabat.ID.String(), ""},
	} {
		if got := Acting(c.all, c.choice, today).Org; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnAppointmentNamesPersonUnitAndRole(t *testing.T) {
	today := civil.Of(2026, time.November, 25)
	good := Appointment{Subject: "p", Org: "o", Unit: "u", Roles: []string{"officer"}, From: today}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	bad := Appointment{Roles: []string{"king"}, From: today, Until: today.AddDays(-1)}
	var names []string
	for _, f := range errs.FieldsOf(bad.Check()) {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"subject", "org", "unit", "roles", "until"}) {
		t.Errorf("blamed %v", names)
	}
}

func TestTheHomePageOffersWhatCanBeDoneHereFirst(t *testing.T) {
	all := []catalogapi.Procedure{
		{Code: "vague"},
		{Code: "stated", Delay: catalogapi.Delay{Known: true, Days: 3}, Fee: catalogapi.Fee{Known: true}},
		{Code: "open", Status: "published", Delay: catalogapi.Delay{Known: true, Days: 30}},
	}
	var codes []string
	for _, o := range offered(all) {
		codes = append(codes, o.Code)
	}
	if !slices.Equal(codes, []string{"open", "stated", "vague"}) {
		t.Errorf("got %v", codes)
	}
	many := []catalogapi.Procedure{all[2], all[2]} // found for two events of life
	for _, code := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		many = append(many, catalogapi.Procedure{Code: code, Status: "published", Fee: catalogapi.Fee{Demonstration: code == "a"}, Delay: catalogapi.Delay{Demonstration: code == "b"}})
	}
	got := offered(many)
	if len(got) != offersShown || got[0].Code != "open" || got[1].Code != "a" {
		t.Errorf("each comes once, and six are shown: %v", got)
	}
	for i, demonstrated := range []bool{false, true, true, false} {
		if got[i].Demonstrated != demonstrated {
			t.Errorf("%s: delay or fee are demonstration values: %v", got[i].Code, got[i].Demonstrated)
		}
	}
}
