package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	_ "image/jpeg" // the formats that a photo may have
	_ "image/png"
	"slices"
	"strconv"
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
)

// Piece is what the dossier holds for one published piece: a file brought by the person (a declared document of his locker), or
// evidence fetched from another administration with his consent (art. 24), which counts once he has agreed to its use.
type Piece struct {
	Code        string          `json:"code"`
	Document    string          `json:"document,omitempty"`
	Name        string          `json:"name,omitempty"`
	ContentType string          `json:"content_type,omitempty"`
	Size        int64           `json:"size,omitempty"`
	SHA256      string          `json:"sha256,omitempty"`
	Consent     string          `json:"consent,omitempty"`
	Consented   civil.Date      `json:"consented"`
	Evidence    string          `json:"evidence,omitempty"` // id of the exchange's message
	Provider    string          `json:"provider,omitempty"`
	Content     json.RawMessage `json:"content,omitempty"`
	Agreed      civil.Date      `json:"agreed"`
}

// Present tells whether the piece counts as brought.
func (p Piece) Present() bool { return p.Document != "" || (p.Evidence != "" && !p.Agreed.IsZero()) }

// Limits of an upload where the sheet gives none.
const (
	defaultMaxBytes = 10 << 20
	maxPixels       = 24_000_000 // a telephone's photo; decoded, up to some 200 MB
	minSide         = 100
)

var defaultAccept = []string{"application/pdf", "image/jpeg", "image/png"}

// CheckFile decides whether a file is what the published piece asks for, by its content, and returns its real type. The name
// and the type that the browser claims decide nothing.
func CheckFile(p catalogapi.Piece, name string, data []byte) (string, error) {
	field := "piece." + p.Code
	limit := p.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	if int64(len(data)) > limit {
		return "", Invalid(field, "file_too_large", "max", megabytes(limit))
	}
	kind := Sniff(data)
	accept := p.Accept
	if len(accept) == 0 {
		accept = defaultAccept
	}
	if claimed := claimedType(name); kind == "" && claimed != "" && slices.Contains(accept, claimed) {
		return "", Invalid(field, "file_not_what_it_claims", "name", name)
	}
	if !slices.Contains(accept, kind) {
		return "", Invalid(field, "file_type_refused", "accepted", formats(accept))
	}
	if strings.HasPrefix(kind, "image/") {
		return kind, checkImage(field, data)
	}
	return kind, nil
}

// Sniff tells a file's real type by its first bytes; "" if it is none of those a piece may have.
func Sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")) && bytes.Contains(tail(data, 2048), []byte("%%EOF")):
		return "application/pdf"
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	}
	return ""
}

// checkImage decodes the picture whole: a right header over rubbish is refused. Its size is read first, so that a small file
// cannot claim a picture that fills the memory.
func checkImage(field string, data []byte) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Invalid(field, "file_not_image")
	}
	if c.Width*c.Height > maxPixels {
		return Invalid(field, "image_too_large")
	}
	if c.Width < minSide || c.Height < minSide {
		return Invalid(field, "image_too_small")
	}
	if _, _, err := image.Decode(bytes.NewReader(data)); err != nil {
		return Invalid(field, "file_not_image")
	}
	return nil
}

func claimedType(name string) string {
	name = strings.ToLower(name)
	for suffix, kind := range map[string]string{".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"} {
		if strings.HasSuffix(name, suffix) {
			return kind
		}
	}
	return ""
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

func formats(accept []string) string {
	var out []string
	for _, a := range accept {
		_, name, _ := strings.Cut(a, "/")
		out = append(out, strings.ToUpper(name))
	}
	return strings.Join(out, ", ")
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) }

// Invalid blames one field of a form.
func Invalid(field, code string, params ...string) error {
	return errs.New(errs.Invalid, "form_invalid").Field(field, code, params...)
}

// Merge replaces pieces by those newly brought.
func Merge(have, brought []Piece) []Piece {
	out := slices.Clone(have)
	for _, p := range brought {
		out = slices.DeleteFunc(out, func(o Piece) bool { return o.Code == p.Code })
		out = append(out, p)
	}
	return out
}

// Digest is the SHA-256 of a file in hexadecimal.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
