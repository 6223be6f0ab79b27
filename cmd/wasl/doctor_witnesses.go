package main

import (
	"fmt"
	"time"

	"wasl/custody"
)

const (
	mendSilent   = "look after it, or name another in the file of WASL_CUSTODY_WITNESSES"
	mendStranger = "give its operator the log's key (member log of the trust file)"
	mendHistory  = "this installation was set back to an older copy, or a second one writes with its key: bring back the newest database and custody/log together; " +
		"see \"Witnesses\" in docs/guides/operator.md"
	mendTooFew = "nothing is published after WASL_CUSTODY_WITNESS_GRACE; what waits goes out by itself when they answer"
)

// witnesses says what each witness answers now, and since when too few have co-signed.
func witnesses(st custody.State) (found []finding) {
	for _, w := range st.Witnesses {
		where := "witness " + w.Name
		switch w.Answer {
		case custody.CoSigns:
			found = append(found, finding{where, good, fmt.Sprintf("it co-signs the %d entries that are published", st.Published), ""})
		case custody.Behind:
			found = append(found, finding{where, watch, fmt.Sprintf("it co-signed %d of %d entries", w.Seen, st.Published), mendSilent})
		case custody.Stranger:
			found = append(found, finding{where, watch, "it does not watch this log, or knows another key of it", mendStranger})
		case custody.Ahead:
			found = append(found, finding{where, broken, fmt.Sprintf("it has co-signed %d entries of this log, which has published only %d", w.Seen, st.Published), mendHistory})
		case custody.Forked:
			found = append(found, finding{where, broken, "it has co-signed another history of this log", mendHistory})
		case custody.Silent:
			found = append(found, finding{where, watch, "it does not answer", mendSilent})
		}
	}
	if st.Silent != nil && len(st.Against) > 0 {
		found = append(found, finding{"witnesses", broken, fmt.Sprintf("nothing is published: %v have seen another history of the log", st.Against), mendHistory})
	} else if st.Silent != nil {
		found = append(found, finding{"witnesses", watch, "too few have co-signed since " + st.Silent.UTC().Format(time.RFC3339), mendTooFew})
	}
	if len(st.Witnesses) == 0 && st.Silent == nil {
		found = append(found, finding{"witnesses", good, "none is named: nobody outside would notice a fork (WASL_CUSTODY_WITNESSES)", ""})
	}
	return found
}
