package errs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
)

type sqlState string

func (s sqlState) Error() string    { return string(s) }
func (s sqlState) SQLState() string { return string(s) }

func TestADatabaseThatIsAwayIsNoFaultOfTheCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{sqlState("22021"), Invalid},
		{sqlState("22P05"), Invalid},
		{sqlState("42P01"), Internal},
		{sqlState("22012"), Internal},
		{sqlState("57P01"), Unavailable},
		{sqlState("53100"), Unavailable},
		{sqlState("08006"), Unavailable},
		{sqlState("40001"), Unavailable},
		{&net.OpError{Op: "dial", Err: syscall.ENOENT}, Unavailable},
		{io.ErrUnexpectedEOF, Unavailable},
		{syscall.ENOSPC, Unavailable},
		{context.DeadlineExceeded, Unavailable},
		{context.Canceled, Internal}, // the edge asks for it first
		{&http.MaxBytesError{}, TooLarge},
		{errors.New("a fault"), Internal},
	} {
		if got := KindOf(fmt.Errorf("store: %w", c.err)); got != c.want {
			t.Errorf("%v: %v, want %v", c.err, got, c.want)
		}
		if !errors.Is(As(c.err), c.err) {
			t.Errorf("%v: the cause is lost", c.err)
		}
	}
}
