package signature

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// Use says what a key is for.
type Use string

// The uses of keys.
const (
	UseRoot    Use = "root"
	UseIssuing Use = "issuing"
	UseStamp   Use = "stamp"
	UseSeal    Use = "seal"
)

// keyRow is one key with its certificate; the root's has no private part.
type keyRow struct {
	id          KeyID
	use         Use
	org         string
	certificate *x509.Certificate
	sealed      []byte // the private key in PKCS #8
	createdAt   time.Time
}

type store struct {
	db    *pg.DB
	vault *envelope.Vault
}

const (
	insertKey = `
INSERT INTO signing_key (id, use, org, certificate, serial, sealed, created_at, not_after)
VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8)`
	selectAuthority = `
SELECT id, use, coalesce(org, ''), certificate, sealed, created_at
FROM signing_key WHERE use <> 'seal' AND retired_at IS NULL`
	selectSealKey = `
SELECT id, use, coalesce(org, ''), certificate, sealed, created_at
FROM signing_key WHERE use = 'seal' AND org = $1 AND retired_at IS NULL`
	selectKey = `
SELECT id, use, coalesce(org, ''), certificate, sealed, created_at
FROM signing_key WHERE id = $1`
	retireSealKey = `UPDATE signing_key SET retired_at = $2 WHERE use = 'seal' AND org = $1 AND retired_at IS NULL`
	revokeKey     = `
UPDATE signing_key SET revoked_at = $2, reason = $3, retired_at = coalesce(retired_at, $2)
WHERE id = $1 AND use = 'seal' AND revoked_at IS NULL RETURNING org`
	selectRevoked = `SELECT serial, revoked_at, reason FROM signing_key WHERE revoked_at IS NOT NULL ORDER BY revoked_at, serial`
	selectSerial  = `SELECT revoked_at, coalesce(reason, 0) FROM signing_key WHERE serial = $1`
)

// owner is whose key seals the private key: the organisation, or the authority itself.
func (k keyRow) owner() string {
	if k.use == UseSeal {
		return "org/" + k.org
	}
	return "authority"
}

func (k keyRow) place() envelope.Place {
	return envelope.Place{Table: "signing_key", Column: "sealed", Row: k.id.UUID().String()}
}

// putKey writes a key and seals its private part; the root has none here.
func putKey(ctx context.Context, tx pgx.Tx, k keyRow, private *ecdsa.PrivateKey) error {
	if private != nil {
		plain, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return err
		}
		v, err := envelope.Of(ctx)
		if err != nil {
			return err
		}
		if k.sealed, err = v.SealBytes(ctx, tx, k.owner(), k.place(), plain); err != nil {
			return err
		}
	}
	c := k.certificate
	_, err := tx.Exec(ctx, insertKey, k.id, k.use, k.org, c.Raw, c.SerialNumber.Text(16), k.sealed, k.createdAt.UTC(), c.NotAfter)
	return err
}

func scanKey(row pgx.CollectableRow) (k keyRow, err error) {
	var der []byte
	if err := row.Scan(&k.id, &k.use, &k.org, &der, &k.sealed, &k.createdAt); err != nil {
		return k, err
	}
	k.certificate, err = x509.ParseCertificate(der)
	return k, err
}

// signer opens a key's private part. The rows are open to no person: no principal is needed.
func (s store) signer(ctx context.Context, k keyRow) (crypto.Signer, error) {
	var plain []byte
	if err := s.vault.Open(ctx, s.db.Pool(), envelope.Sealed{Place: k.place(), Blob: k.sealed, Into: &plain}); err != nil {
		return nil, errs.Wrap("signature: open key", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errs.Wrap("signature: open key", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errs.New(errs.Internal, "internal").With("why", "stored key cannot sign")
	}
	return signer, nil
}

// authority returns root, issuing and time-stamp keys; an empty list before the ceremony.
func (s store) authority(ctx context.Context) ([]keyRow, error) {
	rows, _ := s.db.Pool().Query(ctx, selectAuthority)
	keys, err := pgx.CollectRows(rows, scanKey)
	return keys, pg.Err("signature: authority", err)
}

func (s store) key(ctx context.Context, query string, arg any) (keyRow, error) {
	rows, _ := s.db.Pool().Query(ctx, query, arg)
	k, err := pgx.CollectExactlyOneRow(rows, scanKey)
	return k, pg.Err("signature: key", err)
}

// revoked lists the revoked certificates, oldest first.
func (s store) revoked(ctx context.Context) ([]revocation, error) {
	rows, _ := s.db.Pool().Query(ctx, selectRevoked)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r revocation, err error) {
		err = row.Scan(&r.serial, &r.at, &r.reason)
		return r, err
	})
	return list, pg.Err("signature: revoked", err)
}

// status returns when the certificate with a serial number was revoked, nil if it was not; no row is NotFound.
func (s store) status(ctx context.Context, serial string) (at *time.Time, reason int, err error) {
	err = s.db.Pool().QueryRow(ctx, selectSerial, serial).Scan(&at, &reason)
	return at, reason, pg.Err("signature: status", err)
}
