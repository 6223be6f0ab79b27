package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"wasl/custody"
	"wasl/e2e/stage"
)

// watchers are the witnesses of a demonstration's evidence log.
var watchers = []string{witness1Addr, witness2Addr}

// witnesses is their processes; the seed has made the log, whose key they are told.
func (d *demo) witnesses() (specs []stage.Spec, err error) {
	key, err := custody.LogKey(filepath.Join(d.dir, "custody"))
	if err != nil {
		return nil, err
	}
	for _, name := range watchers {
		specs = append(specs, stage.Spec{
			Name: name, Health: d.at.url(name),
			Args: []string{"peer", "witness", "--addr", d.at[name], "--dir", filepath.Join(d.dir, name), "--name", name + ".example", "--log", key},
		})
	}
	return specs, nil
}

// nameWitnesses asks the witnesses for their keys and tells custody, which starts later, that both must co-sign.
func (d *demo) nameWitnesses(ctx context.Context) error {
	var policy strings.Builder
	for _, name := range watchers {
		file := filepath.Join(d.dir, name+".key")
		if err := fetch(ctx, d.at.url(name)+"/key", file); err != nil {
			return err
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(&policy, "witness %s %s %s\n", name, strings.TrimSpace(string(key)), d.at.url(name))
	}
	fmt.Fprintf(&policy, "group both all %s\nquorum both\n", strings.Join(watchers, " "))
	file := filepath.Join(d.dir, "witnesses")
	d.troupe.env = append(d.troupe.env, "WASL_CUSTODY_WITNESSES="+file)
	return os.WriteFile(file, []byte(policy.String()), 0o600)
}
