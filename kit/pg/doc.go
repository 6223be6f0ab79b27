// Package pg gives every block its own corner of one PostgreSQL: a schema, an owner role that migrates it, a working role
// that may only read and write rows, and transactions that say on whose behalf they run.
//
//	Open ── private server (owned, or joined through its socket)      or a URL
//	  │
//	  └─ Cluster.Block("casework", migrations, conns) ── under one advisory lock:
//	        roles casework_owner, casework · schema casework · the block's migrations (goose)
//	        · the job queue's (River) · the audit tables every block has
//	        └─ DB ── Tx(ctx, pg.Org("com_04.421.01.01"), func(ctx, tx) error { … })
//	                   kit.enter(capability, kind, org, person) first, then the work
//
// Row-level security reads the settings that kit.enter makes and fails closed: with nothing set a guarded table has no rows. A
// restrictive policy, added to each guarded table after the migrations, believes only what kit.enter set in this transaction. The working role
// owns nothing, so it can neither truncate, drop nor alter, nor read another block's schema.
//
// Guarded tables follow one idiom (the NULLIF matters: after a transaction the setting is ” and not NULL):
//
//	ALTER TABLE dossier ENABLE ROW LEVEL SECURITY;
//	ALTER TABLE dossier FORCE ROW LEVEL SECURITY;
//	CREATE POLICY dossier_guard ON dossier USING (
//	    current_setting('wasl.kind', true) = 'system'
//	    OR org = NULLIF(current_setting('wasl.org', true), '')
//	    OR person = NULLIF(current_setting('wasl.person', true), ''));
//	CREATE UNIQUE INDEX dossier_org_id ON dossier (org, id); -- a cached plan would otherwise walk all rows of an organisation
package pg
