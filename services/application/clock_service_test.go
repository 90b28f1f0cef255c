package application_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// hour is a time of a date in Shanghai.
func hour(date string, h int) time.Time { return day(date).Add(time.Duration(h-9) * time.Hour) }

// The acceptance clock stands still while the case is with the unit and goes on afterwards,
// with the days that it had left.
func TestAcceptancePausesInCorrection(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("submitted", "filler") // Monday 11-23
		if got := w.clockOf(app(id), workflows.ClockAcceptance); got.Reading.Due.String() != "2026-11-30" || !got.Reading.Running {
			t.Errorf("at first: %+v", got)
		}
		w.clock.set(hour("2026-11-25", 14))
		w.do("clerk", app(id), "request_correction", "", items())
		k := w.clockOf(app(id), workflows.ClockAcceptance)
		if k.PausedSince == nil || !k.PausedSince.Equal(hour("2026-11-25", 14)) || k.Reading.Running || k.Reading.Used != 1 {
			t.Errorf("in correction: %+v", k)
		}
		if n := w.count("outbox WHERE case_id = ? AND done_at IS NULL AND cancelled_at IS NULL AND payload LIKE '%acceptance%'", id); n != 0 {
			t.Errorf("%d acts are planned for the clock that stands still", n)
		}
		if c := w.clockOf(app(id), workflows.ClockCorrection); c.Reading.Due.String() != "2026-12-09" {
			t.Errorf("correction due %s, want 2026-12-09", c.Reading.Due)
		}
		w.answerAll(id)
		w.do("filler", app(id), "send_to_sign", "", nil)
		if k := w.clockOf(app(id), workflows.ClockAcceptance); k.PausedSince == nil {
			t.Error("the clock runs while the correction awaits its signature")
		}
		w.clock.set(hour("2026-11-27", 9))
		w.do("leader", app(id), "sign", "", nil)
		k = w.clockOf(app(id), workflows.ClockAcceptance)
		if k.Reading.Due.String() != "2026-12-03" || k.PausedSince != nil || !k.Reading.Running || k.Reading.Paused != 3 || k.Reading.Used != 1 {
			t.Errorf("afterwards: %+v", k)
		}
		w.see(func(tx *database.Tx) error {
			if _, err := w.engine.ClockOf(tx, app(id), workflows.ClockCorrection); !fault.Is(err, fault.NotFound) {
				t.Errorf("the clock of the correction is still open: %v", err)
			}
			return nil
		})
		checkDeadlines(t, w, app(id))
	})
}

// checkDeadlines: the open clocks of a case are exactly those that run or stand still in its
// state; each that runs has its end planned once, at its due instant, unless it has come.
func checkDeadlines(t *testing.T, w *world, c casework.Ref) {
	t.Helper()
	state, _ := workflows.ByKind(c.Kind).State(w.state(c))
	var rows []struct {
		ID, Clock, AtEnd           string
		DueAt                      time.Time
		PausedAt, EndedAt, FiredAt *time.Time
	}
	w.see(func(tx *database.Tx) error {
		return tx.Find(&rows, "SELECT id, clock, at_end, due_at, paused_at, ended_at, fired_at FROM deadline WHERE kind = ? AND case_id = ? ORDER BY id", string(c.Kind), c.ID)
	})
	var open []string
	for _, r := range rows {
		planned := w.count("outbox WHERE topic = 'deadline' AND case_id = ? AND payload LIKE ? AND done_at IS NULL AND cancelled_at IS NULL AND due_at = ?", c.ID, "%"+r.ID+"%", r.DueAt)
		any := w.count("outbox WHERE topic = 'deadline' AND case_id = ? AND payload LIKE ? AND done_at IS NULL AND cancelled_at IS NULL", c.ID, "%"+r.ID+"%")
		want := int64(0)
		if r.EndedAt == nil && r.PausedAt == nil && r.FiredAt == nil {
			want = 1
		}
		if planned != want || any != want {
			t.Errorf("%s: the end of %s is planned %d times, %d of them at its due instant; want %d", c.Kind, r.Clock, any, planned, want)
		}
		if r.EndedAt != nil && r.PausedAt != nil {
			t.Errorf("%s: the clock %s has ended and stands still", c.Kind, r.Clock)
		}
		if r.EndedAt == nil {
			open = append(open, r.Clock)
		}
	}
	var want []string
	for _, k := range state.Clocks {
		want = append(want, string(k.Name))
	}
	for _, k := range state.Paused {
		want = append(want, string(k))
	}
	slices.Sort(open)
	slices.Sort(want)
	if diff := cmp.Diff(want, open); diff != "" {
		t.Errorf("%s in %s: open clocks %s", c.Kind, state.State, diff)
	}
}

// A correction lapses when its time is over, not a microsecond before, and by nobody's hand.
func TestCorrectionLapses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("correction", "filler")
		due := w.due(id, workflows.ClockCorrection)
		if want := hour("2026-12-08", 0); !due.Equal(want) {
			t.Errorf("ends %v, want %v", due, want)
		}
		lapse := casework.Command{ID: id, Action: "lapse"}
		w.until(due.Add(-time.Microsecond))
		if _, err := w.tried(w.actor("system"), "application", lapse); !cmp.Equal(blocked(err), []workflows.Fact{workflows.CorrectionOver}) {
			t.Errorf("a microsecond early: %v", err)
		}
		w.clock.set(due)
		lapse.Version = w.version(app(id))
		for _, who := range []string{"clerk", "leader", "director"} {
			_, err := w.tried(w.actor(who), "application", lapse)
			wantKind(t, "lapse by "+who, err, fault.Forbidden)
		}
		w.until(due)
		if w.state(app(id)) != "lapsed" {
			t.Errorf("the case is %s", w.state(app(id)))
		}
	})
}

// The decision clock stands still while experts work (行政许可法 45), whatever else happens in
// the case, and goes on when the last of them is done.
func TestDecisionWaitsForExperts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		paused := func() bool { return w.clockOf(app(id), workflows.ClockDecision).PausedSince != nil }
		if paused() || w.clockOf(app(id), workflows.ClockDecision).Reading.Due.String() != "2026-12-21" {
			t.Errorf("at first: %+v", w.clockOf(app(id), workflows.ClockDecision))
		}
		w.clock.set(day("2026-11-24"))
		reviews := w.invite(id, "expert1", "expert2")
		if !paused() {
			t.Fatal("the clock runs while experts are asked")
		}
		w.do("leader", app(id), "ask_withdrawal", why, nil)
		w.do("director", app(id), "extend", why, nil)
		if !paused() {
			t.Error("another action set the clock going")
		}
		if n := w.count("outbox WHERE topic IN ('deadline', 'remind') AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", id); n != 0 {
			t.Errorf("%d acts are planned for the clock that stands still", n)
		}
		w.clock.set(day("2026-11-26"))
		w.scored(id, reviews[0], "expert1")
		if !paused() {
			t.Error("the clock runs while the second expert works")
		}
		w.clock.set(day("2026-11-27"))
		w.scored(id, reviews[1], "expert2")
		k := w.clockOf(app(id), workflows.ClockDecision)
		// 24, 25, 26 and 27 November do not count; 20 + 10 working days.
		if paused() || k.Extra != 10 || k.Reading.Paused != 4 || k.Reading.Due.String() != "2027-01-08" || !k.Reading.Provisional {
			t.Errorf("afterwards: %+v", k)
		}
		checkDeadlines(t, w, app(id))
	})
}

// The period is extended once, by the days of the rule set, with a reason that the unit is told;
// the new end and its reminders replace the old ones.
func TestExtendOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		if got := fields(second(w.try("director", app(id), "extend", "短", nil))); !cmp.Equal(got, []string{"reason reason_length"}) {
			t.Errorf("without a reason: %v", got)
		}
		w.do("director", app(id), "extend", "需要补充论证(演示)", nil)
		if got := w.clockOf(app(id), workflows.ClockDecision).Reading.Due.String(); got != "2027-01-04" {
			t.Errorf("due %s, want 2027-01-04", got)
		}
		checkDeadlines(t, w, app(id))
		if got := w.ladder(id); len(got) == 0 || got[0] != "2026-12-21 remind 10" {
			t.Errorf("reminders: %v", got)
		}
		if n := w.count("outbox WHERE topic = 'notice' AND case_id = ? AND payload LIKE '%需要补充论证(演示)%' AND payload LIKE '%unit_leaders%'", id); n != 1 {
			t.Errorf("the unit is told %d times", n)
		}
		if _, err := w.try("director", app(id), "extend", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.ExtensionLeft}) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func second[A any](_ A, err error) error { return err }

// ladder lists the open reminders of an application: local date, code and days.
func (w *world) ladder(id string) (out []string) {
	w.t.Helper()
	var rows []struct {
		DueAt   time.Time
		Payload string
	}
	w.see(func(tx *database.Tx) error {
		return tx.Find(&rows, "SELECT due_at, payload FROM outbox WHERE topic = 'remind' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL ORDER BY due_at, id", id)
	})
	for _, r := range rows {
		var n casework.Notice
		w.must(json.Unmarshal([]byte(r.Payload), &n))
		date := workflows.DateOf(r.DueAt)
		if !r.DueAt.Equal(date.Start().Add(9 * time.Hour)) {
			w.t.Errorf("reminded at %v, want 09:00 in Shanghai", r.DueAt)
		}
		line := fmt.Sprintf("%s %s %s", date, n.Code, n.Params["Days"])
		if n.Superiors || slices.Contains(n.Audiences, workflows.ToSupervision) {
			line += " and above"
		}
		out = append(out, line)
	}
	return out
}

// The ladder of the decision clock: 10, 5 and 1 working days before, on the day, then every
// three, from the second time to superiors and supervision too; a change of state takes the
// old ladder away.
func TestReminderLadder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.clock.set(hour("2026-11-02", 15))
		id := w.at("submitted", "filler") // acceptance due 11-09
		want := []string{"2026-11-04 remind 3", "2026-11-06 remind 1", "2026-11-09 due 0", "2026-11-12 overdue 1", "2026-11-17 overdue 2 and above"}
		if got := w.ladder(id)[:5]; !cmp.Equal(got, want) {
			t.Errorf("acceptance: %s", cmp.Diff(got, want))
		}
		w.clock.set(hour("2026-11-04", 8))
		w.pass(id)
		w.do("clerk", app(id), "accept", "", nil) // decision due 12-02
		want = []string{"2026-11-18 remind 10", "2026-11-25 remind 5", "2026-12-01 remind 1", "2026-12-02 due 0", "2026-12-07 overdue 1", "2026-12-10 overdue 2 and above",
			"2026-12-15 overdue 3 and above", "2026-12-18 overdue 4 and above", "2026-12-23 overdue 5 and above", "2026-12-28 overdue 6 and above", "2026-12-31 overdue 7 and above"}
		if got := w.ladder(id); !cmp.Equal(got[:11], want) || len(got) != 14 {
			t.Errorf("decision: %s", cmp.Diff(got, want))
		}
		if n := w.count("outbox WHERE topic = 'remind' AND case_id = ? AND cancelled_at IS NOT NULL", id); n == 0 {
			t.Error("the old ladder was not taken away")
		}
		w.do("leader", app(id), "ask_withdrawal", why, nil)
		w.do("officer", app(id), "agree_withdrawal", why, nil)
		if got := w.ladder(id); len(got) != 0 {
			t.Errorf("after the end: %v", got)
		}
	})
}

// An overdue case goes on being urged after it has moved, and an end that is put off comes again.
func TestOverdueLadderGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		w.heard(id)
		due := w.due(id, workflows.ClockDecision)
		w.until(due.Add(time.Hour))
		if n := w.count("deadline WHERE case_id = ? AND clock = 'decision' AND fired_at IS NOT NULL", id); n != 1 {
			t.Fatal("the end of the decision has not come")
		}
		before := slices.DeleteFunc(w.ladder(id), func(line string) bool { return !strings.Contains(line, "overdue") })
		w.do("officer", app(id), "recommend", why, nil)
		after := w.ladder(id)
		if len(before) != 10 || !cmp.Equal(after, before) {
			t.Errorf("ladder before the move %v, after it %v", before, after)
		}
		checkDeadlines(t, w, app(id))
		w.do("director", app(id), "extend", why, nil)
		checkDeadlines(t, w, app(id))
		if got := w.ladder(id); !strings.Contains(got[0], "remind") {
			t.Errorf("ladder after the extension: %v", got)
		}
		w.until(w.due(id, workflows.ClockDecision))
		w.see(func(tx *database.Tx) error {
			over, err := casework.Over(tx, app(id), workflows.ClockDecision)
			if !over {
				t.Error("the extended period is not over")
			}
			return err
		})
	})
}

// The notice runs to its explicit end: five working days after its first day.
func TestNoticeEndsByItsDates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("recommended", "filler")
		for starts, want := range map[string]string{"2026-11-22": "x", "2026-12-24": "x", "tomorrow": "x", "2026-13-01": "x"} {
			if got := fields(second(w.try("clerk", app(id), "publish_notice", "", map[string]any{"starts_on": starts}))); !cmp.Equal(got, []string{"data.starts_on notice.starts_on"}) {
				t.Errorf("%s: %v, want %s", starts, got, want)
			}
		}
		w.do("clerk", app(id), "publish_notice", "", map[string]any{"starts_on": "2026-11-27"})
		k := w.clockOf(app(id), workflows.ClockNotice)
		if k.Reading.Due.String() != "2026-12-04" || one[string](w, "SELECT ends_on FROM notice WHERE subject_id = ?", id) != "2026-12-04" {
			t.Errorf("ends %s", k.Reading.Due)
		}
		w.until(k.Reading.DueAt.Add(-time.Microsecond))
		if w.state(app(id)) != "notice" {
			t.Fatal("ended early")
		}
		if _, err := w.tried(w.actor("system"), "application", casework.Command{ID: id, Action: "end_notice"}); !cmp.Equal(blocked(err), []workflows.Fact{workflows.NoticeOver}) {
			t.Errorf("a microsecond early: %v", err)
		}
		w.until(k.Reading.DueAt)
		if w.state(app(id)) != "deciding" {
			t.Errorf("after its last day the case is %s", w.state(app(id)))
		}
		checkDeadlines(t, w, app(id))
	})
}

// A deadline acts once, and never when it is no longer current.
func TestDeadlineActsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plannedOf := func(id string) string {
			return one[string](w, "SELECT id FROM outbox WHERE topic = 'deadline' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", id)
		}
		id := w.at("submitted", "filler")
		row, due := plannedOf(id), w.due(id, workflows.ClockAcceptance)
		if acted, err := w.fire(row); acted || err != nil {
			t.Errorf("before its time: %v, %v", acted, err)
		}
		w.clock.set(due)
		var acts int
		for range 3 {
			acted, err := w.fire(row)
			w.must(err)
			if acted {
				acts++
			}
		}
		if acts != 1 || w.state(app(id)) != "in_review" || len(w.opinions(id)) != 1 {
			t.Errorf("acted %d times, the case is %s", acts, w.state(app(id)))
		}
		deadline := one[string](w, "SELECT id FROM deadline WHERE case_id = ? AND clock = 'acceptance'", id)
		w.update(func(tx *database.Tx) error {
			ok, err := casework.Due(tx, deadline)
			if ok {
				t.Error("an ended clock is due")
			}
			return err
		})
		// The row that was planned before the pause does nothing in the pause.
		w.clock.set(monday())
		held := w.at("submitted", "filler")
		row = plannedOf(held)
		w.do("clerk", app(held), "request_correction", "", items())
		w.clock.set(due)
		if acted, err := w.fire(row); acted || err != nil {
			t.Errorf("a cancelled row: %v, %v", acted, err)
		}
		paused := one[string](w, "SELECT id FROM deadline WHERE case_id = ? AND clock = 'acceptance'", held)
		w.update(func(tx *database.Tx) error {
			ok, err := casework.Due(tx, paused)
			if over, _ := casework.Over(tx, app(held), workflows.ClockAcceptance); ok || over {
				t.Error("a clock that stands still is due")
			}
			return err
		})
		if w.state(app(held)) != "correction" {
			t.Errorf("the case in correction is %s", w.state(app(held)))
		}
	})
}

// A deadline and a person at the same moment: one of them moves the case.
func TestDeadlineAgainstPerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 4 {
			w.clock.set(monday())
			id := w.at("correction_signing", "filler")
			row := one[string](w, "SELECT id FROM outbox WHERE topic = 'deadline' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", id)
			sign := w.signing("leader", id)
			w.clock.set(w.due(id, workflows.ClockCorrection))
			errs := w.together(sign, func() error { _, err := w.fire(row); return err })
			state := w.state(app(id))
			if errs[0] == nil && state != "submitted" || errs[0] != nil && state != "lapsed" {
				t.Errorf("%v: the case is %s", errs, state)
			}
			checkHistory(t, w, app(id), nil)
			checkDeadlines(t, w, app(id))
		}
	})
}

// Lists say when a case is due, whether it is late and whether its date is certain.
func TestListsTellWhenCasesAreDue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("submitted", "filler")
		line := func() application.Line { return w.list(t.Context(), "clerk", application.Filter{})[0] }
		if l := line(); l.ID != id || l.DueOn != "2026-11-30" || l.Overdue || l.Provisional {
			t.Errorf("%+v", l)
		}
		w.clock.set(w.due(id, workflows.ClockAcceptance))
		item := w.work("clerk", "application", casework.TabTodo)[0]
		if l := line(); !l.Overdue || !item.Overdue || item.DueOn != "2026-11-30" {
			t.Errorf("%+v, %+v", l, item)
		}
		w.clock.set(day("2026-11-25"))
		w.do("clerk", app(id), "request_correction", "", items())
		if l := line(); l.DueOn != "2026-12-09" {
			t.Errorf("in correction due %s", l.DueOn)
		}
		w.openRound("next", 5, day("2026-12-01"), day("2027-06-01"))
		w.clock.set(day("2026-12-28"))
		w.at("submitted", "fillerB")
		if l := line(); l.DueOn != "2027-01-04" || !l.Provisional {
			t.Errorf("into an unconfirmed year: %+v", l)
		}
		if it := w.work("clerk", "application", casework.TabTodo); !it[len(it)-1].Provisional {
			t.Errorf("work list: %+v", it)
		}
	})
}
