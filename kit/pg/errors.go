package pg

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wasl/kit/errs"
)

// code returns the SQLSTATE of err, or "".
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// NoRows reports whether a query that expects a row found none.
func NoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// Violates reports whether err is the breach of one of the named constraints or unique indexes; of any when none is named.
func Violates(err error, constraints ...string) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) != 5 || e.Code[:2] != "23" {
		return false
	}
	for _, c := range constraints {
		if c == e.ConstraintName {
			return true
		}
	}
	return len(constraints) == 0
}

// Unique reports whether err says that the row is there already (23505), by the named index if one is given.
func Unique(err error, index ...string) bool { return code(err) == "23505" && Violates(err, index...) }

// Retryable reports whether the same transaction may succeed when run again: serialisation, deadlock, or a server that went away.
func Retryable(err error) bool {
	switch code(err) {
	case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300":
		return true
	}
	return pgconn.SafeToRetry(err)
}

// Err wraps a store's error with its operation and gives it a kind: no row is NotFound "not_found", a row that is there already
// is Conflict "already_exists", a broken rule of the database (23514, also at commit) is Conflict "rule_broken", a server that is
// away or busy is Unavailable "try_again", a value that no row can hold is Invalid. An error of kit/errs keeps its own.
func Err(op string, err error) error {
	var e *errs.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return errs.Wrap(op, err)
	case NoRows(err):
		err = errs.New(errs.NotFound, "not_found").Cause(err)
	case Unique(err):
		err = errs.New(errs.Conflict, "already_exists").Cause(err)
	case code(err) == "23514":
		err = errs.New(errs.Conflict, "rule_broken").Cause(err)
	case errs.KindOf(err) != errs.Internal:
		err = errs.As(err)
	}
	return errs.Wrap(op, err)
}
