package card

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/kit/errs"
)

var at = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)

func TestWhatAnAnnouncementMakesOfACard(t *testing.T) {
	stand := func(s Status, c Cause, m int) Standing { return Standing{s, c, at.Add(time.Duration(m) * time.Minute)} }
	for _, tc := range []struct {
		name      string
		is, to    Standing
		want      Outcome
		code      string
		wantState Status
	}{
		{"handed over", stand(StatusIssued, "", 0), stand(StatusActive, "", 1), Changed, "", StatusActive},
		{"blocked", stand(StatusActive, "", 0), stand(StatusSuspended, Lost, 1), Changed, "", StatusSuspended},
		{"blocked at the same instant", stand(StatusActive, "", 0), stand(StatusSuspended, Lost, 0), Changed, "", StatusSuspended},
		{"blocked before it was activated", stand(StatusActive, "", 1), stand(StatusSuspended, Lost, 0), Older, "", StatusActive},
		{"blocked twice", stand(StatusSuspended, Lost, 0), stand(StatusSuspended, Lost, 5), Same, "", StatusSuspended},
		{"blocked for another cause", stand(StatusSuspended, Lost, 0), stand(StatusSuspended, Stolen, 5), Changed, "", StatusSuspended},
		{"found", stand(StatusSuspended, Lost, 0), stand(StatusActive, "", 1), Changed, "", StatusActive},
		{"found at the same instant", stand(StatusSuspended, Lost, 0), stand(StatusActive, "", 0), Older, "", StatusSuspended},
		{"revoked later", stand(StatusActive, "", 0), stand(StatusRevoked, Stolen, 1), Changed, "", StatusRevoked},
		{"revoked, but told late", stand(StatusActive, "", 5), stand(StatusRevoked, Stolen, 1), Changed, "", StatusRevoked},
		{"revoked twice for two causes", stand(StatusRevoked, Stolen, 1), stand(StatusRevoked, Lost, 5), Same, "", StatusRevoked},
		{"never active again", stand(StatusRevoked, Stolen, 1), stand(StatusActive, "", 5), "", "card_revoked_for_good", StatusRevoked},
		{"never suspended again", stand(StatusRevoked, Stolen, 1), stand(StatusSuspended, Lost, 5), "", "card_revoked_for_good", StatusRevoked},
		{"never back on the shelf", stand(StatusActive, "", 1), stand(StatusIssued, "", 5), "", "card_handed_over", StatusActive},
		{"an unknown state", stand(StatusActive, "", 1), stand("gone", "", 5), "", "card_state_invalid", StatusActive},
		{"an unknown cause", stand(StatusActive, "", 1), stand(StatusRevoked, "other", 5), "", "card_state_invalid", StatusActive},
		{"a cause missing", stand(StatusActive, "", 1), stand(StatusSuspended, "", 5), "", "card_state_invalid", StatusActive},
		{"a cause too many", stand(StatusIssued, "", 1), stand(StatusActive, Lost, 5), "", "card_state_invalid", StatusIssued},
		{"tomorrow", stand(StatusActive, "", 1), stand(StatusRevoked, Lost, 60*24), "", "card_state_invalid", StatusActive},
	} {
		got, outcome, err := tc.is.Become(tc.to, at.Add(time.Hour))
		if outcome != tc.want || errs.CodeOf(err) != tc.code && (err != nil || tc.code != "") || got.Status != tc.wantState {
			t.Errorf("%s: %s %q %v", tc.name, got.Status, outcome, err)
		}
	}
	if _, _, err := stand(StatusActive, "", 0).Become(Standing{Status: StatusRevoked, Cause: Lost}, at); err == nil {
		t.Error("no date at all")
	}
}

// In whatever order announcements arrive, a card that was revoked once lets nobody in.
func TestARevokedCardStaysRevoked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, revoked := Standing{StatusIssued, NoCause, at}, false
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			next := Standing{
				rapid.SampledFrom(append([]Status{"x"}, Statuses...)).Draw(t, "status"),
				rapid.SampledFrom(append([]Cause{NoCause, "x"}, Causes...)).Draw(t, "cause"),
				at.Add(time.Duration(rapid.IntRange(-50, 50).Draw(t, "at")) * time.Minute),
			}
			after, outcome, err := s.Become(next, at.Add(40*time.Minute))
			if err == nil && next.Status == StatusRevoked {
				revoked = true
			}
			if revoked != (after.Status == StatusRevoked) || !after.Status.Known() || (outcome != Changed) != (after == s) {
				t.Fatalf("%v + %v = %v (%s, %v)", s, next, after, outcome, err)
			}
			if again, o, err := after.Become(next, at.Add(40*time.Minute)); outcome == Changed && (o != Same || err != nil || again != after) {
				t.Fatalf("twice: %v %s %v", again, o, err)
			}
			s = after
		}
	})
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`{"issuer":"x","events":[{"serial":"W0000001","status":"revoked","reason":"lost","at":"2026-09-01T09:00:00Z"}]}`))
	f.Add([]byte(`{"issuer":"x","events":[{"serial":"W0000001","status":"active","at":"2026-09-01T09:00:00Z","certificate":"AAAA","holder":{"national_number":"AB1","given_ar":"a","family_ar":"b","given_fr":"c","family_fr":"d","born":"1990-01-01"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		feed, err := ParseFeed(data)
		if err != nil {
			return
		}
		for _, e := range feed.Events {
			if !GoodSerial(e.Serial) || (e.Holder == nil) != (len(e.DER) == 0) {
				t.Fatalf("%+v", e)
			}
		}
		if _, err := json.Marshal(feed); err != nil {
			t.Fatal(err)
		}
	})
}
