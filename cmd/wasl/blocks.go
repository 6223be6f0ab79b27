package main

import (
	"context"
	"fmt"
	"net/http"

	"wasl/casework"
	"wasl/catalog"
	"wasl/custody"
	"wasl/exchange"
	"wasl/governance"
	"wasl/identity"
	"wasl/kit/block"
	"wasl/locker"
	"wasl/payment"
	"wasl/portal"
	"wasl/signature"
	"wasl/support"
)

// newBlock reads a block's configuration from the environment and makes it.
func (p *platform) newBlock(ctx context.Context, name string, d block.Deps) (block.Block, error) {
	switch name {
	case "portal":
		return configured(ctx, p, d, func(ctx context.Context, c portal.Config, d block.Deps) (*portal.Block, error) {
			if _, here := p.wires["identity"]; !here {
				c.Identity = http.RoundTripper(network) // the public origin itself, as any relying party
			}
			return portal.New(ctx, c, d)
		})
	case "casework":
		return configured(ctx, p, d, casework.New)
	case "payment":
		return configured(ctx, p, d, payment.New)
	case "exchange":
		return configured(ctx, p, d, exchange.New)
	case "locker":
		return configured(ctx, p, d, locker.New)
	case "catalog":
		return configured(ctx, p, d, catalog.New)
	case "governance":
		return configured(ctx, p, d, governance.New)
	case "identity":
		return configured(ctx, p, d, identity.New)
	case "support":
		return configured(ctx, p, d, support.New)
	case "signature":
		return configured(ctx, p, d, signature.New)
	case "custody":
		return configured(ctx, p, d, custody.New)
	}
	return nil, fmt.Errorf("there is no block %q", name)
}

func configured[C any, B block.Block](ctx context.Context, p *platform, d block.Deps, make func(context.Context, C, block.Deps) (B, error)) (block.Block, error) {
	var c C
	if err := process(ctx, p.Env, &c); err != nil {
		return nil, err
	}
	return make(ctx, c, d)
}
