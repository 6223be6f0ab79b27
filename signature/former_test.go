package signature

import (
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"wasl/kit/errs"
	"wasl/kit/pg/pgtest"
)

// asBefore makes the rows those of the release before: each private key under a data key of its own, wrapped by custody.
func (h *house) asBefore(t *testing.T) (changed int) {
	t.Helper()
	s := h.block.store
	rows, err := s.db.Pool().Query(t.Context(), `SELECT id FROM signing_key WHERE use <> 'root'`)
	if err != nil {
		t.Fatal(err)
	}
	var all []KeyID
	for rows.Next() {
		var id KeyID
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	for _, id := range all {
		row, err := s.key(t.Context(), selectKey, id)
		if err != nil {
			t.Fatal(err)
		}
		key, err := s.signer(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := x509.MarshalPKCS8PrivateKey(key)
		dek := make([]byte, 32)
		rand.Read(dek)
		wrapped, err := h.vault.Wrap(t.Context(), "signature", dek, []byte(id.String()))
		if err != nil {
			t.Fatal(err)
		}
		box, _ := subtle.NewAESGCM(dek)
		private, _ := box.Encrypt(plain, []byte(id.String()))
		const q = `UPDATE signing_key SET sealed = NULL, private = $2, wrapped = $3, wrapped_by = $4 WHERE id = $1`
		if _, err := s.db.Pool().Exec(t.Context(), q, id, private, wrapped.Blob, wrapped.KeyID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.db.Pool().Exec(t.Context(), `DELETE FROM envelope_key; DELETE FROM owner_key`); err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// After an upgrade an administration that could not seal with its key would have to be given another, and every seal named anew.
func TestKeysOfTheReleaseBeforeGoOnSealing(t *testing.T) {
	h := open(t)
	first := h.seal(t, rabat, document(t, "Attestation"))
	if n := h.asBefore(t); n != 3 {
		t.Fatalf("%d keys", n)
	}
	h.vault.down = true
	h.start(t, h.block.store.db)
	if _, err := h.client.SealPDF(t.Context(), rabat, document(t, "Attestation")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("without custody: %v", err)
	}
	h.vault.down = false
	h.start(t, h.block.store.db)
	next := rabat
	next.Key = "dos_2/attestation"
	if second := h.seal(t, next, document(t, "Autre")); second.KeyID != first.KeyID {
		t.Error("the organisation was given another key")
	}
	var left int
	const q = `SELECT count(*) FROM signing_key WHERE private IS NOT NULL OR wrapped IS NOT NULL OR (sealed IS NULL) <> (use = 'root')`
	if err := h.block.store.db.Pool().QueryRow(t.Context(), q).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are as before, %v", left, err)
	}
}

// Whoever can write rows could otherwise have a commune's documents sealed with another's key.
func TestAPrivateKeyOpensInItsRowOnly(t *testing.T) {
	h := open(t)
	other := rabat
	other.Org, other.Key = "min_interieur", "dos_2/attestation"
	h.seal(t, rabat, document(t, "A"))
	h.seal(t, other, document(t, "B"))
	const swap = `UPDATE signing_key k SET sealed = o.sealed FROM signing_key o WHERE k.use = 'seal' AND o.use = 'seal' AND k.org <> o.org`
	if _, err := h.block.store.db.Pool().Exec(t.Context(), swap); err != nil {
		t.Fatal(err)
	}
	h.start(t, h.block.store.db)
	rabat := rabat
	rabat.Key = "dos_3/attestation"
	if _, err := h.client.SealPDF(t.Context(), rabat, document(t, "C")); err == nil {
		t.Error("sealed with a key from another row")
	}
}

func TestRotationKeepsTheKeysOfOrganisations(t *testing.T) {
	h := open(t)
	first := h.seal(t, rabat, document(t, "Attestation"))
	done, err := h.block.store.vault.Rotate(t.Context())
	if err != nil || done.Owners != 2 { // the organisation and the authority
		t.Fatalf("%+v %v", done, err)
	}
	h.start(t, h.block.store.db)
	next := rabat
	next.Key = "dos_2/attestation"
	if second := h.seal(t, next, document(t, "Autre")); second.KeyID != first.KeyID {
		t.Error("the organisation was given another key")
	}
	pgtest.PrepareAll(t, h.block.store.db, selectFormer, sealFormer)
}
