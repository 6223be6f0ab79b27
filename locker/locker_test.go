package locker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/wire"
	"wasl/locker/lockerapi"
)

func TestADocumentComesBackAsItWasStoredOnce(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	sum := sha256.Sum256(pdf)
	if d.SHA256 != hex.EncodeToString(sum[:]) || d.Size != int64(len(pdf)) {
		t.Errorf("%+v", d)
	}
	if again := r.put(t, decision("k1"), pdf); again.ID != d.ID {
		t.Error("the same key made another document")
	}
	if _, err := r.api.Put(t.Context(), decision("k1"), strings.NewReader("other")); errs.CodeOf(err) != "document_key_reused" {
		t.Errorf("other content under the same key: %v", err)
	}
	if n := len(objectFiles(t, r.dir)); n != 1 {
		t.Errorf("%d objects are stored, want 1", n)
	}
	if got, err := r.api.Get(t.Context(), d.ID); err != nil || got.Title["fr"] != "Permis de construire" {
		t.Errorf("%+v %v", got, err)
	}
	c, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{Org: "com_1", Purpose: "dossier.examine", Object: "dos_1"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, pdf) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, path := range objectFiles(t, r.dir) {
		if b, _ := os.ReadFile(path); bytes.Contains(b, []byte("0123456789")) {
			t.Error("the content lies open in the object store")
		}
	}
	if _, err := r.api.Put(t.Context(), decision("big"), bytes.NewReader(make([]byte, MaxDocument+1))); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("too large: %v", err)
	}
	if n := len(objectFiles(t, r.dir)); n != 1 {
		t.Errorf("%d objects are stored after a refusal, want 1", n)
	}
	if _, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("without a purpose: %v", err)
	}
	if file, err := r.api.Proof(t.Context(), d.ID); err != nil || !bytes.Contains(file, []byte("wasl-evidence-proof")) {
		t.Errorf("%s %v", file, err)
	}
}

func objectFiles(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "objects"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestTamperedContentIsNeverServed(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"first byte": func(b []byte) []byte { b[60] ^= 1; return b },
		"last byte":  func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"cut":        func(b []byte) []byte { return b[:len(b)-envelope.Segment] },
		"empty":      func([]byte) []byte { return nil },
	} {
		r := open(t)
		d := r.put(t, decision("k1"), pdf)
		path := objectFiles(t, r.dir)[0]
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{Purpose: "dossier.examine"})
		if err == nil {
			_, err = io.ReadAll(c)
		}
		if err == nil {
			t.Errorf("%s changed: the content was served whole", name)
		}
	}
}

func TestContentsCannotBeExchanged(t *testing.T) {
	r := open(t)
	r.put(t, decision("k1"), pdf)
	second := r.put(t, decision("k2"), []byte("%PDF-1.7 another"))
	all := objectFiles(t, r.dir)
	a, _ := os.ReadFile(all[0])
	b, _ := os.ReadFile(all[1])
	if err := errors.Join(os.WriteFile(all[0], b, 0o600), os.WriteFile(all[1], a, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.api.Content(t.Context(), second.ID, lockerapi.Access{Purpose: "dossier.examine"}); err == nil {
		t.Error("another document's content was served")
	}
}

func TestAnotherPersonSeesNothing(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	for _, path := range []string{"", "/file", "/proof", "/share"} {
		if w := r.as(t, other, "GET", "/fr/documents/"+d.ID+path, nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
		if w := r.as(t, "", "GET", "/fr/documents/"+d.ID+path, nil); w.Code != 303 {
			t.Errorf("%s signed out: %d", path, w.Code)
		}
	}
	if w := r.as(t, other, "GET", "/fr/documents", nil); strings.Contains(w.Body.String(), "Permis") {
		t.Error("another's document is listed")
	}
	for name, p := range map[string]pg.Principal{"another": pg.Person(other), "nobody": {}} {
		err := r.store.db.Tx(t.Context(), p, func(ctx context.Context, tx pgx.Tx) error {
			for _, table := range []string{"document", "share", "activity"} {
				var n int
				if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
					t.Errorf("%s sees %d rows of %s: %v", name, n, table, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	support := lockerapi.New(wire.New("http://locker", "locker", wire.Memory(r.Handler()), r.keys["support"]))
	if _, err := support.Get(t.Context(), d.ID); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a block that has no business here: %v", err)
	}
}

func TestTheHolderReadsAndSeesWhoOpened(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	c, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{Org: "com_1", Purpose: "dossier.examine", Object: "dos_1"})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	expect(t, r.as(t, fatima, "GET", "/fr/documents", nil), 200, "Permis de construire", "Commune de Rabat", reference)
	w := r.as(t, fatima, "GET", "/fr/documents/"+d.ID+"/file", nil)
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), pdf) {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": "inline; filename=decision-" + reference + ".pdf",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	expect(t, r.as(t, fatima, "GET", "/fr/documents/"+d.ID, nil), 200, "Instruction de votre dossier", "Vous", "Ouverture du document", "Dépôt au coffre")
	declared := decision("k2")
	declared.Kind, declared.Issuer, declared.Seal, declared.ContentType = lockerapi.Declared, "", "", "text/html"
	page := r.put(t, declared, []byte("<script>alert(1)</script>"))
	w = r.as(t, fatima, "GET", "/fr/documents/"+page.ID+"/file", nil)
	if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("a web page is shown: %v", w.Header())
	}
}

var linkForm = regexp.MustCompile(`https://portal\.test(/fr/s/[A-Za-z0-9_-]{43})"`)

func (r *room) share(t *testing.T, id string, days, uses string) string {
	t.Helper()
	w := r.as(t, fatima, "POST", "/fr/documents/"+id+"/share", url.Values{
		"recipient": {"Agence Al Amal"}, "purpose": {"Contrat de location"}, "days": {days}, "uses": {uses},
	})
	expect(t, w, http.StatusCreated, "Agence Al Amal")
	m := linkForm.FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("no link in %s", w.Body)
	}
	return m[1]
}

func TestAShareEndsByTimeUseAndRevocation(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	link := r.share(t, d.ID, "1", "3")
	expect(t, r.as(t, "", "GET", link, nil), 200, "Agence Al Amal", "Contrat de location", "Intact", "Commune de Rabat", "Il reste 3 téléchargements")
	for range 3 {
		if w := r.as(t, "", "GET", link+"/file", nil); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), pdf) {
			t.Errorf("download: %d", w.Code)
		}
	}
	expect(t, r.as(t, "", "GET", link+"/file", nil), 410, "épuisés")
	expect(t, r.as(t, "", "GET", link, nil), 200, "épuisés")

	r.clock.Advance(24*time.Hour - time.Second)
	second := r.share(t, d.ID, "7", "1")
	r.clock.Advance(time.Second)
	expect(t, r.as(t, "", "GET", link, nil), 410, "a expiré")

	page := r.as(t, fatima, "GET", "/fr/documents/"+d.ID, nil)
	expect(t, page, 200, "Téléchargement par le lien", "Tentative refusée", "téléchargements : 3 sur 3")
	revoke := regexp.MustCompile(`action="(/fr/documents/[^"]+/revoke)"`).FindStringSubmatch(page.Body.String())
	if revoke == nil {
		t.Fatal("no revocation offered")
	}
	if w := r.as(t, other, "POST", revoke[1], url.Values{}); w.Code != 404 {
		t.Errorf("another person revoked: %d", w.Code)
	}
	if w := r.as(t, fatima, "POST", revoke[1], url.Values{}); w.Code != 303 {
		t.Errorf("revoke: %d", w.Code)
	}
	expect(t, r.as(t, "", "GET", second, nil), 410, "a révoqué")
	expect(t, r.as(t, "", "GET", "/fr/s/"+strings.Repeat("A", 43), nil), 404, "inconnu")
	expect(t, r.as(t, "", "GET", "/fr/s/x", nil), 404, "inconnu")
	var kept int
	token, _ := strings.CutPrefix(second, "/fr/s/")
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM share WHERE share::text LIKE '%' || $1 || '%'", token).Scan(&kept)
	})
	if err != nil || kept != 0 {
		t.Errorf("the token itself is kept: %v", err)
	}
}

func TestAShareFormKeepsWhatWasEntered(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	w := r.as(t, fatima, "POST", "/fr/documents/"+d.ID+"/share", url.Values{"recipient": {"Agence"}, "purpose": {" "}, "days": {"31"}, "uses": {"0"}})
	expect(t, w, 422, `value="Agence"`, `id="f-purpose-error"`, `id="f-days-error"`, `id="f-uses-error"`)
}

// upload is the form with a file, and with fields: name, value.
func upload(t *testing.T, content []byte, fields ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for f := range slices.Chunk(fields, 2) {
		_ = m.WriteField(f[0], f[1])
	}
	f, err := m.CreateFormFile("file", "decision.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(content)
	_ = m.Close()
	req := httptest.NewRequest("POST", "/fr/verify", &body)
	req.Header.Set("Content-Type", m.FormDataContentType())
	return req
}

func TestAnybodyVerifies(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	expect(t, r.as(t, "", "GET", "/fr/verify", nil), 200, "Vérifier un document")
	expect(t, r.send(t, "", upload(t, pdf)), 200, "Intact", "Commune de Rabat", "Enregistré au coffre numérique")
	w := r.send(t, "", upload(t, append(bytes.Clone(pdf), '!')))
	expect(t, w, 200, "Altéré", "modifié après le scellement", "Autre défaut du sceau")
	if strings.Contains(w.Body.String(), "Enregistré") {
		t.Error("a changed file counts as registered")
	}
	expect(t, r.send(t, "", upload(t, []byte("no pdf"))), 422, "pas un document PDF")
	expect(t, r.as(t, "", "GET", "/fr/verify?ref="+strings.ToLower(strings.ReplaceAll(reference, "-", "+")), nil), 200, "Décision administrative", "Commune de Rabat", d.SHA256)
	expect(t, r.as(t, "", "GET", "/fr/verify/"+reference, nil), 200, "Décision administrative")
	wrong := reference[:9] + "-00" // two digits that never check (the remainder is 1 to 97)
	expect(t, r.as(t, "", "GET", "/fr/verify?ref="+wrong, nil), 422, "référence")
	if w := r.as(t, "", "GET", "/fr/verify?ref="+reference, nil); strings.Contains(w.Body.String(), "Permis") || strings.Contains(w.Body.String(), fatima) {
		t.Error("the public page says too much")
	}
}

func TestQueriesAndComments(t *testing.T) {
	r := open(t)
	pgtest.CheckComments(t, r.store.db)
	pgtest.CheckGuards(t, r.store.db)
	pgtest.PrepareAll(t, r.store.db, insertDocument, selectDocument, selectByKey, selectDocuments, countDocuments, selectByReference, selectBySHA256,
		insertActivity, selectActivity, insertShare, selectShares, lockByToken, countUse, revokeShare, selectNamed, selectObjects)
}
