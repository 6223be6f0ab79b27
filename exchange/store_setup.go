package exchange

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/gateway"
	"wasl/exchange/verify"
	"wasl/kit/clock"
	"wasl/kit/disk"
	"wasl/kit/keyfile"
	"wasl/kit/strictjson"
)

// Setup makes or renews the exchange's installation in dir, the block's own folder, and returns the file that
// `wasl gateway --config` is started with for the register. It may run at every start: keys stay, and the agreement keeps the
// day on which it began. A plan that was changed by hand in dir/plan.json stays, except for the addresses.
func Setup(dir string, clk clock.Clock, w Where) (registerConfig string, err error) {
	plan, err := readPlan(dir)
	if errors.Is(err, os.ErrNotExist) {
		plan, err = Plan(w, clk.Now())
	}
	if err != nil {
		return "", err
	}
	for i, m := range plan.Members {
		if m.ID.String() == CivilStatus {
			plan.Members[i].Listen = w.Gateway
			plan.Members[i].Upstream = map[string]string{"register/birth-extract": w.Registers + "/civil-status/extracts"}
		}
	}
	b, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return "", fmt.Errorf("exchange: plan: %w", err)
	}
	if err := directory.Install(dir, clk, plan); err != nil {
		return "", err
	}
	if err := disk.Replace(filepath.Join(dir, "plan.json"), b, 0o600); err != nil {
		return "", fmt.Errorf("exchange: plan: %w", err)
	}
	return gatewayFile(dir, CivilStatus), nil
}

// renew signs the directory and certificates anew when their time comes. Where the authority is kept elsewhere it does nothing.
func renew(dir string, clk clock.Clock) error {
	plan, err := readPlan(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return directory.Install(dir, clk, plan)
}

func readPlan(dir string) (directory.Plan, error) {
	var plan directory.Plan
	b, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	if err != nil {
		return plan, fmt.Errorf("exchange: plan: %w", err)
	}
	if err := strictjson.Unmarshal(b, &plan); err != nil {
		return plan, fmt.Errorf("exchange: plan: %w", err)
	}
	return completed(plan), nil
}

// gatewayFile is the configuration of a member's gateway within an installation.
func gatewayFile(dir, member string) string {
	parts := strings.Split(member, "/")
	return filepath.Join(dir, "members", parts[1]+"-"+parts[2], "gateway.json")
}

// withdrawn lists, from the signed directory, the certificates that were withdrawn, and since when.
func withdrawn(dir string) (map[string]time.Time, error) {
	s, err := directory.InPlace(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]time.Time{}
	for _, r := range s.Revoked {
		out[r.Fingerprint] = r.Since
	}
	return out, nil
}

// Revoke withdraws a member's certificates (all that are in force when no fingerprint is given) in the installation in dir, and
// signs the directory anew at once.
func Revoke(dir string, clk clock.Clock, member, fingerprint string) ([]string, error) {
	plan, err := readPlan(dir)
	if err != nil {
		return nil, err
	}
	id, err := directory.ParseClient(member)
	if err != nil {
		return nil, err
	}
	return directory.Revoke(dir, clk, plan, id, fingerprint)
}

// TrustOf collects what `wasl verify` needs to check proofs of this installation: the authority and the logs' public keys.
func TrustOf(dir string) (verify.Trust, error) {
	t := verify.Trust{Logs: map[string]string{}}
	b, err := os.ReadFile(filepath.Join(dir, "authority", "ca.crt"))
	if err != nil {
		return t, fmt.Errorf("exchange: trust: %w", err)
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		t.Authorities = append(t.Authorities, block.Bytes)
	}
	if t.Withdrawn, err = withdrawn(dir); err != nil {
		return t, err
	}
	keys, err := filepath.Glob(filepath.Join(dir, "members", "*", "log", "log.pub"))
	if err != nil {
		return t, fmt.Errorf("exchange: trust: %w", err)
	}
	for _, path := range keys {
		key, err := os.ReadFile(path)
		if err != nil {
			return t, fmt.Errorf("exchange: trust: %w", err)
		}
		origin, _, _ := strings.Cut(string(key), "+")
		t.Logs[origin] = string(key)
	}
	return t, nil
}

// Examine looks at the exchange's installation in dir and writes nothing: keys against their record, gateways' logs against what was
// signed. It returns what is wrong and how many logs it looked at; gateways may run.
func Examine(ctx context.Context, dir string) (faults []error, logs int) {
	faults = directory.ExamineKeys(dir)
	folders, err := filepath.Glob(filepath.Join(dir, "members", "*", "log"))
	if err != nil {
		return append(faults, err), 0
	}
	for _, f := range folders {
		if err := gateway.Examine(ctx, f); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", f, err))
		}
	}
	return faults, len(folders)
}

// secretKey is the kind of a key of 32 random bytes.
var secretKey = keyfile.Kind{
	Make: func() ([]byte, error) {
		key := make([]byte, 32)
		_, err := rand.Read(key)
		return key, err
	},
	Valid: func(b []byte) error {
		if len(b) != 32 {
			return fmt.Errorf("%d bytes, not 32", len(b))
		}
		return nil
	},
}

// pseudonymKey reads the key of the pseudonyms, made at the first start of an installation: under another key the same person
// would be somebody else, and under an empty one anybody could compute who they are.
func pseudonymKey(ctx context.Context, record keyfile.Record, dir string) ([]byte, error) {
	key, err := keyfile.Open(ctx, record, "exchange/pseudonym.key", filepath.Join(dir, "pseudonym.key"), secretKey)
	if err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	return key, nil
}
