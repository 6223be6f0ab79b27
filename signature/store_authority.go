package signature

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/cms"
	"wasl/kit/disk"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

// authority is the certification authority at work: its certificates, and its keys once unlocked.
type authority struct {
	store   store
	clock   clock.Clock
	offline string // folder that receives the root's private key
	places  places

	mu      sync.Mutex
	root    *x509.Certificate
	issuing cms.Signer
	stamp   cms.Authority
	seals   map[string]sealKey // by organisation code
}

// sealKey is an organisation's unlocked key.
type sealKey struct {
	id     KeyID
	signer cms.Signer
}

// ready loads the authority, after holding the ceremony when there is none. It calls custody: never in a transaction.
// The caller holds mu.
func (a *authority) ready(ctx context.Context) error {
	if a.root != nil {
		return nil
	}
	if err := a.store.vault.Unlock(ctx); err != nil {
		return err
	}
	keys, err := a.store.authority(ctx)
	if err == nil && len(keys) == 0 {
		if err = a.hold(ctx); err == nil {
			keys, err = a.store.authority(ctx)
		}
	}
	if err != nil {
		return err
	}
	var root *x509.Certificate
	signers := map[Use]cms.Signer{}
	for _, k := range keys {
		if k.use == UseRoot {
			root = k.certificate
			continue
		}
		key, err := a.store.signer(ctx, k)
		if err != nil {
			return err
		}
		signers[k.use] = cms.Signer{Key: key, Certificate: k.certificate}
	}
	if root == nil || len(signers) != 2 {
		return errs.New(errs.Internal, "internal").With("why", "authority is incomplete")
	}
	a.issuing, a.stamp = signers[UseIssuing], cms.Authority{Signer: signers[UseStamp], Policy: stampPolicy}
	a.root, a.seals = root, map[string]sealKey{}
	return nil
}

// hold holds the ceremony: a new root signs the two working authorities and its key leaves for the offline folder.
// When another process was quicker, what was made here is thrown away.
func (a *authority) hold(ctx context.Context) error {
	now := a.clock.Now()
	m, err := ceremony(now)
	if err != nil {
		return errs.Wrap("signature: ceremony", err)
	}
	rows := []struct {
		row     keyRow
		private *ecdsa.PrivateKey
	}{
		{keyRow{use: UseRoot, certificate: m.root}, nil},
		{keyRow{use: UseIssuing, certificate: m.issuing}, m.issuingKey},
		{keyRow{use: UseStamp, certificate: m.stamp}, m.stampKey},
	}
	path, err := writeOffline(a.offline, m)
	if err != nil {
		return err
	}
	err = a.store.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		for _, k := range rows {
			k.row.id, k.row.createdAt = ids.New[keyKind](), now
			if err := putKey(ctx, tx, k.row, k.private); err != nil {
				return err
			}
		}
		_, err := audit.Record(ctx, tx, a.clock, audit.Entry{Act: "authority.established", Object: m.root.SerialNumber.Text(16)})
		return err
	})
	if err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	if pg.Unique(err, "signing_key_authority") {
		return nil
	}
	return pg.Err("signature: ceremony", err)
}

// writeOffline writes the root's key and certificate for its owner alone. Whoever runs the installation moves the folder
// to a medium that is not connected; nothing here reads it again.
func writeOffline(dir string, m material) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(m.rootKey)
	if err != nil {
		return "", errs.Wrap("signature: offline root", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", errs.Wrap("signature: offline root", err)
	}
	path := filepath.Join(dir, "root-"+m.root.SerialNumber.Text(16)+".pem")
	content := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.root.Raw})...)
	if err := disk.WriteNew(path, content); err != nil {
		return "", errs.Wrap("signature: offline root", err)
	}
	return path, nil
}

// sealKey returns an organisation's key, issuing it at the first seal and when it nears its end. Its certificate keeps the
// name of that day: blocks may spell the organisation's name in another language without giving it another key.
func (a *authority) sealKey(ctx context.Context, org, orgName string) (sealKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.ready(ctx); err != nil {
		return sealKey{}, err
	}
	soon := a.clock.Now().Add(renewBefore)
	if k, ok := a.seals[org]; ok && k.signer.Certificate.NotAfter.After(soon) {
		return k, nil
	}
	row, err := a.store.key(ctx, selectSealKey, org)
	if errs.KindOf(err) == errs.NotFound || err == nil && !row.certificate.NotAfter.After(soon) {
		row, err = a.issueSeal(ctx, org, orgName)
	}
	if err != nil {
		return sealKey{}, err
	}
	key, err := a.store.signer(ctx, row)
	if err != nil {
		return sealKey{}, err
	}
	k := sealKey{row.id, cms.Signer{Key: key, Certificate: row.certificate, Chain: []*x509.Certificate{a.issuing.Certificate}}}
	a.seals[org] = k
	return k, nil
}

// issueSeal issues an organisation's next certificate and retires the one before.
func (a *authority) issueSeal(ctx context.Context, org, orgName string) (keyRow, error) {
	now := a.clock.Now()
	key, err := newKey()
	if err != nil {
		return keyRow{}, errs.Wrap("signature: issue", err)
	}
	template := sealTemplate(org, orgName, now, a.issuing.Certificate.NotAfter, a.places)
	cert, err := issue(template, a.issuing.Certificate, key.Public(), a.issuing.Key)
	if err != nil {
		return keyRow{}, errs.Wrap("signature: issue", err)
	}
	row := keyRow{id: ids.New[keyKind](), use: UseSeal, org: org, certificate: cert, createdAt: now}
	err = a.store.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, retireSealKey, org, now.UTC()); err != nil {
			return err
		}
		if err := putKey(ctx, tx, row, key); err != nil {
			return err
		}
		_, err := audit.Record(ctx, tx, a.clock, audit.Entry{
			Act: "key.issued", Object: row.id.String(), Org: org, Detail: map[string]string{"serial": cert.SerialNumber.Text(16)},
		})
		return err
	})
	if err != nil && !pg.Unique(err, "signing_key_org") { // another process issued it meanwhile
		return keyRow{}, pg.Err("signature: issue", err)
	}
	return a.store.key(ctx, selectSealKey, org)
}

// forget drops an organisation's key from memory, after its revocation.
func (a *authority) forget(org string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.seals, org)
}
