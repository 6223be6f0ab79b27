package block

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadyzNamesWhatDoesNotHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := NewReady(slog.New(slog.NewTextHandler(&log, nil)))
		full := errors.New("no space left")
		r.Check("disk", func(context.Context) error { return full })
		r.Check("database", func(context.Context) error { return nil })
		r.Check("keys", func(context.Context) error { time.Sleep(time.Minute); return nil })
		for range 3 {
			if got := r.Failing(t.Context()); !slices.Equal(got, []string{"disk", "keys"}) {
				t.Fatal(got)
			}
			time.Sleep(checkAgain)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 2 {
			t.Errorf("%d lines for two troubles:\n%s", n, log.String())
		}
		full = nil
		time.Sleep(checkAgain)
		if got := r.Failing(t.Context()); !slices.Equal(got, []string{"keys"}) || !strings.Contains(log.String(), "ready again") {
			t.Errorf("%v\n%s", got, log.String())
		}
		time.Sleep(5 * time.Minute)
	})
}

func TestTheDatabaseIsNotAskedByEveryStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		r := NewReady(nil)
		r.Check("database", func(context.Context) error { asked++; return nil })
		for range 1000 {
			r.Failing(t.Context())
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestATestsBlockMayAddChecksToNothing(t *testing.T) {
	var r *Ready
	r.Check("keys", func(context.Context) error { return nil })
}
