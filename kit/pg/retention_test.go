package pg_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg/pgtest"
)

// diary has a journal that is kept three months, and letters that are kept a year and stand in rows that a later page names.
var diary = fstest.MapFS{"00001_diary.sql": {Data: []byte(`-- +goose Up
CREATE TABLE page (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER TABLE page ENABLE ROW LEVEL SECURITY;
ALTER TABLE page FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON page TO diary USING (current_setting('wasl.kind', true) = 'system');
CREATE TABLE page_rest PARTITION OF page DEFAULT;
CREATE INDEX page_rest_at ON page_rest (at);
REVOKE ALL ON page_rest FROM diary;
COMMENT ON COLUMN page.id IS 'class=internal; retention=3mo';
COMMENT ON COLUMN page.at IS 'class=internal; retention=3mo';
SELECT journal_months('2026-01-15');

CREATE TABLE letter (id bigint PRIMARY KEY, done_at timestamptz);
CREATE INDEX letter_done ON letter (done_at) WHERE done_at IS NOT NULL;
ALTER TABLE letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE letter FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON letter TO diary USING (current_setting('wasl.kind', true) = 'system');
CREATE POLICY expiry ON letter TO diary_owner USING (true);
REVOKE DELETE ON letter FROM diary;
COMMENT ON COLUMN letter.id IS 'class=internal; retention=1y';
COMMENT ON COLUMN letter.done_at IS 'class=internal; retention=1y; swept';
CREATE TABLE reply (id bigint PRIMARY KEY, letter bigint NOT NULL REFERENCES letter (id));
COMMENT ON COLUMN reply.id IS 'class=internal; retention=1y';
COMMENT ON COLUMN reply.letter IS 'class=internal; retention=1y';
`)}}

func TestWhatColumnsSayOfRetentionIsDone(t *testing.T) {
	db := pgtest.New(t, "diary", diary)
	ctx, pool := t.Context(), db.Pool()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	conf, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conf.Database = pool.Config().ConnConfig.Database
	super, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(ctx)
	owner := func(query string, args ...any) (n int) {
		t.Helper()
		if err := super.QueryRow(ctx, query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, at := range []string{"2026-01-31", "2026-02-01", "2026-04-30", "2025-06-01", "2026-05-01"} {
		owner(`WITH w AS (INSERT INTO diary.page VALUES (gen_random_uuid(), $1) RETURNING 1) SELECT count(*) FROM w`, day(at))
	}
	owner(`WITH w AS (INSERT INTO diary.letter SELECT n, timestamptz '2026-01-01' FROM generate_series(1, 12000) n RETURNING 1) SELECT count(*) FROM w`)
	owner(`WITH w AS (INSERT INTO diary.letter VALUES (20001, '2026-06-01'), (20002, NULL) RETURNING 1) SELECT count(*) FROM w`)

	pages := func(partition string) int { return owner(`SELECT count(*) FROM diary.` + partition) }
	for _, at := range []string{"2026-01-20", "2026-04-20", "2026-04-20", "2026-05-02"} { // a day at a time, and twice on one
		if err := db.Retain(ctx, day(at)); err != nil {
			t.Fatal(err)
		}
	}
	if n := pages("page"); n != 3 {
		t.Errorf("%d pages are left of five: January and what no month took are over, the newest months survive any cut", n)
	}
	if n := owner(`SELECT count(*) FROM diary.letter`); n != 12002 {
		t.Errorf("letters go before their time: %d", n)
	}
	if err := db.Retain(ctx, day("2027-01-02")); err != nil {
		t.Fatal(err)
	}
	if n := owner(`SELECT count(*) FROM diary.letter`); n != 2 {
		t.Errorf("%d letters are left", n)
	}
	owner(`WITH w AS (INSERT INTO diary.reply VALUES (1, 20001) RETURNING 1) SELECT count(*) FROM w`)
	if err := db.Retain(ctx, day("2027-06-02")); err != nil {
		t.Errorf("a row that is still named stops the sweep: %v", err)
	}
	if _, err := pool.Exec(ctx, `DELETE FROM letter`); err == nil {
		t.Error("the working role deletes what it likes")
	}
	if n := owner(`SELECT count(*) FROM pg_inherits WHERE has_table_privilege('diary', inhrelid, 'SELECT, INSERT, UPDATE, DELETE')`); n > 0 {
		t.Errorf("%d months are reached beside the journal's guard", n)
	}
	if _, err := pool.Exec(ctx, `SELECT journal_month('page', 'at', '2030-01-01')`); err == nil || !strings.Contains(err.Error(), "permission") {
		t.Errorf("the working role makes partitions: %v", err)
	}
}
