package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"wasl/custody"
	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/pg"
)

type adminKeysCmd struct {
	Rotate adminRotateCmd `cmd:"" help:"Make new key-encryption keys and seal the keys of people and organisations anew; the blocks may run."`
}

type adminRotateCmd struct {
	Data string `help:"Data directory, with custody's keys." default:".data" env:"WASL_DATA" type:"path"`
}

// Run rotates the keys of the installation whose custody lies in the data directory.
func (c *adminRotateCmd) Run(a *app) error {
	conf := pg.Config{Dir: filepath.Join(c.Data, "postgres")}
	if err := process(a.ctx, a.env, &conf); err != nil {
		return err
	}
	cluster, err := pg.Open(a.ctx, conf)
	if err != nil {
		return err
	}
	defer cluster.Close()
	return rotateKeys(a.ctx, cluster, filepath.Join(c.Data, "custody", "keys"), func(line string) { fmt.Fprintln(a.stdout, line) })
}

// sealing are the blocks whose rows stand sealed by kit/envelope.
var sealing = []string{"portal", "casework", "payment", "support", "signature", "locker", "identity"}

// custodyKeys are custody's keys at hand, for the envelope of a block.
type custodyKeys struct{ *custody.FileKeys }

func (k custodyKeys) Wrap(ctx context.Context, purpose string, key, aad []byte) (envelope.Wrapped, error) {
	return k.FileKeys.Wrap(ctx, custody.Purpose(purpose), key, aad)
}

func (k custodyKeys) Unwrap(ctx context.Context, purpose string, w envelope.Wrapped, aad []byte) ([]byte, error) {
	return k.FileKeys.Unwrap(ctx, custody.Purpose(purpose), w, aad)
}

// rotateKeys makes the next key-encryption key of each purpose, then the next key of each block that seals rows. Interrupted, it is
// run again: what is sealed opens at every moment.
func rotateKeys(ctx context.Context, cluster *pg.Cluster, dir string, say func(string)) error {
	recorded, err := cluster.KeyChecks(ctx)
	if err != nil {
		return err
	}
	if len(recorded) == 0 { // else a wrong directory would be made an installation
		return errors.New("no installation has keys here")
	}
	keys, err := custody.OpenKeys(ctx, cluster, dir)
	if err != nil {
		return err
	}
	for _, p := range custody.Purposes {
		id, err := keys.Rotate(ctx, p)
		if err != nil {
			return err
		}
		say("made " + id)
	}
	for _, name := range sealing {
		db, err := cluster.Block(ctx, name, nil, 2)
		if err != nil {
			return err
		}
		done, err := envelope.New(db, custodyKeys{keys}, clock.System(nil)).Rotate(ctx)
		db.Close()
		if err != nil {
			return err
		}
		say(fmt.Sprintf("%s: %d keys of people and organisations are sealed anew, under %s", done.Block, done.Owners, done.KEK))
	}
	return nil
}
