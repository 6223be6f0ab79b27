// Package cast names the people of the demonstration: invented citizens and officers, with the cards, PINs and appointments that
// the journeys need. National numbers begin with ZZ, which no real series is known to use.
package cast

import "fmt"

// Person is one member of the cast.
type Person struct {
	Key      string `json:"key"`
	National string `json:"national_number"`
	GivenAr  string `json:"given_ar"`
	FamilyAr string `json:"family_ar"`
	GivenFr  string `json:"given_fr"`
	FamilyFr string `json:"family_fr"`
	Born     string `json:"born"`
	Sex      string `json:"sex"`
	Place    string `json:"place"` // of birth, French
	PlaceAr  string `json:"place_ar"`
	Email    string `json:"email"`
	PIN      string `json:"pin"`
	Serial   string `json:"serial,omitempty"`  // of the card, given at enrolment
	Subject  string `json:"subject,omitempty"` // in the portal's sector
	Org      string `json:"org,omitempty"`     // appointment
	Unit     string `json:"unit,omitempty"`
	Role     string `json:"role,omitempty"`
}

// NameFr is the full name in Latin letters.
func (p Person) NameFr() string { return p.GivenFr + " " + p.FamilyFr }

// NameAr is the full name in Arabic letters.
func (p Person) NameAr() string { return p.GivenAr + " " + p.FamilyAr }

// Places where the demonstration plays.
const (
	Commune  = "04.501.01.07"   // Témara
	OrgOf    = "com_" + Commune // the commune as an organisation
	Interior = "min_interieur"  // to which governors belong
	Province = "prov_04.501"    // the governor’s unit of Skhirate-Témara
	Passport = "passeport-biometrique-adulte"
)

// Keys of the cast.
const (
	Citizen     = "citizen"
	Builder     = "builder"
	PassportDsk = "passport-officer"
	CommuneDsk  = "commune-officer"
	Governor    = "governor"
	Stranger    = "other-officer"
	Forgetful   = "forgetful"
)

// All returns the cast.
func All() []Person {
	return []Person{
		{
			Key: Citizen, National: "ZZ100001", GivenAr: "فاطمة الزهراء", FamilyAr: "العمراني", GivenFr: "Fatima Zahra", FamilyFr: "El Amrani", Born: "1991-03-08", Sex: "F",
			Place: "Rabat", PlaceAr: "الرباط", Email: "fatima@example.org", PIN: "2468",
		},
		{
			Key: Builder, National: "ZZ100002", GivenAr: "يوسف", FamilyAr: "بنجلون", GivenFr: "Youssef", FamilyFr: "Benjelloun", Born: "1979-11-18", Sex: "M",
			Place: "Fès", PlaceAr: "فاس", Email: "youssef@example.org", PIN: "1357",
		},
		{
			Key: PassportDsk, National: "ZZ200001", GivenAr: "خديجة", FamilyAr: "التازي", GivenFr: "Khadija", FamilyFr: "Tazi", Born: "1985-05-02", Sex: "F",
			Place: "Taza", PlaceAr: "تازة", Email: "khadija@example.org", PIN: "1111", Org: Interior, Unit: Province, Role: "officer treasurer",
		},
		{
			Key: CommuneDsk, National: "ZZ200002", GivenAr: "إدريس", FamilyAr: "العلوي", GivenFr: "Driss", FamilyFr: "Alaoui", Born: "1982-01-25", Sex: "M",
			Place: "Meknès", PlaceAr: "مكناس", Email: "driss@example.org", PIN: "2222", Org: OrgOf, Unit: OrgOf, Role: "officer",
		},
		{
			Key: Governor, National: "ZZ200003", GivenAr: "نادية", FamilyAr: "السلاوي", GivenFr: "Nadia", FamilyFr: "Slaoui", Born: "1976-09-14", Sex: "F",
			Place: "Salé", PlaceAr: "سلا", Email: "nadia@example.org", PIN: "3333", Org: Interior, Unit: Province, Role: "governor",
		},
		{
			Key: Stranger, National: "ZZ200004", GivenAr: "عمر", FamilyAr: "أيت بلا", GivenFr: "Omar", FamilyFr: "Aït Bella", Born: "1988-07-07", Sex: "M",
			Place: "Agadir", PlaceAr: "أكادير", Email: "omar@example.org", PIN: "4444", Org: "com_04.501.01.05", Unit: "com_04.501.01.05", Role: "officer",
		},
		{
			Key: Forgetful, National: "ZZ100003", GivenAr: "حمزة", FamilyAr: "الإدريسي", GivenFr: "Hamza", FamilyFr: "El Idrissi", Born: "1999-12-31", Sex: "M",
			Place: "Oujda", PlaceAr: "وجدة", Email: "hamza@example.org", PIN: "9876",
		},
	}
}

// Crowd returns n more citizens, for measuring.
func Crowd(n int) (people []Person) {
	for i := range n {
		people = append(people, Person{
			Key: fmt.Sprintf("crowd-%d", i), National: fmt.Sprintf("ZZ9%05d", i), GivenAr: "مواطن", FamilyAr: fmt.Sprintf("رقم %d", i),
			GivenFr: "Citoyen", FamilyFr: fmt.Sprintf("Numéro %d", i), Born: "1990-01-01", Sex: "M", Place: "Rabat", PlaceAr: "الرباط",
			Email: fmt.Sprintf("crowd%d@example.org", i), PIN: "5555",
		})
	}
	return people
}

// Of returns the member with a key from a list.
func Of(people []Person, key string) Person {
	for _, p := range people {
		if p.Key == key {
			return p
		}
	}
	return Person{}
}
