package catalog

import (
	"testing"

	"wasl/kit/web"
)

func TestPagesLoad(t *testing.T) {
	if _, err := web.Load("catalog", files, files); err != nil {
		t.Fatal(err)
	}
}
