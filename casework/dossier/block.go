package dossier

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wasl/catalog/catalogapi"
	"wasl/exchange/exchangeapi"
	"wasl/kit/clock"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/law"
	"wasl/locker/lockerapi"
	"wasl/payment/paymentapi"
	"wasl/signature/signatureapi"
	"wasl/support/supportapi"
)

// Desk is what pages, API and jobs of dossiers share: the rows, the law, and the institutions that are asked.
type Desk struct {
	DB        *pg.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Book      law.Book
	Jobs      *jobs.Jobs
	Pages     *web.Pages
	PortalURL string     // public origin, for addresses on paper and in e-mails
	Pictures  sync.Mutex // one file is examined at a time: a picture takes much more memory than its file

	Catalog   *catalogapi.Client
	Payment   *paymentapi.Client
	Exchange  *exchangeapi.Client
	Locker    *lockerapi.Client
	Signature *signatureapi.Client
	Support   *supportapi.Client
}

// soon is how long a page waits for the work that follows its commit.
const soon = 400 * time.Millisecond

// Work registers what is done in the background: documents, e-mails, and the sweep of due dates.
func (k *Desk) Work() {
	jobs.Handle(k.Jobs, k.makePaper)
	jobs.Handle(k.Jobs, k.sendMail)
	jobs.Every(k.Jobs, "silence", sweepEvery, func(ctx context.Context) error {
		_, err := k.Sweep(ctx)
		return err
	})
}

// Queries lists every statement, for the test that has them planned.
func Queries() []string {
	return []string{
		selectDossier, lockDossier, selectList, selectInbox, selectGranted, selectDraft, insertDossier, updateDossier, upsertDue,
		deleteDue, selectDue, selectPieces, upsertPiece, deletePieces, selectRequests, upsertRequest, insertEvent, selectEvents, insertGrant,
		insertPaper, selectPapers, selectPaper, updatePaper,
	}
}
