package cast

// Permit is the procedure of journey B.
const Permit = "permis-construire"

// Filler takes the answers to a form's questions.
type Filler interface{ Put(name, value string) }

// FillPermit answers the questions of the building permit.
func FillPermit(f Filler, email string) {
	for name, value := range map[string]string{
		"field.territory": Commune, "field.parcel": "TF 12345/R", "field.floor_area": "180", "field.floors": "2", "field.email": email,
	} {
		f.Put(name, value)
	}
}

// FillPassport answers the questions of the passport.
func FillPassport(f Filler, email string) {
	f.Put("field.territory", Commune)
	f.Put("field.email", email)
	f.Put("field.phone", "0671828384") // not the number of the form's hint, which is published
}
