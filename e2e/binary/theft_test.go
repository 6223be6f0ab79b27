package binary

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"wasl/e2e/cast"
	"wasl/kit/pg/pgtest"
)

// public are the tables that hold what is published: procedures, places and organisations are named like people.
var public = regexp.MustCompile(`^(catalog|kit)\.`)

// What people type in the journeys (e2e/cast, e2e/journey): two answers, whom and what a share is for.
const parcel, phone, recipient, reason = "TF 12345/R", "0671828384", "Agence Atlas Voyages", "Réservation d’un voyage"

// marks are the words by which a thief would know somebody. The number of a card, by which identity finds it, is none: it names
// nobody (SECURITY.md).
func marks(people []cast.Person) map[string]string {
	m := map[string]string{
		parcel: "the builder's parcel", phone: "the citizen's telephone", recipient: "a share's recipient", reason: "a share's purpose",
	}
	for _, p := range people {
		for _, word := range []string{p.National, p.NameFr(), p.NameAr(), p.GivenAr, p.FamilyAr, p.Email} {
			if word != "" {
				m[word] = p.Key
			}
		}
		m[`"`+p.GivenFr+`"`], m[`"`+p.FamilyFr+`"`] = p.Key, p.Key
		m[p.FamilyFr+" "+p.GivenFr] = p.Key
	}
	for word, who := range maps.Clone(m) {
		m[utf16Of(word, binary.LittleEndian)], m[utf16Of(word, binary.BigEndian)] = who, who
	}
	return m
}

// utf16Of is a word as UTF-16, which PDF and other forms write.
func utf16Of(word string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(word)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

var (
	hexes    = regexp.MustCompile(`\\x[0-9a-f]{16,}`)
	base64s  = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}`)
	unicodes = regexp.MustCompile(`\\+u[0-9a-fA-F]{4}`)
)

// readings are a text and what it says when its trivial encodings are undone: bytea in hexadecimal, base64 of both alphabets,
// JSON's and the address bar's escapes, two deep.
func readings(text string, depth int) []string {
	all := []string{text}
	if depth == 0 {
		return all
	}
	plain := unicodes.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[len(s)-4:], 16, 16)
		return string(rune(n))
	})
	if plain != text {
		all = append(all, plain)
	}
	if strings.Contains(text, "%") {
		if plain, err := url.QueryUnescape(text); err == nil {
			all = append(all, plain)
		}
	}
	for _, h := range hexes.FindAllString(text, -1) {
		if b, err := hex.DecodeString(h[2 : len(h)-len(h)%2]); err == nil {
			all = append(all, readings(string(b), depth-1)...)
		}
	}
	for _, s := range base64s.FindAllString(text, -1) {
		s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
		if len(s)%4 == 1 { // no encoding is so long
			s = s[:len(s)-1]
		}
		if b, err := base64.RawStdEncoding.DecodeString(s); err == nil {
			all = append(all, readings(string(b), depth-1)...)
		}
	}
	return all
}

// look reports each mark in a text, once for each place.
func look(place, text string, marks map[string]string, found map[string]bool) {
	for _, said := range readings(text, 2) {
		low := strings.ToLower(said)
		for word, who := range marks {
			if strings.Contains(low, strings.ToLower(word)) {
				found[fmt.Sprintf("%s names %s: %s", place, who, word)] = true
			}
		}
	}
}

// searchTheft reads the whole database and the files that are neither keys nor the stand-ins' own, as a thief would.
func searchTheft(t *testing.T, data string, people []cast.Person) {
	words, found, rows := marks(people), map[string]bool{}, 0
	err := pgtest.Dump(t.Context(), filepath.Join(data, "postgres"), func(table string, r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			rows++
			if !public.MatchString(table) {
				look(table, lines.Text(), words, found)
			}
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows < 1000 {
		t.Errorf("only %d rows were read", rows)
	}
	files := 0
	for _, dir := range []string{"locker", "custody", "exchange", "payment", "portal", "casework", "support", "signature"} {
		_ = filepath.WalkDir(filepath.Join(data, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if b, err := os.ReadFile(path); err == nil {
				files++
				rel, _ := filepath.Rel(data, path)
				look(rel, string(b), words, found)
			}
			return nil
		})
	}
	if files < 10 {
		t.Errorf("only %d files were read", files)
	}
	for what := range found {
		t.Error(what)
	}
}

func TestATheftThatWouldSucceedIsNoticed(t *testing.T) {
	people := []cast.Person{{Key: "fatima", National: "ZZ100001", GivenAr: "فاطمة", FamilyAr: "العمراني", GivenFr: "Fatima", FamilyFr: "El Amrani", Email: "fatima@example.org"}}
	for name, text := range map[string]string{
		"clear":    "1\tfatima el amrani\t\\N",
		"hex":      `\\x` + hex.EncodeToString([]byte("xx fatima@example.org")),
		"base64":   "k " + base64.StdEncoding.EncodeToString([]byte(`{"n":"ZZ100001"}`)),
		"token":    "eyJhbGciOiJFUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"name":"فاطمة العمراني"}`)) + ".c2ln",
		"escaped":  `{"a": "\\u0641\\u0627\\u0637\\u0645\\u0629"}`,
		"address":  "https://x/?q=fatima%40example.org",
		"UTF-16":   `\\x` + hex.EncodeToString([]byte("xx"+utf16Of("فاطمة", binary.BigEndian))),
		"UTF-16 b": base64.StdEncoding.EncodeToString([]byte(utf16Of("Fatima El Amrani", binary.LittleEndian))),
		"two deep": `\\x` + hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("fatima@example.org  ")))),
	} {
		found := map[string]bool{}
		if look(name, text, marks(people), found); len(found) == 0 {
			t.Errorf("%s: %s", name, text)
		}
	}
	found := map[string]bool{}
	if look("nothing", "1\tcom_04.501\t{\"a\": 1}", marks(people), found); len(found) > 0 {
		t.Error(found)
	}
}
