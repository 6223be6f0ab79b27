package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// usage is processor time in milliseconds: of the blocks' process, of PostgreSQL, and of this process, which makes the load.
// Unlike a rate it does not depend on who else works on the machine.
type usage struct{ blocks, database, load float64 }

func (u usage) since(before usage, times int) usage {
	n := float64(max(times, 1))
	return usage{(u.blocks - before.blocks) / n, (u.database - before.database) / n, (u.load - before.load) / n}
}

func (u usage) String() string {
	return fmt.Sprintf("CPU ms each: blocks %.1f, PostgreSQL %.1f, load %.1f", u.blocks, u.database, u.load)
}

// spent reads the processor time so far. The private PostgreSQL is a child of this process, its sessions are children of that.
func spent(blocks int) usage {
	var u usage
	self, stats := os.Getpid(), map[int]procStat{}
	for pid, s := range processes() {
		stats[pid] = s
	}
	for pid, s := range stats {
		switch {
		case pid == self:
			u.load += s.own
		case pid == blocks:
			u.blocks += s.own
		case s.name == "postgres" && s.parent == self:
			u.database += s.own + s.ended
		case s.name == "postgres" && stats[s.parent].name == "postgres" && stats[s.parent].parent == self:
			u.database += s.own
		}
	}
	return u
}

// procStat is what proc(5) says of a process; own and ended (of children that are gone) in milliseconds.
type procStat struct {
	name       string
	parent     int
	own, ended float64
}

func processes() map[int]procStat {
	found := map[int]procStat{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		if pid, s, ok := parseStat(string(b)); ok {
			found[pid] = s
		}
	}
	return found
}

// parseStat reads "pid (name) state ppid …"; the name may hold blanks and brackets. Ticks are hundredths of a second on Linux.
func parseStat(line string) (pid int, s procStat, ok bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 2 || end < open {
		return 0, s, false
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return 0, s, false
	}
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	pid = int(number(line[:open-1]))
	s = procStat{
		name: line[open+1 : end], parent: int(number(fields[1])),
		own: 10 * (number(fields[11]) + number(fields[12])), ended: 10 * (number(fields[13]) + number(fields[14])),
	}
	return pid, s, ok
}
