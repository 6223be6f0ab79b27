package payment

import "strings"

// MaskCards blanks every run of 13 to 19 digits, with or without blanks or
// hyphens between them, that passes the Luhn check. No card number should ever
// reach Wasl (PCI DSS, SAQ A); this is the net below the rope.
func MaskCards(s string) (masked string, found bool) {
	var out strings.Builder
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			out.WriteByte(s[i])
			i++
			continue
		}
		group, digits := digitRun(s, i, "")
		end := group
		if !isCard(digits) {
			end, digits = digitRun(s, i, " -")
		}
		if isCard(digits) {
			out.WriteString("[card]")
			found = true
		} else {
			end = group
			out.WriteString(s[i:end])
		}
		i = end
	}
	return out.String(), found
}

// digitRun reads digits from start on, with at most one separator between two.
func digitRun(s string, start int, separators string) (end int, digits string) {
	var run []byte
	end = start
	for i := start; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			run = append(run, c)
			end = i + 1
		case end == i && strings.IndexByte(separators, c) >= 0:
		default:
			return end, string(run)
		}
	}
	return end, string(run)
}

func isCard(digits string) bool {
	return len(digits) >= 13 && len(digits) <= 19 && luhn(digits)
}

func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
