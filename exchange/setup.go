package exchange

import (
	"time"

	"wasl/exchange/directory"
)

// The members of a first installation: the digital agency, for which the portal's blocks ask, and the civil status register.
const (
	instance       = "MA"
	PortalMember   = "MA/GOV/digital-agency"
	PortalClient   = PortalMember + "/portal"
	CivilStatus    = "MA/GOV/civil-status"
	birthExtract   = CivilStatus + "/register/birth-extract"
	InteriorParty  = "GOV/min-interieur" // the administration whose dossiers ask, under its name in the directory
	LegalBasis     = "law-55-19:24"      // the basis of every evidence fetched for a dossier
	firstAgreement = "agr-civil-status-1"
	agreementYears = 2
)

// Where says where the processes of a first installation listen.
type Where struct {
	Gateway   string // host:port of the register's gateway
	Registers string // base URL of the register
	// Procedures whose dossiers may ask for civil status: the purposes of the agreement. The passport when empty.
	Procedures []string
}

// Plan is the first installation of the exchange: two members, one service, one agreement that starts on the given day.
func Plan(w Where, from time.Time) (directory.Plan, error) {
	if len(w.Procedures) == 0 {
		w.Procedures = []string{"passeport-biometrique-adulte"}
	}
	var purposes []string
	for _, p := range w.Procedures {
		purposes = append(purposes, "dossier."+p)
	}
	portal, err := directory.ParseClient(PortalMember)
	if err != nil {
		return directory.Plan{}, err
	}
	client, err := directory.ParseClient(PortalClient)
	if err != nil {
		return directory.Plan{}, err
	}
	civil, err := directory.ParseClient(CivilStatus)
	if err != nil {
		return directory.Plan{}, err
	}
	service, err := directory.ParseService(birthExtract)
	if err != nil {
		return directory.Plan{}, err
	}
	fields := []string{"name_ar", "name_fr", "sex", "birth_date", "birth_place_ar", "birth_place_fr", "father", "mother", "act_number"}
	return directory.Plan{
		Instance: instance,
		Members: []directory.PlannedMember{
			{Member: directory.Member{ID: portal, Subsystems: []string{"portal"}, Organisation: "digital_agency"}},
			{
				Member: directory.Member{ID: civil, Subsystems: []string{"register"}, Organisation: "min_interieur"}, Listen: w.Gateway,
				Upstream: map[string]string{"register/birth-extract": w.Registers + "/civil-status/extracts"},
			},
		},
		Parties:  []directory.Party{{ID: InteriorParty, Organisation: "min_interieur"}},
		Services: []directory.Service{{ID: service, Fields: append(fields, "marital_status")}},
		Agreements: []directory.Agreement{{
			ID: firstAgreement, Consumer: client, Service: service, Operations: []directory.Operation{{Method: "POST", Path: ""}},
			Parties: []directory.PartyID{InteriorParty}, Purposes: purposes, LegalBases: []string{LegalBasis}, Fields: fields, Authorisation: "demonstration",
			From: from.UTC().Truncate(24 * time.Hour), Until: from.UTC().Truncate(24*time.Hour).AddDate(agreementYears, 0, 0),
		}},
	}, nil
}

// completed gives a plan made before parties were registered those of the first installation.
func completed(plan directory.Plan) directory.Plan {
	if plan.Parties != nil {
		return plan
	}
	plan.Parties = []directory.Party{{ID: InteriorParty, Organisation: "min_interieur"}}
	for i, g := range plan.Agreements {
		if g.ID == firstAgreement && g.Parties == nil {
			plan.Agreements[i].Parties = []directory.PartyID{InteriorParty}
		}
	}
	return plan
}
