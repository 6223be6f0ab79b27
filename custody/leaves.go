package custody

import (
	"fmt"

	"github.com/transparency-dev/tessera/api/layout"

	"wasl/kit/tilelog"
)

// judged is what a run of the log's leaves says beside the rows.
type judged struct {
	roots   []Root
	unknown []int // positions in roots of those that no row knows
}

// judge compares leaves, which begin at place first of the log, with their rows. Its error names the entry that is not a root, or
// whose row says something else. A root that no row knows is for the caller to judge: a database may be older than the log.
func judge(first uint64, leaves [][]byte, row func(batch string) (storedRoot, bool)) (j judged, err error) {
	for i, leaf := range leaves {
		place := int64(first) + int64(i)
		r, ok := ParseLeaf(leaf)
		if !ok {
			return j, &tilelog.Damage{File: entriesFile(place), Entry: place, Why: "not a root"}
		}
		j.roots = append(j.roots, r)
		stored, known := row(r.Batch)
		switch {
		case !known:
			j.unknown = append(j.unknown, i)
		case !stored.Same(r):
			return j, &tilelog.Damage{File: entriesFile(place), Entry: place, Why: "its row has another root for batch " + r.Batch}
		case stored.Index != nil && *stored.Index != place:
			return j, &tilelog.Damage{File: entriesFile(place), Entry: place, Why: fmt.Sprintf("batch %s has its place at %d", r.Batch, *stored.Index)}
		}
	}
	return j, nil
}

func entriesFile(place int64) string { return layout.EntriesPath(uint64(place)/256, 0) }
