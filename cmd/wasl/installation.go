package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wasl/exchange"
	"wasl/kit/block"
	"wasl/kit/keyfile"
	"wasl/kit/tokens"
)

// ownKeys makes the installation's keys where they are missing, and refuses a private database that other keys wrote: for root
// it lies outside the data directory (kit/pg), so it outlives one that was deleted by hand.
func (p *platform) ownKeys(ctx context.Context) error {
	keys := filepath.Join(p.Data, "keys")
	home := p.cluster.Home()
	if home == "" {
		return tokens.Ensure(ctx, p.cluster, keys, block.Order...)
	}
	known, err := p.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	own, err := installation(keys)
	if err != nil {
		return err
	}
	if known != "" && own != known {
		return fmt.Errorf("the database in %s belongs to an installation whose keys are no longer in %s: bring that directory back from a backup, or delete the database to begin anew: rm -r %[1]s", home, p.Data)
	}
	if err := tokens.Ensure(ctx, p.cluster, keys, block.Order...); err != nil {
		return err
	}
	if own, err = installation(keys); err != nil {
		return err
	}
	return p.cluster.Claim(ctx, own)
}

// keyFaults compares the key files of this process's blocks with the installation's record; every error names a file and says what
// to do. `wasl doctor` and /readyz ask it.
func (p *platform) keyFaults(ctx context.Context) ([]error, error) {
	all, err := p.cluster.KeyChecks(ctx)
	if err != nil {
		return nil, err
	}
	var conf exchange.Config
	if err := process(ctx, p.Env, &conf); err != nil {
		return nil, err
	}
	return keyfile.Check(all, func(name string) string {
		folder, file, _ := strings.Cut(name, "/")
		switch {
		case folder == "exchange" && conf.Dir != "":
			return filepath.Join(conf.Dir, filepath.FromSlash(file))
		case folder == "keys", slices.Contains(p.Blocks, folder):
			return filepath.Join(p.Data, filepath.FromSlash(name))
		}
		return "" // on the machine where that block runs
	}), nil
}

func (p *platform) keysReady(ctx context.Context) error {
	faults, err := p.keyFaults(ctx)
	return errors.Join(append(faults, err)...)
}

// installation is the fingerprint of the installation's public key; "" before there is one.
func installation(keys string) (string, error) {
	pub, err := os.ReadFile(filepath.Join(keys, "installation.pub"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:]), nil
}
