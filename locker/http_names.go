package locker

import (
	"context"
	"sync"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/kit/web"
)

// directory tells the names of organisations and remembers them: a page lists many documents of few issuers.
type directory struct {
	catalog *catalogapi.Client
	names   sync.Map // code → i18n.Text
}

func newDirectory(c *catalogapi.Client) *directory { return &directory{catalog: c} }

// name returns the organisation's name, or its code while the catalogue does not answer or does not know it.
func (d *directory) name(ctx context.Context, code string) any {
	if code == "" {
		return web.K("issuer.person")
	}
	if name, ok := d.names.Load(code); ok {
		return name.(i18n.Text)
	}
	o, err := d.catalog.Organisation(ctx, code)
	if err != nil {
		return web.Ref(code)
	}
	d.names.Store(code, o.Name)
	return o.Name
}

// types are the document types that have a name of their own.
var types = map[string]bool{"receipt": true, "decision": true, "attestation-of-silence": true, "quittance": true, "piece": true}

func typeName(kind string) web.Msg {
	if types[kind] {
		return web.K("type." + kind)
	}
	return web.K("type.other")
}
