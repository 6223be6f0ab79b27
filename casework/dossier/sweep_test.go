package dossier

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/law"
)

// multitude is a desk whose commune has many deposited building permits, made in rows as deposits make them.
type multitude struct {
	*Desk
	clock  *clock.Fake
	silent civil.Date // when the law takes effect for all of them
}

const copyDossier = `INSERT INTO dossier (id, reference, ` + copied + `)
	SELECT gen_random_uuid(), 'copy-' || n, ` + copied + ` FROM dossier, generate_series(1, $2) n WHERE id = $1`

const copied = `person, lang, org, unit, state, procedure, revision, seal, sheet, regime, competent, fee,
	created_on, requested, complete_by, deposited, last_day, silence_on, suspended, extension, claimed, deliver_by, escalated, attest_by,
	appeal_by, closed_on, law_version, calendar, trace`

func crowd(b *testing.B, n int) multitude {
	b.Helper()
	clk := clock.On("2026-09-01")
	log := slog.New(slog.DiscardHandler)
	db := pgtest.New(b, "casework", os.DirFS("../migrations"))
	envelope.New(db, envelopetest.New(), clk, Sealed...)
	k := &Desk{DB: db, Clock: clk, Log: log, Book: law.Current(), Jobs: jobs.New(db, clk, log)}
	k.Work() // the queue does not run: mails wait in rows, as they do for a moment in production
	out, err := Deposit(book, bring(permit(), "plan", "title"), clk.Today())
	if err != nil {
		b.Fatal(err)
	}
	err = db.Tx(b.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := Insert(ctx, tx, out.Dossier); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, copyDossier, out.Dossier.ID, n-1); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO due SELECT 'silence', id, org, silence_on FROM dossier`)
		return err
	})
	if err == nil {
		_, err = db.Pool().Exec(b.Context(), `ANALYZE`)
	}
	if err != nil {
		b.Fatal(err)
	}
	return multitude{k, clk, out.Dossier.SilenceOn}
}

var sizes = []int{1_000, 10_000, 50_000}

// BenchmarkSweepFindsNothing is what the sweeper costs every two seconds while no day has come.
func BenchmarkSweepFindsNothing(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := crowd(b, n)
			for b.Loop() {
				if found, err := m.Sweep(b.Context()); err != nil || found != 0 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// BenchmarkSweep records the silence of every dossier: all fall due on the same day, the worst there is. Run it with
// -benchtime 1x; µs/dossier stays level when the work is linear.
func BenchmarkSweep(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				m := crowd(b, n)
				m.clock.Set(time.Date(m.silent.Year(), m.silent.Month(), m.silent.Day(), 1, 0, 0, 0, civil.Casablanca))
				b.StartTimer()
				if found, err := m.Sweep(b.Context()); err != nil || found != n {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/dossier")
		})
	}
}

// BenchmarkInbox is an officer's list when his unit has very many open dossiers.
func BenchmarkInbox(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := crowd(b, n)
			for b.Loop() {
				err := m.DB.Tx(b.Context(), pg.Org("com_1"), func(ctx context.Context, tx pgx.Tx) error {
					_, err := Inbox(ctx, tx, "com_1", "com_1", 100)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
