package locker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"wasl/kit/envelope"
	"wasl/kit/errs"
)

// objects keeps contents encrypted in an object store: each under a key of its own (kit/envelope), bound to the document's id.
type objects struct {
	bucket *blob.Bucket
	folder string // of the objects when the bucket is a folder, whose files must be made durable by us
}

// openObjects opens the object store: a URL of gocloud.dev/blob, or a folder of the block.
func openObjects(ctx context.Context, url, dir string) (v *objects, err error) {
	v = &objects{}
	if url != "" {
		v.bucket, err = blob.OpenBucket(ctx, url)
		return v, errs.Wrap("locker: object store", err)
	}
	v.folder = filepath.Join(dir, "objects")
	if err := os.MkdirAll(v.folder, 0o700); err != nil {
		return nil, errs.Wrap("locker: object store", err)
	}
	opts := &fileblob.Options{NoTempDir: true, DirFileMode: 0o700, Metadata: fileblob.MetadataDontWrite}
	v.bucket, err = fileblob.OpenBucket(v.folder, opts)
	return v, errs.Wrap("locker: object store", err)
}

// stored is what a content became: where it lies, under which key, its size and hash.
type stored struct {
	Object string
	Key    []byte
	Size   int64
	SHA256 []byte
}

// put encrypts content into a new object. More than MaxDocument bytes are refused as too_large.
func (v *objects) put(ctx context.Context, id DocumentID, content io.Reader) (s stored, err error) {
	s.Key = envelope.NewKey()
	name := uuid.NewString()
	s.Object = name[:2] + "/" + name
	writing, abort := context.WithCancel(ctx)
	defer abort() // before Close: what was written is dropped
	object, err := v.bucket.NewWriter(writing, s.Object, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return s, errs.Wrap("locker: object", err)
	}
	hash := sha256.New()
	if s.Size, err = encrypt(object, io.TeeReader(io.LimitReader(content, MaxDocument+1), hash), s.Key, id); err == nil && s.Size > MaxDocument {
		err = errs.New(errs.TooLarge, "too_large")
	}
	if err != nil {
		abort()
		_ = object.Close()
		return s, errs.Wrap("locker: encrypt", err)
	}
	s.SHA256 = hash.Sum(nil)
	if err := object.Close(); err != nil {
		return s, errs.Wrap("locker: object", err)
	}
	return s, errs.Wrap("locker: object", v.sync(s.Object))
}

// sync makes an object in a folder survive a power cut before a row names it: the file, its directory, and that one's entry.
func (v *objects) sync(object string) error {
	if v.folder == "" {
		return nil
	}
	path := filepath.Join(v.folder, filepath.FromSlash(object))
	for _, name := range []string{path, filepath.Dir(path), v.folder} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func encrypt(w io.Writer, content io.Reader, key []byte, id DocumentID) (int64, error) {
	out, err := envelope.EncryptStream(w, key, id.String())
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, content)
	if err != nil {
		return n, err
	}
	return n, out.Close()
}

// open returns a document's content as it was stored. A changed, cut or exchanged object is an error of the first or a later read,
// never other content.
func (v *objects) open(ctx context.Context, d Document) (io.ReadCloser, error) {
	object, err := v.bucket.NewReader(ctx, d.Object, nil)
	if err != nil {
		return nil, fmt.Errorf("locker: object of %s: %w", d.ID, err)
	}
	plain, err := envelope.DecryptStream(object, d.ContentKey, d.ID.String())
	if err != nil {
		_ = object.Close()
		return nil, errs.Wrap("locker: decrypt", err)
	}
	return &opened{plain: plain, object: object}, nil
}

// drop removes an object that no row names.
func (v *objects) drop(ctx context.Context, object string) error {
	if err := v.bucket.Delete(ctx, object); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return errs.Wrap("locker: drop object", err)
	}
	return nil
}

type opened struct {
	plain  io.Reader
	object io.Closer
}

func (o *opened) Read(b []byte) (int, error) { return o.plain.Read(b) }

func (o *opened) Close() error { return o.object.Close() }
