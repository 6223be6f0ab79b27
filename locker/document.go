package locker

import (
	"mime"
	"regexp"
	"time"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/locker/lockerapi"
)

// MaxDocument bounds a document in bytes.
const MaxDocument = 20 << 20

type documentKind struct{}

func (documentKind) Prefix() string { return "doc" }

// DocumentID identifies a document: doc_….
type DocumentID = ids.ID[documentKind]

// Document is a stored document: what the contract tells, and where and under which key its content lies.
type Document struct {
	ID          DocumentID
	Owner       string // subject of the portal's sector
	Kind        string // issued or declared
	Type        string
	Title       i18n.Text
	Issuer      string // organisation code, "" for what the person brought
	Reference   string
	Seal        string // id of the seal
	ContentType string
	Size        int64
	SHA256      []byte
	Source      string // block that stored it
	Key         string // its idempotency key
	Object      string // name in the object store
	ContentKey  []byte // of that object
	At          time.Time
	CodeHash    []byte // of the code printed on it; nil without one
	Printed     []byte // what the paper says, sealed with that code
	Destroyed   bool   // the holder's key was: title and content cannot be opened any more
}

var typeForm = regexp.MustCompile(`^[a-z][a-z-]{1,39}$`)

// CheckNew refuses a document that lacks what it will be found and protected by.
func CheckNew(d lockerapi.NewDocument) error {
	e := errs.New(errs.Invalid, "request_invalid")
	if d.Owner == "" || len(d.Owner) > 200 {
		e = e.Field("owner", "invalid")
	}
	if d.Kind != lockerapi.Issued && d.Kind != lockerapi.Declared || d.Kind == lockerapi.Issued && d.Issuer == "" {
		e = e.Field("kind", "invalid")
	}
	if !typeForm.MatchString(d.Type) {
		e = e.Field("type", "invalid")
	}
	if len(d.Title) == 0 {
		e = e.Field("title", "required")
	}
	if media, _, err := mime.ParseMediaType(d.ContentType); err != nil || media != d.ContentType {
		e = e.Field("content_type", "invalid")
	}
	if d.Key == "" || len(d.Key) > 200 {
		e = e.Field("key", "invalid")
	}
	if code, ok := ids.CheckCode(d.Code); (d.Code != "") != (d.Printed != nil) || d.Code != "" && (!ok || code != d.Code) {
		e = e.Field("code", "invalid")
	}
	return e.OrNil()
}

var extensions = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "application/json": ".json"}

// FileName is the name under which a document is saved: its type and reference, which say nothing about the person.
func (d Document) FileName() string {
	name := d.Type
	if d.Reference != "" {
		name += "-" + d.Reference
	}
	return name + extensions[d.ContentType]
}

// SameFact reports whether a document that comes again under the same key is the one that is stored.
func (d Document) SameFact(n lockerapi.NewDocument, sha256 []byte) bool {
	return d.Owner == n.Owner && string(d.SHA256) == string(sha256)
}
