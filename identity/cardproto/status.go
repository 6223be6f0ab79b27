package cardproto

import "fmt"

// Status is a status word of ISO/IEC 7816-4, 5.6.
type Status uint16

// Status words of the profile.
const (
	OK                Status = 0x9000
	WrongPIN          Status = 0x63C0 // the low digit counts the tries left
	WrongLength       Status = 0x6700
	PINRequired       Status = 0x6982
	Blocked           Status = 0x6983
	NoFileOpen        Status = 0x6986
	WrongData         Status = 0x6A80
	NotFound          Status = 0x6A82
	WrongParameters   Status = 0x6A86
	ReferenceNotFound Status = 0x6A88
	BeyondEnd         Status = 0x6B00
	UnknownINS        Status = 0x6D00
	UnknownCLA        Status = 0x6E00
	MemoryFailure     Status = 0x6581
)

// Tries returns the tries left that a wrong PIN or an empty VERIFY reports; a blocked card has none.
func (s Status) Tries() (left int, ok bool) {
	if s == Blocked {
		return 0, true
	}
	if s&0xFFF0 == WrongPIN {
		return int(s & 0xF), true
	}
	return 0, false
}

// Error makes a status word an error.
func (s Status) Error() string { return fmt.Sprintf("card status %04X", uint16(s)) }
