package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"wasl/custody/custodyapi"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// asBefore makes the rows those of the release before: persons and signing keys under one key of the block, wrapped by custody, and
// another key for the hashes by which persons are found.
func (s *stage) asBefore() {
	t, db := s.t, s.block.db.Pool()
	t.Helper()
	custody := custodyapi.New(s.deps.Peer("custody"))
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	keys := map[string][]byte{}
	for _, purpose := range []string{"seal", "lookup"} {
		keys[purpose] = make([]byte, 32)
		rand.Read(keys[purpose])
		w, err := custody.Wrap(t.Context(), "identity", keys[purpose], []byte("identity/data_key/"+purpose+"/idk-"+purpose))
		if err != nil {
			t.Fatal(err)
		}
		exec(`INSERT INTO data_key (id, purpose, kek, wrapped, created_at) VALUES ($1, $2, $3, $4, now())`, "idk-"+purpose, purpose, w.KeyID, w.Blob)
	}
	box, _ := subtle.NewAESGCM(keys["seal"])
	for _, p := range []Person{s.person} {
		plain, _ := json.Marshal(p.attributes)
		sealed, _ := box.Encrypt(plain, []byte("identity/person/"+p.ID.String()))
		h := hmac.New(sha256.New, keys["lookup"])
		h.Write([]byte(p.NationalNumber))
		exec(`UPDATE person SET sealed = $2, lookup = $3, key_id = 'idk-seal' WHERE id = $1`, p.ID, sealed, h.Sum(nil))
	}
	signing, err := s.block.keys.all(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range signing {
		der, _ := x509.MarshalECPrivateKey(k.private)
		sealed, _ := box.Encrypt(der, []byte("identity/signing_key/"+k.id))
		exec(`UPDATE signing_key SET private = $2, key_id = 'idk-seal' WHERE kid = $1`, k.id, sealed)
	}
	exec(`DELETE FROM owner_key`)
	exec(`DELETE FROM envelope_key`)
}

// After an upgrade nobody could log in, be found, or have their tokens believed.
func TestPersonsOfTheReleaseBeforeAreKnownAndLogIn(t *testing.T) {
	s := newStage(t)
	s.code(params())
	before, err := s.block.keys.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.asBefore()
	s.restart()
	known, ok, err := s.block.Known(t.Context(), "AB123456")
	if err != nil || !ok || known != s.person {
		t.Fatalf("known %v, %v", ok, err)
	}
	if after, err := s.block.keys.current(t.Context()); err != nil || after.id != before.id || !after.private.Equal(before.private) {
		t.Errorf("tokens are signed by another key: %v", err)
	}
	s.code(params())
	var left, keys int
	const q = `SELECT (SELECT count(*) FROM person WHERE key_id IS NOT NULL) + (SELECT count(*) FROM signing_key WHERE key_id IS NOT NULL), (SELECT count(*) FROM data_key)`
	if err := s.block.db.Pool().QueryRow(t.Context(), q).Scan(&left, &keys); err != nil || left != 0 || keys != 0 {
		t.Errorf("%d rows and %d keys are as before, %v", left, keys, err)
	}
}

func TestRotationKeepsPersonsKnown(t *testing.T) {
	s := newStage(t)
	s.enrol("CD7", "W0000002")
	s.code(params())
	if _, err := s.block.keys.current(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, err := s.block.vault.Rotate(t.Context())
	if err != nil || done.Owners != 3 { // two persons and the keys of the tokens
		t.Fatalf("%+v %v", done, err)
	}
	s.restart()
	if known, ok, err := s.block.Known(t.Context(), "AB123456"); err != nil || !ok || known != s.person {
		t.Fatalf("known %v, %v", ok, err)
	}
	s.code(params())
}

// Each person's record has a key of its own: destroying it destroys that one.
func TestADestroyedRecordOpensNoMoreAndSaysSo(t *testing.T) {
	s := newStage(t)
	other, _ := s.enrol("CD7", "W0000002")
	err := s.block.db.Tx(t.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		return s.block.vault.Destroy(ctx, tx, s.person.ID.UUID().String())
	})
	if err != nil {
		t.Fatal(err)
	}
	s.restart()
	if _, _, err := s.block.Known(t.Context(), "AB123456"); errs.CodeOf(err) != "sealed_data_destroyed" || errs.KindOf(err) != errs.Gone {
		t.Errorf("%v", err)
	}
	if known, ok, err := s.block.Known(t.Context(), "CD7"); err != nil || !ok || known != other {
		t.Errorf("another person: %v %v", ok, err)
	}
}

// Whoever can write rows could otherwise log in as somebody else.
func TestARecordOpensInItsRowOnly(t *testing.T) {
	s := newStage(t)
	s.enrol("CD7", "W0000002")
	if _, err := s.block.db.Pool().Exec(t.Context(), `UPDATE person p SET sealed = o.sealed FROM person o WHERE o.id <> p.id`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.block.Known(t.Context(), "AB123456"); err == nil {
		t.Error("another person's record was opened")
	}
}
