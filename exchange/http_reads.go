package exchange

import (
	"context"
	"slices"

	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
)

type readsIn struct{ Body exchangeapi.Reads }

// announce takes the reads that another block announces. Until they are stored here it says so, and the caller keeps them.
func (b *Block) announce(_ context.Context, in *readsIn) (*struct{}, error) {
	if slices.ContainsFunc(in.Body.Reads, func(r exchangeapi.Read) bool { return !r.Known() }) {
		return nil, errs.New(errs.Invalid, "form_invalid")
	}
	return nil, errs.New(errs.Unavailable, "upstream_unavailable")
}
