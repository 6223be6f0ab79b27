package pgtest

import (
	"slices"
	"strings"
	"testing"

	"wasl/kit/pg"
)

const (
	ours = `c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname NOT LIKE 'river\_%' AND c.relname NOT IN ('schema_version', 'kit_version', 'audit', 'audit_batch', 'audit_rollback', 'audit_lost', 'audit_compared', 'envelope_key', 'owner_key')`

	unguarded = `SELECT c.relname FROM pg_class c WHERE ` + ours + ` AND NOT (c.relrowsecurity AND c.relforcerowsecurity
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY 1`

	// A policy of the working role that does not ask for the principal shows rows to nobody in particular.
	careless = `
SELECT c.relname || '.' || p.polname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
WHERE ` + ours + ` AND p.polpermissive AND (p.polroles = '{0}' OR (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles))
  AND coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), '') NOT LIKE '%current_setting(''wasl.%'
ORDER BY 1`

	// Without the restrictive policy the settings alone would decide, which any statement can change.
	unvouched = `SELECT c.relname FROM pg_class c WHERE ` + ours + ` AND c.relrowsecurity
  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'vouched' AND NOT p.polpermissive AND p.polcmd = '*'
    AND p.polroles = ARRAY[(SELECT oid FROM pg_roles WHERE rolname = current_user)]) ORDER BY 1`

	slow = `
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org'
WHERE ` + ours + ` AND c.relrowsecurity
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum) ORDER BY 1`

	// Rows that do not live as long as what they are about are swept by their end, which never reads the whole table.
	scanned = `
SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE ` + ours + ` AND (a.attname LIKE 'expires%' OR col_description(c.oid, a.attnum) ~ '; swept$')
  AND col_description(c.oid, a.attnum) !~ 'retention=life'
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND pg_get_indexdef(i.indexrelid, 1, false) ~ ('\m' || a.attname || '\M')) ORDER BY 1`

	definers = `
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prosecdef
  AND NOT coalesce(array_to_string(p.proconfig, ' '), '') LIKE '%search_path=%pg_temp%' ORDER BY 1`

	powers = `
SELECT c.relname || ' ' || privilege FROM pg_class c, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, privilege)
UNION ALL SELECT 'schema CREATE' WHERE has_schema_privilege(current_schema(), 'CREATE')
UNION ALL SELECT 'BYPASSRLS' FROM pg_roles WHERE rolname = current_user AND (rolbypassrls OR rolsuper) ORDER BY 1`
)

// CheckGuards fails the test for every table of the block without row-level security, unless open names it with the reason
// ("due: no personal data, the sweeper reads it"); for a policy that does not ask who; for a guarded table whose organisation no
// index leads with, or a column by which rows end; for a SECURITY DEFINER function without a search path of its own; and for what
// the working role may do beyond reading and writing rows. The audit tables and the key tables, which every block has, hold salted
// hashes and wrapped keys and are open.
func CheckGuards(t testing.TB, db *pg.DB, open ...string) {
	t.Helper()
	bare := list(t, db, unguarded)
	for _, o := range open {
		table, reason, _ := strings.Cut(o, ": ")
		i := slices.Index(bare, table)
		if i < 0 || reason == "" {
			t.Errorf("%s: %q opens no unguarded table, or says no reason", db.Name(), o)
			continue
		}
		bare = slices.Delete(bare, i, i+1)
	}
	for _, f := range []struct {
		found []string
		fault string
	}{
		{bare, "table %s.%s has no forced row-level security and is not named as open"},
		{list(t, db, careless), "policy %s.%s does not ask for the principal"},
		{list(t, db, unvouched), "table %s.%s believes the settings of whoever sends statements"},
		{list(t, db, slow), "table %s.%s is guarded by org without an index that leads with it"},
		{list(t, db, scanned), "column %s.%s says when rows end, and no index leads with it"},
		{list(t, db, definers), "function %s.%s is SECURITY DEFINER without a search_path that ends in pg_temp"},
		{list(t, db, powers), "role %s may do more than read and write rows: %s"},
	} {
		for _, name := range f.found {
			t.Errorf(f.fault, db.Name(), name)
		}
	}
}
