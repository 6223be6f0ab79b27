package dossier

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/casework/figure"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// Rule decides on a dossier that is locked for the decision.
type Rule func(Dossier) (Outcome, error)

// Decide runs one rule: load for update, decide, save, audit entry, jobs, in one transaction of the principal, then waits a
// moment for the work that follows the commit. org is the administration that acts, "" for the person himself.
func (k *Desk) Decide(ctx context.Context, p pg.Principal, id ID, org string, rule Rule) (Dossier, error) {
	d, work, err := k.decide(ctx, p, id, org, rule)
	if err != nil {
		return Dossier{}, err
	}
	k.await(ctx, work)
	return d, nil
}

// decide is Decide without the wait; it returns the numbers of the jobs that follow.
func (k *Desk) decide(ctx context.Context, p pg.Principal, id ID, org string, rule Rule) (d Dossier, work []int64, err error) {
	err = k.DB.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		before, err := load(ctx, tx, lockDossier, id)
		if err != nil {
			return err
		}
		out, err := rule(before)
		if err != nil {
			return err
		}
		d = out.Dossier
		work, err = k.save(ctx, tx, before, out, org)
		return err
	})
	return d, work, err
}

// Read runs fn on a dossier as its principal sees it.
func (k *Desk) Read(ctx context.Context, p pg.Principal, id ID, fn func(ctx context.Context, tx pgx.Tx, d Dossier) error) error {
	return k.DB.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		d, err := Load(ctx, tx, id)
		if err != nil {
			return err
		}
		return fn(ctx, tx, d)
	})
}

// Mine returns the latest dossiers of a person.
func (k *Desk) Mine(ctx context.Context, person string, limit int) (out []Dossier, err error) {
	err = k.DB.Tx(ctx, pg.Person(person), func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = ByPerson(ctx, tx, person, limit)
		return err
	})
	return out, err
}

// save writes an outcome and returns the numbers of the jobs that follow it.
func (k *Desk) save(ctx context.Context, tx pgx.Tx, before Dossier, out Outcome, org string) ([]int64, error) {
	d := out.Dossier
	for _, step := range []func() error{
		func() error { return saveGrants(ctx, tx, d, out.Grants, k.Clock.Today()) },
		func() error { return update(ctx, tx, d) },
		func() error { return savePieces(ctx, tx, d) },
		func() error { return saveRequests(ctx, tx, d) },
		func() error { return saveEvents(ctx, tx, d, out.Events) },
		func() error { return saveDue(ctx, tx, d) },
		func() error { return k.audit(ctx, tx, out, org) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	work, err := k.follow(ctx, tx, out)
	if err != nil {
		return nil, err
	}
	return work, figure.Save(ctx, tx, d.Org, d.ID.UUID(), Counts(before, out))
}

func (k *Desk) audit(ctx context.Context, tx pgx.Tx, out Outcome, org string) error {
	if out.Act == "" {
		return nil
	}
	detail := maps.Clone(out.Detail)
	if detail == nil {
		detail = map[string]string{}
	}
	detail["reference"] = out.Dossier.Reference
	_, err := audit.Record(ctx, tx, k.Clock, audit.Entry{Act: out.Act, Object: out.Dossier.ID.String(), Org: org, Subject: out.Dossier.Person, Detail: detail})
	return errs.Wrap("casework: audit", err)
}

// follow inserts the jobs of an outcome: the sealed documents first, then the e-mails.
func (k *Desk) follow(ctx context.Context, tx pgx.Tx, out Outcome) (work []int64, err error) {
	d := out.Dossier
	add := func(args jobArgs) error {
		n, err := k.Jobs.Insert(ctx, tx, args, nil)
		work = append(work, n)
		return err
	}
	for _, p := range out.Papers {
		id, err := savePaper(ctx, tx, d, p, k.Clock.Now().UTC().Truncate(time.Second))
		if err != nil {
			return nil, err
		}
		if err := add(PaperJob{Paper: id.String()}); err != nil {
			return nil, err
		}
	}
	for _, template := range out.Mails {
		key := d.ID.String() + "/" + out.Act + "/" + template + "/" + strconv.Itoa(len(d.Requests))
		if d.Email() == "" {
			continue
		}
		if err := add(MailJob{Dossier: d.ID.String(), Template: template, Key: key}); err != nil {
			return nil, err
		}
	}
	return work, nil
}

// await gives the work that follows a commit a moment, so that the next page already shows the sealed document.
func (k *Desk) await(ctx context.Context, work []int64) {
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	for _, id := range work {
		k.Jobs.Soon(ctx, id, soon)
	}
}
