package signature

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"

	"wasl/custody/custodyapi"
	"wasl/kit/errs"
)

// purpose is the name under which custody keeps this block's key-encryption key.
const purpose = "signature"

// Wrapper encrypts data keys under keys that this block never sees: custodyapi.Client.
type Wrapper interface {
	// Wrap encrypts a data key; aad is bound to it.
	Wrap(ctx context.Context, purpose string, key, aad []byte) (custodyapi.Wrapped, error)
	// Unwrap decrypts it; with another aad it fails.
	Unwrap(ctx context.Context, purpose string, w custodyapi.Wrapped, aad []byte) ([]byte, error)
}

// lockedKey is a private key at rest: PKCS #8 under AES-256-GCM, its data key wrapped by custody.
type lockedKey struct {
	private []byte
	wrapped custodyapi.Wrapped
}

// lock encrypts a private key for the row id, outside any transaction.
func lock(ctx context.Context, w Wrapper, id KeyID, key *ecdsa.PrivateKey) (lockedKey, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return lockedKey{}, errs.Wrap("signature: lock key", err)
	}
	dek := make([]byte, 32)
	if _, err := rand.Read(dek); err != nil {
		return lockedKey{}, errs.Wrap("signature: lock key", err)
	}
	aead, err := newAEAD(dek)
	if err != nil {
		return lockedKey{}, err
	}
	aad := []byte(id.String())
	wrapped, err := w.Wrap(ctx, purpose, dek, aad)
	if err != nil {
		return lockedKey{}, errs.Wrap("signature: lock key", err)
	}
	return lockedKey{aead.Seal(nil, nil, plain, aad), wrapped}, nil
}

// unlock decrypts the private key of the row id.
func unlock(ctx context.Context, w Wrapper, id KeyID, k lockedKey) (crypto.Signer, error) {
	aad := []byte(id.String())
	dek, err := w.Unwrap(ctx, purpose, k.wrapped, aad)
	if err != nil {
		return nil, errs.Wrap("signature: unlock key", err)
	}
	aead, err := newAEAD(dek)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, k.private, aad)
	if err != nil {
		return nil, errs.Wrap("signature: unlock key", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errs.Wrap("signature: unlock key", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errs.New(errs.Internal, "internal").With("why", "stored key cannot sign")
	}
	return signer, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errs.Wrap("signature: data key", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
