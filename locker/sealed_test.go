package locker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/locker/lockerapi"
)

// rows are all rows of the holder's tables, as a thief of a dump reads them.
func (r *room) rows(t *testing.T) (all string) {
	t.Helper()
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce((SELECT string_agg(d::text, ' ') FROM document d), '') || coalesce((SELECT string_agg(s::text, ' ') FROM share s), '')
			|| coalesce((SELECT string_agg(a::text, ' ') FROM activity a), '') || coalesce((SELECT string_agg(e::text, ' ') FROM audit e), '')`).Scan(&all)
	})
	if err != nil || len(all) < 100 {
		t.Fatal(len(all), err)
	}
	return all
}

var words = []string{"Permis", "رخصة", "Agence", "Al Amal", "Contrat", "location"}

func TestAStolenDatabaseShowsNeitherTitlesNorWhatAShareIsFor(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	link := r.share(t, d.ID, "7", "3")
	expect(t, r.as(t, "", "GET", link, nil), 200, "Agence Al Amal")
	expect(t, r.as(t, "", "GET", link+"/file", nil), 200)
	expect(t, r.as(t, fatima, "GET", "/fr/documents/"+d.ID, nil), 200, "Permis de construire", "Agence Al Amal", "Contrat de location")
	all := r.rows(t)
	for _, word := range words {
		if strings.Contains(all, word) || strings.Contains(all, fmt.Sprintf("%x", word)) {
			t.Errorf("%q stands in the rows", word)
		}
	}
}

// released are the migrations up to a number: what an installation of the release before has.
func released(t *testing.T, last string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if b, err := fs.ReadFile(migrations, name); err == nil && filepath.Base(name) <= last+"~" {
			all[name] = &fstest.MapFile{Data: b}
		}
	}
	return all
}

// formerly keeps a document and a share as the release before did: the title and the words in clear, the key wrapped by custody.
func formerly(t *testing.T, cluster *pg.Cluster, dir string, n *neighbours, key string) (id DocumentID, link string) {
	t.Helper()
	db, err := cluster.Block(t.Context(), "locker", released(t, "00002"), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id = ids.Derive[documentKind]("casework", key)
	dataKey := envelope.NewKey()
	blob := sha256.Sum256(append(bytes.Clone(dataKey), id.String()...))
	n.keys[string(blob[:])+id.String()] = dataKey
	object := "ab/" + key
	var file bytes.Buffer
	w, err := envelope.EncryptStream(&file, dataKey, id.String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(pdf)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "objects", filepath.FromSlash(object))
	_ = os.MkdirAll(filepath.Dir(path), 0o700)
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sum, share, token := sha256.Sum256(pdf), ids.New[shareKind](), bytes.Repeat([]byte{byte(len(key))}, tokenSize)
	link = FormatToken(token)
	err = db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO document (id, owner, kind, type, title, issuer, reference, seal, content_type, size, sha256, source, key, object, key_id, wrapped_key, at)
			VALUES ($1, $2, 'issued', 'decision', '{"fr": "Permis de construire", "ar": "رخصة البناء"}', 'com_1', $3, '', 'application/pdf', $4, $5, 'casework', $6, $7, 'kek:locker:1', $8, now())`,
			id, fatima, reference, len(pdf), sum[:], key, object, blob[:])
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO share (id, document, owner, token_hash, recipient, purpose, at, expires, max_uses)
			VALUES ($1, $2, $3, $4, 'Agence Al Amal', 'Contrat de location', '2026-09-01 09:00Z', '2026-09-20 09:00Z', 3)`, share, id, fatima, HashToken(link))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO activity (document, owner, at, act, by, actor, purpose, share) VALUES ($1, $2, now(), 'shared', 'holder', 'Agence Al Amal', 'Contrat de location', $3),
			($1, $2, now(), 'share_viewed', 'recipient', 'Agence Al Amal', 'Contrat de location', $3), ($1, $2, now(), 'opened', 'org', 'com_1', 'dossier.examine', NULL)`, id, fatima, share)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, "/fr/s/" + link
}

// Whoever upgraded would otherwise find a locker that opens nothing, or titles that go on lying in clear.
func TestALockerOfTheReleaseBeforeOpensAndIsSealed(t *testing.T) {
	cluster, dir, n := pgtest.Cluster(t), t.TempDir(), &neighbours{keys: map[string][]byte{}}
	id, link := formerly(t, cluster, dir, n, "k1")
	formerly(t, cluster, dir, n, "k22")
	r := openOn(t, cluster, dir, n)
	if w := r.as(t, fatima, "GET", "/fr/documents/"+id.String()+"/file", nil); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), pdf) {
		t.Fatalf("%d, %d bytes", w.Code, w.Body.Len())
	}
	expect(t, r.as(t, "", "GET", link, nil), 200, "Agence Al Amal", "Contrat de location")
	expect(t, r.as(t, fatima, "GET", "/fr/documents/"+id.String(), nil), 200, "Permis de construire", "Agence Al Amal", "Contrat de location", "Instruction de votre dossier")
	all := r.rows(t)
	for _, word := range append(words, "kek:locker") {
		if strings.Contains(all, word) {
			t.Errorf("%q stands in the rows", word)
		}
	}
	n.keys = nil // what custody wrapped for documents is needed no more
	r = openOn(t, cluster, dir, &neighbours{keys: map[string][]byte{}})
	var left int
	err := r.store.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM envelope_key`).Scan(&left)
	if err != nil || left != 2 {
		t.Errorf("%d keys of the block, %v", left, err)
	}
}

// A person whose key was destroyed is told so, and only they are.
func TestDestroyedDocumentsSaySo(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	link := r.share(t, d.ID, "7", "3")
	theirs := decision("k2")
	theirs.Owner = other
	kept := r.put(t, theirs, append(bytes.Clone(pdf), '2'))
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error { return r.store.vault.Destroy(ctx, tx, fatima) })
	if err != nil {
		t.Fatal(err)
	}
	r = openOn(t, r.cluster, r.dir, r.near)
	for lang, sentence := range map[string]string{"fr": "a été détruit avec sa clé", "en": "was destroyed together with its key", "ar": "أُتلف مع مفتاحه", "zgh": "ⵜⵜⵡⴰⴽⴽⵙⵏ"} {
		expect(t, r.as(t, fatima, "GET", "/"+lang+"/documents/"+d.ID, nil), http.StatusGone, sentence)
		expect(t, r.as(t, "", "GET", strings.Replace(link, "/fr/", "/"+lang+"/", 1), nil), http.StatusGone, sentence)
	}
	if w := r.as(t, fatima, "GET", "/fr/documents/"+d.ID+"/file", nil); w.Code != http.StatusGone {
		t.Errorf("its file: %d", w.Code)
	}
	if _, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{Purpose: "dossier.examine"}); errs.CodeOf(err) != "sealed_data_destroyed" {
		t.Errorf("to another block: %v", err)
	}
	expect(t, r.as(t, fatima, "GET", "/fr/documents", nil), 200, "Document détruit")
	expect(t, r.as(t, "", "GET", "/fr/verify?ref="+reference, nil), 200, "Décision administrative") // what everybody may know stays
	expect(t, r.send(t, "", upload(t, pdf)), 200, "Enregistré au coffre numérique")
	expect(t, r.as(t, other, "GET", "/fr/documents/"+kept.ID, nil), 200, "Permis de construire")
	r.put(t, decision("k3"), append(bytes.Clone(pdf), '3'))
	expect(t, r.as(t, fatima, "GET", "/fr/documents", nil), 200, "Document détruit", "Permis de construire")
}

func TestRotationLeavesDocumentsReadable(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	before := objectFiles(t, r.dir)
	done, err := r.store.vault.Rotate(t.Context())
	if err != nil || done.Owners != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	r = openOn(t, r.cluster, r.dir, r.near)
	c, err := r.api.Content(t.Context(), d.ID, lockerapi.Access{Purpose: "dossier.examine"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, pdf) || len(objectFiles(t, r.dir)) != len(before) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A row that somebody moved would otherwise show another person's title and open another content.
func TestWhatIsSealedInOneRowDoesNotOpenInAnother(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	other := r.put(t, decision("k2"), append(bytes.Clone(pdf), '2'))
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE document SET sealed = (SELECT sealed FROM document WHERE key = 'k2') WHERE key = 'k1'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.api.Get(t.Context(), d.ID); err == nil {
		t.Error("another row's")
	}
	if _, err := r.api.Get(t.Context(), other.ID); err != nil {
		t.Error(err)
	}
}

// A deposit must not wait for custody: it seals under keys at hand.
func TestADepositCallsCustodyForNoKey(t *testing.T) {
	r := open(t)
	r.put(t, decision("k1"), pdf)
	known := len(r.near.keys)
	for i := range 3 {
		r.put(t, decision(fmt.Sprint("n", i)), append(bytes.Clone(pdf), byte(i)))
	}
	if len(r.near.keys) != known {
		t.Errorf("%d keys were wrapped for documents", len(r.near.keys)-known)
	}
	pgtest.PrepareAll(t, r.store.db, selectFormer, sealFormer)
}
