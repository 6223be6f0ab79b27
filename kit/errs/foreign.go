package errs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// foreign gives an error that no block made its kind: what a library says of the database, the network, the disk or the body of a
// request. So a database that is away is a 503 everywhere, and text that no column can hold a 422, whoever forgot to ask.
func foreign(err error) *Error {
	var big *http.MaxBytesError
	var sql interface{ SQLState() string }
	switch {
	case errors.As(err, &big):
		return New(TooLarge, "too_large")
	case errors.As(err, &sql):
		return ofSQL(sql.SQLState())
	case away(err):
		return New(Unavailable, "try_again")
	}
	return New(Internal, "internal")
}

// refusedValues are the SQLSTATEs of a value that no row can hold: not text (22021, 22P05), too long (22001, 54000), out of range
// (22003). Others of class 22 are faults of ours.
var refusedValues = map[string]bool{"22021": true, "22P05": true, "22001": true, "54000": true, "22003": true}

// passing are the SQLSTATEs, and classes of them, that end by themselves or by an operator: connection (08), resources and disk
// (53), the server's own stop and start (57P), its files (58), a standby that became the first (25006), a conflict of two
// transactions (40001, 40P01, 55P03), a statement that took too long (57014).
var passing = []string{"08", "53", "57P", "58", "25006", "40001", "40P01", "55P03", "57014"}

func ofSQL(state string) *Error {
	if refusedValues[state] {
		return New(Invalid, "request_invalid")
	}
	for _, p := range passing {
		if strings.HasPrefix(state, p) {
			return New(Unavailable, "try_again")
		}
	}
	return New(Internal, "internal")
}

// away tells whether err says that the other side is not there, or has no time or room.
func away(err error) bool {
	var network net.Error
	var retry interface{ SafeToRetry() bool } // pgx: nothing of the query has reached the server
	if errors.As(err, &retry) && retry.SafeToRetry() {
		return true
	}
	if errors.As(err, &network) && !errors.Is(err, context.Canceled) {
		return true // context.DeadlineExceeded is one too
	}
	for _, gone := range []error{io.ErrUnexpectedEOF, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}
