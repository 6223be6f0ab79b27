package dossier

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/support/supportapi"
)

// MailJob asks support to write to the person. The address stays in the row.
type MailJob struct {
	Dossier  string `json:"dossier"`
	Template string `json:"template"`
	Key      string `json:"key"`
}

// Kind names the job.
func (MailJob) Kind() string { return "dossier_mail" }

// sendMail may run twice: support knows the key. An e-mail says that something happened and leads to the dossier; it never tells
// the case.
func (k *Desk) sendMail(ctx context.Context, job MailJob) error {
	id, err := ids.Parse[dossierKind](job.Dossier)
	if err != nil {
		return errs.Wrap("casework: mail job", err)
	}
	var d Dossier
	err = k.Read(ctx, pg.System(), id, func(_ context.Context, _ pgx.Tx, got Dossier) error {
		d = got
		return nil
	})
	if err != nil || d.Email() == "" {
		return err
	}
	params := map[string]string{"reference": d.Reference, "link": k.PortalURL + "/" + string(d.Lang) + "/dossiers/" + d.ID.String()}
	_, err = k.Support.Send(ctx, supportapi.Message{To: d.Email(), Lang: string(d.Lang), Template: job.Template, Key: job.Key, Params: params})
	return errs.Wrap("casework: mail "+job.Template, err)
}
