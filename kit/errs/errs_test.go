package errs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestKindAndCodeSurviveWrapping(t *testing.T) {
	err := Wrap("casework: deposit", New(Conflict, "already_deposited").Cause(errors.New("23505")))
	if KindOf(err) != Conflict || CodeOf(err) != "already_deposited" {
		t.Fatalf("%v, %s", KindOf(err), CodeOf(err))
	}
	if !errors.Is(err, New(Conflict, "already_deposited")) || errors.Is(err, New(NotFound, "already_deposited")) {
		t.Fatal("Is must compare kind and code")
	}
	if KindOf(fmt.Errorf("disk full")) != Internal || Wrap("x", nil) != nil {
		t.Fatal("a foreign error is internal, nil stays nil")
	}
}

func TestCopiesDoNotShare(t *testing.T) {
	base := New(Invalid, "form_invalid")
	a, b := base.Field("photo", "file_not_image"), base.With("n", "1")
	if len(base.Fields) != 0 || len(b.Fields) != 0 || len(a.Params) != 0 || base.OrNil() != nil || a.OrNil() == nil {
		t.Fatal("With and Field must return copies")
	}
	if !strings.Contains(a.Error(), "photo=file_not_image") {
		t.Fatal(a.Error())
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	for k := Internal; k <= Unavailable; k++ {
		if k.Status() == 0 || KindOfStatus(k.Status()) != k {
			t.Errorf("kind %d answers %d and comes back as %d", k, k.Status(), KindOfStatus(k.Status()))
		}
	}
	if KindOfStatus(502) != Unavailable || KindOfStatus(418) != Invalid || KindOfStatus(507) != Internal {
		t.Fatal("unlisted statuses")
	}
}
