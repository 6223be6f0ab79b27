// Package cast names the people of the demonstration: invented citizens and officers, with the cards, PINs and appointments that
// the journeys need. National numbers begin with ZZ, which no real series is known to use.
package cast

// Person is one member of the cast.
type Person struct {
	Key      string `json:"key"`
	National string `json:"national_number"`
	NameAr   string `json:"name_ar"`
	NameFr   string `json:"name_fr"`
	Born     string `json:"born"`
	Sex      string `json:"sex"`
	Place    string `json:"place"` // of birth, French
	PlaceAr  string `json:"place_ar"`
	Email    string `json:"email"`
	PIN      string `json:"pin"`
	Serial   string `json:"serial,omitempty"` // of the card, given at enrolment
	Org      string `json:"org,omitempty"`    // appointment
	Unit     string `json:"unit,omitempty"`
	Role     string `json:"role,omitempty"`
}

// Places where the demonstration plays.
const (
	Commune  = "04.421.01.01"   // Agdal Riyad
	OrgOf    = "com_" + Commune // the commune as an organisation
	Interior = "min_interieur"  // to which governors belong
	Province = "prov_04.421"    // the wali's unit of Rabat
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
		{Key: Citizen, National: "ZZ100001", NameAr: "فاطمة الزهراء العمراني", NameFr: "Fatima Zahra El Amrani", Born: "1991-03-08", Sex: "F",
			Place: "Rabat", PlaceAr: "الرباط", Email: "fatima@example.org", PIN: "2468"},
		{Key: Builder, National: "ZZ100002", NameAr: "يوسف بنجلون", NameFr: "Youssef Benjelloun", Born: "1979-11-18", Sex: "M",
			Place: "Fès", PlaceAr: "فاس", Email: "youssef@example.org", PIN: "1357"},
		{Key: PassportDsk, National: "ZZ200001", NameAr: "خديجة التازي", NameFr: "Khadija Tazi", Born: "1985-05-02", Sex: "F",
			Place: "Taza", PlaceAr: "تازة", Email: "khadija@example.org", PIN: "1111", Org: Interior, Unit: Province, Role: "officer"},
		{Key: CommuneDsk, National: "ZZ200002", NameAr: "إدريس العلوي", NameFr: "Driss Alaoui", Born: "1982-01-25", Sex: "M",
			Place: "Meknès", PlaceAr: "مكناس", Email: "driss@example.org", PIN: "2222", Org: OrgOf, Unit: OrgOf, Role: "officer"},
		{Key: Governor, National: "ZZ200003", NameAr: "نادية السلاوي", NameFr: "Nadia Slaoui", Born: "1976-09-14", Sex: "F",
			Place: "Salé", PlaceAr: "سلا", Email: "nadia@example.org", PIN: "3333", Org: Interior, Unit: Province, Role: "governor"},
		{Key: Stranger, National: "ZZ200004", NameAr: "عمر أيت بلا", NameFr: "Omar Aït Bella", Born: "1988-07-07", Sex: "M",
			Place: "Agadir", PlaceAr: "أكادير", Email: "omar@example.org", PIN: "4444", Org: "com_04.421.01.03", Unit: "com_04.421.01.03", Role: "officer"},
		{Key: Forgetful, National: "ZZ100003", NameAr: "حمزة الإدريسي", NameFr: "Hamza El Idrissi", Born: "1999-12-31", Sex: "M",
			Place: "Oujda", PlaceAr: "وجدة", Email: "hamza@example.org", PIN: "9876"},
	}
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
