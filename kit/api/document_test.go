package api_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"wasl/kit/api"
)

// A document of exactly the largest size is let in, one byte more is not, and it stands in memory once.
func TestALargeDocumentGetsItsRoomOnce(t *testing.T) {
	const most = 4 << 20
	mux := http.NewServeMux()
	a := api.New(mux, "test", "1", nil)
	room := 0
	api.Register(a, api.Public(huma.Operation{OperationID: "judge", Method: http.MethodPost, Path: "/v1/judge", MaxBodyBytes: most}),
		func(_ context.Context, in *struct {
			RawBody []byte `contentType:"application/pdf"`
		},
		) (*struct{ Body int }, error) {
			room = cap(in.RawBody)
			return &struct{ Body int }{len(in.RawBody)}, nil
		})
	ask := func(size int) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/judge", bytes.NewReader(make([]byte, size)))
		r.Header.Set("Content-Type", "application/pdf")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Code
	}
	if code := ask(most); code != http.StatusOK || room > most+64<<10 {
		t.Errorf("%d, room for %d", code, room)
	}
	if code := ask(most + 1); code != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more: %d", code)
	}
}
