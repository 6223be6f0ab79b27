// Package block says what a block is to the process that runs it: one handler, and work in the background.
package block

import (
	"context"
	"log/slog"
	"net/http"

	"wasl/kit/clock"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

// Order is the order of the blocks: a block calls only those on its right.
var Order = []string{
	"portal", "casework", "payment", "exchange", "locker", "catalog", "governance", "identity", "support", "signature", "custody",
}

// Deps is what a process gives a block.
type Deps struct {
	Name        string
	Log         *slog.Logger
	Clock       clock.Clock
	Cluster     *pg.Cluster
	Conns       int32 // connections of the block's pool
	Keys        *tokens.Keyring
	Dir         string // the block's own folder for files
	Peer        func(name string) *wire.Client
	PortalURL   string // public origin of the portal, without a final slash
	IdentityURL string // public origin of identity, the issuer of its tokens
	Demo        bool   // a demonstration installation says so on every page
	Ready       *Ready // what must hold for this process to be given requests; nil forgets the checks
}

// Block is a running institution. Handler answers /v1 (other blocks) and /{lang}/… (people, through the portal); Run does the
// background work until ctx ends.
type Block interface {
	Handler() http.Handler
	Run(ctx context.Context) error
}
