package postmaster

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the operating system's user that the server runs as. PostgreSQL refuses root.
type account struct {
	uid, gid int
	other    bool // not the user of this process
}

// unprivileged returns this process's user, or postgres when that is root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return &account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("postmaster: as root the database runs as the user postgres (package postgresql-15): %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &account{uid: uid, gid: gid, other: true}, nil
}

func (a *account) attributes() *syscall.SysProcAttr {
	if !a.other {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid), NoSetGroups: false}}
}

// mkdir makes a directory that only the account may enter, with its parents, and refuses one that belongs to another user.
func (a *account) mkdir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err == nil && a.other {
		if err := os.Chown(dir, a.uid, a.gid); err != nil {
			return err
		}
	} else if err != nil && !os.IsExist(err) {
		return err
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); !ok || !st.IsDir() || int(sys.Uid) != a.uid || st.Mode().Perm() != 0o700 {
		return fmt.Errorf("postmaster: %s must be a directory of user %d with mode 0700", dir, a.uid)
	}
	return nil
}

// State is the folder of the system's state in which root's servers live.
const State = "/var/lib/wasl"

// Home returns the directory in which the server of dir lives: dir itself, or, for root, a folder of the system's state when
// the user postgres cannot reach dir (a home or temporary directory of root's).
func Home(dir, key string) (string, error) {
	a, err := unprivileged()
	if err != nil {
		return "", err
	}
	if !a.other || reachable(filepath.Dir(dir), a) {
		return dir, nil
	}
	return filepath.Join(State, key), nil
}

// reachable reports whether the account may pass through dir and each of its parents.
func reachable(dir string, a *account) bool {
	for ; ; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err == nil {
			sys, ok := st.Sys().(*syscall.Stat_t)
			own := ok && int(sys.Uid) == a.uid && st.Mode()&0o100 != 0
			if !own && st.Mode()&0o001 == 0 {
				return false
			}
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
