package i18n

// Form is a CLDR plural category.
type Form string

// The CLDR plural categories.
const (
	Zero  Form = "zero"
	One   Form = "one"
	Two   Form = "two"
	Few   Form = "few"
	Many  Form = "many"
	Other Form = "other"
)

// Forms lists the categories that a counted text must give in language l.
// CLDR also gives French a "many" for round millions ("1 million de jours"),
// which no administrative text of ours needs.
func (l Lang) Forms() []Form {
	switch l {
	case Arabic:
		return []Form{Zero, One, Two, Few, Many, Other}
	case French, English:
		return []Form{One, Other}
	}
	return []Form{Other}
}

// Plural is the category of the whole number n in language l, by the cardinal
// rules of CLDR 48.
func (l Lang) Plural(n int) Form {
	n = max(n, -n)
	switch l {
	case Arabic:
		switch rest := n % 100; {
		case n == 0:
			return Zero
		case n == 1:
			return One
		case n == 2:
			return Two
		case rest >= 3 && rest <= 10:
			return Few
		case rest >= 11:
			return Many
		}
	case French:
		if n <= 1 {
			return One
		}
	case English:
		if n == 1 {
			return One
		}
	}
	return Other
}
