package citizen

import (
	"html/template"
	"net/http"

	"wasl/casework/dossier"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/qr"
	"wasl/kit/web"
	"wasl/law"
)

type receiptView struct {
	Deposited bool
	Mention   string // key of the mention of art. 10
	Receipt   web.Receipt
	Missing   []i18n.Text
	Dossier   string
	Outcome   any // what silence will mean
	BeReady   bool
}

// receiptPage shows the latest receipt from its committed row: it is there at once, sealed a moment later.
func (k Desk) receiptPage(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	_, papers, err := k.past(r.Context(), pg.Person(v.Subject), id)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	p, ok := latestReceipt(papers)
	if !ok {
		k.Pages.Fail(w, r, errs.New(errs.NotFound, "no_receipt"))
		return
	}
	view, err := k.receiptView(d, p)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	k.Pages.Render(w, r, http.StatusOK, "receipt", web.Page{
		TitleKey: "paper." + string(p.Kind) + ".title", NoIndex: true, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}, {Text: d.Title(), Path: path(d)}},
	})
}

func latestReceipt(papers []dossier.PaperRow) (dossier.PaperRow, bool) {
	for i := len(papers) - 1; i >= 0; i-- {
		if papers[i].Kind == dossier.ReceiptDeposited || papers[i].Kind == dossier.ReceiptBeing {
			return papers[i], true
		}
	}
	return dossier.PaperRow{}, false
}

func (k Desk) receiptView(d dossier.Dossier, p dossier.PaperRow) (receiptView, error) {
	f := p.Facts
	code, err := qr.Encode(k.VerifyURL(f))
	if err != nil {
		return receiptView{}, errs.Wrap("casework: receipt code", err)
	}
	view := receiptView{Deposited: p.Kind == dossier.ReceiptDeposited, Mention: "mention." + string(p.Kind), Missing: f.Missing, Dossier: path(d), BeReady: p.Document == ""}
	rows := []web.Row{
		{Key: web.K("row.procedure"), Value: f.Procedure},
		{Key: web.K("row.administration"), Value: f.Unit},
		{Key: web.K("row.person"), Value: f.PersonAr + " – " + f.PersonFr},
		{Key: web.K("row.requested"), Value: f.On},
	}
	if !f.LastDay.IsZero() {
		rows = append(rows, web.Row{Key: web.K("row.last_day"), Value: f.LastDay, Note: web.K("row.last_day_counts")})
	}
	if view.Deposited && (f.Silence == law.Approval || f.Silence == law.OpenAppeal) {
		view.Outcome = web.K("receipt.silence_"+string(f.Silence), "date", f.LastDay, "after", f.SilenceOn)
	}
	if !view.Deposited {
		rows = append(rows, web.Row{Key: web.K("row.complete_by"), Value: f.CompleteBy})
	}
	view.Receipt = web.Receipt{
		Title: web.K("paper." + string(p.Kind) + ".title"), Issuer: f.Issuer, Reference: web.Ref(f.Reference), Rows: rows,
		QR: template.HTML(code.SVG()), QRCaption: web.K("paper.qr"),
	}
	if p.Document != "" {
		view.Receipt.PDF = "/documents/" + p.Document + "/file"
	}
	return view, nil
}
