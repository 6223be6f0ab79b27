package portal

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/civil"
	"wasl/kit/pg"
)

const (
	insertAppointment = `
INSERT INTO appointment (id, subject, org, org_name, unit, unit_name, roles, starts, ends, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`
	appointmentsOf = `
SELECT id, subject, org, org_name, unit, unit_name, roles, starts, ends FROM appointment
WHERE subject = $1 AND starts <= $2 AND (ends IS NULL OR ends >= $2) ORDER BY org, unit, id`
)

// saveAppointment keeps an appointment; a second call with the same fact
// changes nothing.
func (b *Block) saveAppointment(ctx context.Context, a Appointment) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, insertAppointment, a.ID, a.Subject, a.Org, a.OrgName, a.Unit, a.UnitName, a.Roles, a.From, a.Until, b.d.Clock.Now())
		if err != nil || tag.RowsAffected() == 0 {
			return pg.Err("portal: save appointment", err)
		}
		_, err = audit.Record(ctx, tx, b.d.Clock, audit.Entry{
			Act: "appointment.made", Object: a.ID.String(), Org: a.Org, Subject: a.Subject, Detail: map[string]string{"unit": a.Unit},
		})
		return err
	})
}

// appointments lists what a person is appointed to on a day.
func (b *Block) appointments(ctx context.Context, subject string, today civil.Date) ([]Appointment, error) {
	rows, err := b.db.Pool().Query(ctx, appointmentsOf, subject, today)
	if err != nil {
		return nil, pg.Err("portal: list appointments", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Appointment, err error) {
		err = row.Scan(&a.ID, &a.Subject, &a.Org, &a.OrgName, &a.Unit, &a.UnitName, &a.Roles, &a.From, &a.Until)
		return a, err
	})
	return list, pg.Err("portal: list appointments", err)
}
