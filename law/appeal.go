package law

import (
	"strings"

	"wasl/kit/civil"
)

// MayRefuse decides whether the administration may refuse on a day: with grounds stated in the decision (art. 18),
// and, for a listed act, only before silence has taken effect: afterwards the act is approved (art. 19).
func (b Book) MayRefuse(r Regime, effect Effect, grounds string, day civil.Date) error {
	if strings.TrimSpace(grounds) == "" {
		return refuse("18", "grounds_missing", "article", "18")
	}
	void := b.Defaults.On("refusal.after_silence", day).Is("void_when_listed")
	if r.Listed && effect == Approval && void {
		return refuse("19", "refusal_after_approval")
	}
	return nil
}

// Appeal is the remedy of art. 21 and the last days to use and to answer it. AnswerBy counts from the day of the
// appeal, which the user chooses; so only its length is given.
type Appeal struct {
	Authority  Authority
	Until      civil.Date
	AnswerDays int
	Trace      Trace
}

// Appeal opens within 30 full days of the expiry of the delay or of receipt of the refusal (art. 21): to the
// minister, the head of the body, the wali or governor, or the president of the local authority.
func (b Book) Appeal(level Level, event civil.Date) Appeal {
	authority := above(level)
	if level == Local {
		authority = President
	}
	until, trace := b.Full("21", event, appealDays)
	trace = append(Trace{step("21", "appeal_opens", event, "authority", string(authority))}, trace...)
	return Appeal{Authority: authority, Until: until, AnswerDays: answerDays, Trace: append(trace, step("21", "appeal_until", until))}
}

// AppealAnswer returns the last day to answer an appeal: 15 full days (art. 21).
func (b Book) AppealAnswer(received civil.Date) (civil.Date, Trace) {
	by, trace := b.Full("21", received, answerDays)
	return by, append(trace, step("21", "appeal_answer_by", by))
}
