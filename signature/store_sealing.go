package signature

import (
	"bytes"
	"context"
	"errors"

	"wasl/kit/cms"
	"wasl/kit/cms/pades"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pdf/syntax"
)

// sealed makes the seal that a request asks for, or gives back the one that its key gave before. out is the sealed file,
// or the detached signature.
func (b *Block) sealed(ctx context.Context, r Request) (seal Seal, out []byte, err error) {
	if err := r.Check(); err != nil {
		return Seal{}, nil, err
	}
	seal, err = b.store.sealByKey(ctx, r.Caller, r.Key)
	if err == nil {
		return b.again(ctx, seal, r)
	}
	if errs.KindOf(err) != errs.NotFound {
		return Seal{}, nil, err
	}
	seal, out, err = b.make(ctx, r)
	switch {
	case errs.CodeOf(err) == "already_exists": // the same request, at the same time
		if seal, err = b.store.sealByKey(ctx, r.Caller, r.Key); err == nil {
			return b.again(ctx, seal, r)
		}
	case errs.CodeOf(err) == "key_revoked":
		b.authority.forget(r.Org)
	}
	return seal, out, err
}

// make signs, stamps and saves.
func (b *Block) make(ctx context.Context, r Request) (seal Seal, out []byte, err error) {
	key, err := b.authority.sealKey(ctx, r.Org, r.OrgName)
	if err != nil {
		return Seal{}, nil, err
	}
	now := b.clock.Now().UTC().Truncate(1e9) // a token's time is in whole seconds
	seal = Seal{
		ID: ids.New[sealKind](), Caller: r.Caller, Key: r.Key, Digest: r.Digest(), Org: r.Org, Form: r.Form,
		KeyID: key.id, Level: LevelOf(onRequest), SealedAt: now,
	}
	stamp := func(_ context.Context, imprint []byte) ([]byte, error) {
		return b.authority.stamp.Stamp(cms.StampRequest{Imprint: imprint, Certificates: true}, now)
	}
	if r.Form == OnBytes {
		seal.SHA256 = digestOf(r.Input)
		seal.CMS, err = cms.SignDetached(ctx, key.signer, seal.SHA256, stamp)
		out = seal.CMS
	} else {
		var made pades.Sealed
		made, err = pades.Seal(ctx, r.Input, key.signer, options(r, seal), stamp)
		out, seal.CMS, seal.Reserve, seal.SHA256 = made.PDF, made.CMS, made.Reserve, digestOf(made.PDF)
	}
	if err != nil {
		return Seal{}, nil, refuse(err)
	}
	seal, err = b.store.putSeal(ctx, b.clock, seal)
	return seal, out, err
}

// again gives the sealed file of an earlier request from the bytes that it brings once more.
func (b *Block) again(ctx context.Context, seal Seal, r Request) (Seal, []byte, error) {
	if !bytes.Equal(seal.Digest, r.Digest()) {
		return Seal{}, nil, errs.New(errs.Conflict, "seal_key_reused")
	}
	if seal.Form == OnBytes {
		return seal, seal.CMS, nil
	}
	key, err := b.store.key(ctx, selectKey, seal.KeyID)
	if err != nil {
		return Seal{}, nil, err
	}
	prepared, err := pades.Prepare(r.Input, cms.Signer{Certificate: key.certificate}, options(r, seal))
	if err != nil {
		return Seal{}, nil, refuse(err)
	}
	out, err := prepared.Insert(seal.CMS)
	if err == nil && !bytes.Equal(digestOf(out), seal.SHA256) {
		err = errs.New(errs.Internal, "internal").With("why", "seal cannot be made again")
	}
	return seal, out, err
}

func options(r Request, s Seal) pades.Options {
	return pades.Options{Name: r.OrgName, Reason: r.Reason, Time: s.SealedAt, Reserve: s.Reserve}
}

// refuse says of a file that cannot be sealed that it is the file's fault.
func refuse(err error) error {
	if errors.Is(err, syntax.ErrMalformed) || errors.Is(err, syntax.ErrUnsupported) {
		return errs.New(errs.Invalid, "pdf_unreadable").Cause(err)
	}
	return errs.Wrap("signature: seal", err)
}
