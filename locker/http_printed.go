package locker

import (
	"net/http"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// printedView is what the genuine document says, to be compared with the paper at hand.
type printedView struct {
	Rows   []web.Row
	Sealed bool
}

// verifyCode answers for the code printed on a paper: a genuine code on a forged paper shows what the genuine one says. reference,
// if given, is the one that stands in the same address.
func (b *Block) verifyCode(w http.ResponseWriter, r *http.Request, form *web.Input, code, reference string) {
	canonical, ok := ids.CheckCode(code)
	if !ok {
		err := errs.New(errs.Invalid, "form_invalid").Field("reference", "reference_invalid")
		b.renderVerify(w, r, http.StatusUnprocessableEntity, verifyView{Form: form}, form.Fail(err))
		return
	}
	hash, err := fromCode(canonical, lookUp)
	if err != nil {
		b.pages.Fail(w, r, errs.Wrap("locker: code", err))
		return
	}
	d, err := b.store.one(r.Context(), pg.System(), selectByCode, hash)
	if errs.KindOf(err) == errs.NotFound || err == nil && reference != "" && !sameReference(d, reference) {
		b.renderVerify(w, r, http.StatusNotFound, verifyView{Form: form, NoCode: true}, nil)
		return
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	p, err := openPrinted(canonical, d)
	if err != nil {
		b.pages.Fail(w, r, errs.Wrap("locker: printed facts", err))
		return
	}
	rows := []web.Row{{Key: web.K("verify.what"), Value: d.Title}, {Key: web.K("document.issuer"), Value: b.orgs.name(r.Context(), d.Issuer)}}
	if p.PersonAr != "" || p.PersonFr != "" {
		rows = append(rows, web.Row{Key: web.K("verify.person"), Value: p.PersonAr + " – " + p.PersonFr})
	}
	if !p.On.IsZero() {
		rows = append(rows, web.Row{Key: web.K("verify.on"), Value: p.On})
	}
	if p.Amount > 0 {
		rows = append(rows, web.Row{Key: web.K("verify.amount"), Value: p.Amount})
	}
	rows = append(rows, web.Row{Key: web.K("document.reference"), Value: web.Ref(d.Reference)}, web.Row{Key: web.K("document.fingerprint"), Value: web.Ref(hexOf(d.SHA256))})
	b.renderVerify(w, r, http.StatusOK, verifyView{Form: form, Printed: &printedView{Rows: rows, Sealed: d.Seal != ""}}, nil)
}

func sameReference(d Document, typed string) bool {
	canonical, ok := ids.CheckReference(typed)
	return ok && canonical == d.Reference
}
