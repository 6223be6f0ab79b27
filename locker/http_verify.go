package locker

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/proof"
	"wasl/kit/web"
)

type verifyView struct {
	Form      *web.Input
	Report    *reportView
	Reference web.Ref
	Found     []foundView
	Missing   bool
	Printed   *printedView // of the code that was given
	NoCode    bool         // no document has that code
}

// reportView is a validation in words.
type reportView struct {
	Verdict string
	Tag     web.Tag
	Sealers []Sealer
	Reasons []string
	SHA256  web.Ref
	Known   *foundView // the very same file is registered
	Logged  bool       // its seal stands in the evidence log at Index: the proof was checked
	Index   uint64
}

// foundView is a registered document without anything about its holder.
type foundView struct {
	Type   any
	Issuer any
	At     any
	SHA256 web.Ref
	Sealed bool
}

// maxUpload leaves room for the form around a document.
const maxUpload = MaxDocument + 64<<10

// verifyPage asks for a PDF or a reference, or answers for the reference of its address: the target of the QR codes on receipts and
// decisions. It tells nothing about persons unless the code printed on a document is given too.
func (b *Block) verifyPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	reference := r.PathValue("reference")
	for _, name := range []string{"ref", "reference"} {
		if reference == "" {
			reference = strings.TrimSpace(q.Get(name))
		}
	}
	if reference == "" {
		b.renderVerify(w, r, http.StatusOK, verifyView{}, nil)
		return
	}
	if code := q.Get("c"); code != "" {
		b.verifyCode(w, r, web.Filled("reference", code), code, reference)
		return
	}
	b.verifyReference(w, r, web.Filled("reference", reference), reference)
}

// verifyReference looks a reference up, or the code that was typed in its place.
func (b *Block) verifyReference(w http.ResponseWriter, r *http.Request, form *web.Input, reference string) {
	if code, ok := ids.CheckCode(reference); ok {
		b.verifyCode(w, r, form, code, "")
		return
	}
	canonical, ok := ids.CheckReference(reference)
	if !ok {
		err := errs.New(errs.Invalid, "form_invalid").Field("reference", "reference_invalid")
		b.renderVerify(w, r, http.StatusUnprocessableEntity, verifyView{Form: form}, form.Fail(err))
		return
	}
	documents, err := b.store.many(r.Context(), pg.System(), selectByReference, canonical)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := verifyView{Form: form, Reference: web.Ref(canonical)}
	for _, d := range documents {
		v.Found = append(v.Found, b.found(r, d))
	}
	status := http.StatusOK
	if v.Missing = len(v.Found) == 0; v.Missing {
		status = http.StatusNotFound
	}
	b.renderVerify(w, r, status, v, nil)
}

func (b *Block) found(r *http.Request, d Document) foundView {
	return foundView{
		Type: typeName(d.Type), Issuer: b.orgs.name(r.Context(), d.Issuer), At: d.At, SHA256: web.Ref(hexOf(d.SHA256)), Sealed: d.Seal != "",
	}
}

func (b *Block) verifyForm(w http.ResponseWriter, r *http.Request) {
	in, err := web.Form(r, maxUpload)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	file, uploaded := in.File("file")
	if reference := in.Get("reference"); reference != "" && !uploaded {
		b.verifyReference(w, r, in, reference)
		return
	}
	if err := checkUpload(file, uploaded); err != nil {
		b.renderVerify(w, r, http.StatusUnprocessableEntity, verifyView{Form: in}, in.Fail(err))
		return
	}
	report, err := b.report(r, file.Data)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.renderVerify(w, r, http.StatusOK, verifyView{Form: in, Report: report}, nil)
}

func checkUpload(f web.File, uploaded bool) error {
	e := errs.New(errs.Invalid, "form_invalid")
	switch {
	case !uploaded:
		return e.Field("file", "file_required")
	case len(f.Data) > MaxDocument:
		return e.Field("file", "file_too_large", "max", "20")
	case f.ContentType != "application/pdf":
		return e.Field("file", "file_not_pdf")
	}
	return nil
}

func (b *Block) renderVerify(w http.ResponseWriter, r *http.Request, status int, v verifyView, err error) {
	w.Header().Set("Cache-Control", "no-store")
	b.pages.Render(w, r, status, "verify", web.Page{TitleKey: "verify.title", NoIndex: r.URL.RawQuery != "", Errors: err, Data: v})
}

// validate checks a stored PDF like any other: its bytes are sent to the trust services.
func (b *Block) validate(r *http.Request, d Document) (*reportView, error) {
	c, err := b.open(r.Context(), d, Activity{})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	file, err := io.ReadAll(c)
	if err != nil {
		return nil, errs.Wrap("locker: validate", err)
	}
	return b.report(r, file)
}

// report has a PDF validated and adds what the locker knows: whether this very file is registered, and its place in the evidence log.
func (b *Block) report(r *http.Request, file []byte) (*reportView, error) {
	report, err := b.seals.Validate(r.Context(), file)
	if err != nil {
		return nil, err
	}
	verdict := verdictOf(report)
	sum := sha256.Sum256(file)
	v := &reportView{
		Verdict: string(verdict), Tag: web.Tag{Kind: kindOf(verdict), Text: web.K("verdict." + string(verdict))}, Sealers: Sealers(report),
		Reasons: Reasons(report), SHA256: web.Ref(hex.EncodeToString(sum[:])),
	}
	known, err := b.store.many(r.Context(), pg.System(), selectBySHA256, sum[:])
	if err != nil || len(known) == 0 {
		return v, err
	}
	found := b.found(r, known[0])
	v.Known = &found
	v.Index, v.Logged = b.logged(r, known[0])
	return v, nil
}

// logged returns the place of a document's seal in the evidence log after checking the proof. While the log has not taken it yet, or
// when the proof does not hold, the page claims nothing.
func (b *Block) logged(r *http.Request, d Document) (index uint64, ok bool) {
	file, err := b.sealProof(r.Context(), d)
	if err != nil {
		return 0, false
	}
	key, _, err := b.custody.Verifier(r.Context())
	if err != nil {
		return 0, false
	}
	result, err := proof.Verify(file, key)
	if err != nil {
		b.deps.Log.WarnContext(r.Context(), "a seal's evidence proof does not hold", "document", d.ID.String(), "error", err)
		return 0, false
	}
	return result.Index, true
}
