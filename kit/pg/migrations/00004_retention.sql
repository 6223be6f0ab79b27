-- +goose Up
-- What the comments of columns say of retention is done here, for every block alike: a journal stands in partitions by months of UTC
-- and whole months are dropped; the rows of a table whose column is marked "swept" go a batch at a time, the oldest first. The
-- working role may call the two functions and delete nothing of these tables otherwise.
-- +goose StatementBegin
DO $do$
DECLARE s name := current_schema();
BEGIN
EXECUTE format($f$
CREATE FUNCTION retention_of(tab regclass, col name) RETURNS interval LANGUAGE sql STABLE SET search_path = %1$I, pg_temp AS $$
    SELECT CASE m[2] WHEN 'h' THEN make_interval(hours => m[1]::integer) WHEN 'd' THEN make_interval(days => m[1]::integer)
        WHEN 'mo' THEN make_interval(months => m[1]::integer) WHEN 'y' THEN make_interval(years => m[1]::integer) END
    FROM regexp_match(col_description(tab, (SELECT attnum FROM pg_attribute WHERE attrelid = tab AND attname = col)),
        'retention=(\d+)(h|d|mo|y)(;|$)') AS m
$$$f$, s);

-- The partition of one month of a journal; false when it is there, or the default partition has rows of it.
EXECUTE format($f$
CREATE FUNCTION journal_month(journal regclass, col name, month timestamp) RETURNS boolean LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS $$
DECLARE
    whole name := (SELECT relname FROM pg_class WHERE oid = journal);
    part name := whole || '_' || to_char(month, 'YYYYMM');
    low timestamptz := month AT TIME ZONE 'UTC';
    high timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
    late boolean;
BEGIN
    IF to_regclass(quote_ident(part)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %%I WHERE %%I >= $1 AND %%2$I < $2)', whole || '_rest', col) INTO late USING low, high;
    IF late THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %%I PARTITION OF %%I FOR VALUES FROM (%%L) TO (%%L)', part, whole, low, high);
    EXECUTE format('REVOKE ALL ON %%I FROM %1$I', part); -- only through the journal, whose policies guard it
    RETURN true;
END $$$f$, s);

-- Makes the partitions of this month and the next three of each journal, and drops those whose retention is over.
EXECUTE format($f$
CREATE FUNCTION journal_months(now timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $$
DECLARE
    first timestamp := date_trunc('month', now AT TIME ZONE 'UTC');
    j record;
    part name;
    changed integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('%1$s.journal_months'));
    FOR j IN SELECT c.oid::regclass AS tab, c.relname AS name, a.attname AS col, retention_of(c.oid, a.attname) AS keep
        FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
        WHERE c.relnamespace = '%1$s'::regnamespace AND p.partstrat = 'r'
    LOOP
        FOR i IN 0..3 LOOP
            changed := changed + journal_month(j.tab, j.col, first + make_interval(months => i))::integer;
        END LOOP;
        CONTINUE WHEN j.keep IS NULL;
        FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = j.tab AND c.relname ~ ('^' || j.name || '_\d{6}$')
            AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now AT TIME ZONE 'UTC') - j.keep
        LOOP
            EXECUTE format('DROP TABLE %%I', part);
            changed := changed + 1;
        END LOOP;
    END LOOP;
    RETURN changed;
END $$$f$, s);

-- Deletes at most so many rows of each swept table, and of what no month of a journal took; returns the most of one table.
EXECUTE format($f$
CREATE FUNCTION expire(now timestamptz, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $$
DECLARE
    t record;
    n integer;
    largest integer := 0;
BEGIN
    FOR t IN SELECT c.relname AS name, a.attname AS col, retention_of(c.oid, a.attname) AS keep FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND col_description(c.oid, a.attnum) ~ '; swept$'
            WHERE c.relnamespace = '%1$s'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
        UNION ALL SELECT c.relname || '_rest', a.attname, retention_of(c.oid, a.attname)
            FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
            WHERE c.relnamespace = '%1$s'::regnamespace AND p.partstrat = 'r'
        ORDER BY 1
    LOOP
        CONTINUE WHEN t.keep IS NULL;
        BEGIN
            EXECUTE format('DELETE FROM %%1$I WHERE ctid = ANY(ARRAY(SELECT ctid FROM %%1$I WHERE %%2$I < $1 ORDER BY %%2$I LIMIT $2))', t.name, t.col)
                USING now - t.keep, most;
            GET DIAGNOSTICS n = ROW_COUNT;
            largest := greatest(largest, n);
        EXCEPTION WHEN foreign_key_violation THEN NULL; -- what still names them is younger: they go with it
        END;
    END LOOP;
    RETURN largest;
END $$$f$, s);

EXECUTE 'REVOKE ALL ON FUNCTION retention_of(regclass, name), journal_month(regclass, name, timestamp), journal_months(timestamptz),
    expire(timestamptz, integer) FROM PUBLIC';
EXECUTE format('GRANT EXECUTE ON FUNCTION journal_months(timestamptz), expire(timestamptz, integer) TO %I', s);
END $do$;
-- +goose StatementEnd
