package postmaster

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Who may connect: the roles of the server by password, over the socket only. The cluster's own pg_hba.conf is not read.
const (
	byPassword = "local all all scram-sha-256\n"
	byName     = "local all all trust\n" // test servers
)

func secretPath(base string) string { return filepath.Join(base, "secret") }

func hbaPath(base string) string { return filepath.Join(base, "hba") }

// Password returns a role's password at the server of base, derived from the server's secret; "" when the server has none.
func Password(base, role string) (string, error) {
	secret, err := os.ReadFile(secretPath(base))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("postmaster: %w", err)
	}
	return derived(secret, role), nil
}

func derived(secret []byte, role string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(role))
	return hex.EncodeToString(mac.Sum(nil))
}

// secure writes who may connect, and gives a cluster that has no secret one: a new cluster, and one of before.
func (s *Server) secure(ctx context.Context, bin, data string) error {
	rule := byPassword
	if s.opts.Trust {
		rule = byName
	}
	if err := os.WriteFile(hbaPath(s.Base), []byte(rule), 0o644); err != nil { // in a directory of mode 0700
		return err
	}
	if s.opts.Trust {
		return nil
	}
	if _, err := os.Stat(secretPath(s.Base)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	secret := []byte(rand.Text() + rand.Text())
	if err := setSuperuserPassword(ctx, bin, data, s.who, derived(secret, Superuser)); err != nil {
		return err
	}
	fresh := secretPath(s.Base) + ".new" // only a whole file is believed; without one the password is set again
	if err := os.WriteFile(fresh, secret, 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, secretPath(s.Base))
}

// setSuperuserPassword works on a cluster that no server runs: there nobody is asked for a password.
func setSuperuserPassword(ctx context.Context, bin, data string, who *account, password string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--single", "-D", data, "-c", "password_encryption=scram-sha-256",
		"-c", "log_min_error_statement=panic", "postgres")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), who.attributes()
	cmd.Stdin = strings.NewReader(fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'\n", Superuser, password))
	out, err := cmd.CombinedOutput()
	if said := string(out); err != nil || strings.Contains(said, "ERROR:") || strings.Contains(said, "FATAL:") {
		return fmt.Errorf("postmaster: the superuser gets no password: %w", errors.Join(err, errors.New(strings.TrimSpace(said))))
	}
	return nil
}
