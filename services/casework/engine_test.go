package casework_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// inReview is an application whose decision clock runs.
func (w *world) inReview() casework.Case {
	w.t.Helper()
	return w.at("application", "create", "send_to_sign", "sign", "accept")
}

func (w *world) clockOf(c casework.Case, name workflows.ClockName) (k casework.Clock) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) { k, err = w.engine.ClockOf(tx, ref(c), name); return err })
	return k
}

// A clock that is held stands still through changes of state, and goes on when released; doing
// either twice is doing it once.
func TestHoldAndRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.inReview()
		twice := func(f func(*database.Tx, casework.Case, workflows.ClockName) error) {
			w.update(func(tx *database.Tx) error {
				return errors.Join(f(tx, c, workflows.ClockDecision), f(tx, c, workflows.ClockDecision))
			})
		}
		twice(w.engine.Hold)
		if k := w.clockOf(c, workflows.ClockDecision); k.PausedSince == nil || !k.PausedSince.Equal(monday()) || k.Reading.Running {
			t.Errorf("held: %+v", k)
		}
		w.clock.set(monday().Add(24 * time.Hour))
		twice(w.engine.Hold)
		c = w.apply(w.step(c, "ask_withdrawal"))
		if k := w.clockOf(c, workflows.ClockDecision); k.PausedSince == nil || !k.PausedSince.Equal(monday()) {
			t.Errorf("after a change: %+v", k)
		}
		w.clock.set(monday().Add(48 * time.Hour))
		twice(w.engine.Release)
		k := w.clockOf(c, workflows.ClockDecision)
		if k.PausedSince != nil || k.Reading.Paused != 2 || k.Reading.Due.String() != "2026-12-23" { // Tuesday and Wednesday do not count
			t.Errorf("released: %+v", k)
		}
		w.checkClocks(t, c, nil)
		before := w.count("outbox")
		twice(w.engine.Release)
		w.update(func(tx *database.Tx) error { return w.engine.Hold(tx, c, workflows.ClockAcceptance) })
		if n := w.count("outbox"); n != before {
			t.Errorf("what changes nothing planned %d rows", n-before)
		}
	})
}

// A change and an extension in one transaction leave one plan: that of the new end.
func TestOnePlanPerTransaction(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.inReview()
		w.update(func(tx *database.Tx) error {
			out, err := w.engine.Apply(tx, w.step(c, "extend"))
			if err != nil {
				return err
			}
			c.State, c.Version = out.State, out.Version
			return w.engine.Extend(tx, c, workflows.ClockDecision, 10)
		})
		k := w.clockOf(c, workflows.ClockDecision)
		if k.Extra != 10 || k.Reading.Due.String() != "2027-01-04" || !k.Reading.Provisional {
			t.Errorf("extended: %+v", k)
		}
		w.checkClocks(t, c, nil)
		if n := w.count("outbox WHERE topic = 'remind' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", c.ID); n != 14 {
			t.Errorf("%d reminders are planned, want 3 before, 1 on the day and 10 after", n)
		}
	})
}

// A clock with an explicit end keeps it whatever is counted, and can be given another.
func TestFixedEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.inReview()
		c = w.apply(w.step(c, "recommend"))
		s := w.step(c, "publish_notice")
		end, err := workflows.ParseDate("2026-12-06") // a Sunday
		if err != nil {
			t.Fatal(err)
		}
		s.Due = map[workflows.ClockName]workflows.Date{workflows.ClockNotice: end}
		c = w.apply(s)
		if k := w.clockOf(c, workflows.ClockNotice); k.Reading.Due != end || !k.Reading.DueAt.Equal(end.End()) || k.Reading.Overdue {
			t.Errorf("fixed: %+v", k)
		}
		later := end.AddDays(3)
		w.update(func(tx *database.Tx) error { return w.engine.Fix(tx, c, workflows.ClockNotice, later) })
		w.clock.set(later.End().Add(-time.Microsecond))
		for range 2 {
			over := !w.clock.now().Before(later.End())
			w.see(func(tx *database.Tx) error {
				got, err := casework.Over(tx, ref(c), workflows.ClockNotice)
				if got != over {
					t.Errorf("at %v over: %v", w.clock.now(), got)
				}
				return err
			})
			if k := w.clockOf(c, workflows.ClockNotice); k.Reading.Overdue != over {
				t.Errorf("at %v overdue: %v", w.clock.now(), k.Reading.Overdue)
			}
			w.clock.set(later.End())
		}
	})
}

// Clocks can be counted from an earlier instant than the change that starts them.
func TestSince(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.at("application", "create", "send_to_sign", "sign")
		w.clock.set(monday().Add(8 * 24 * time.Hour))
		s := w.step(c, "accept_by_silence")
		s.Since = monday()
		c = w.apply(s)
		if k := w.clockOf(c, workflows.ClockDecision); !k.Started.Equal(monday()) || k.Reading.Due.String() != "2026-12-21" || k.Reading.Used != 6 {
			t.Errorf("%+v", k)
		}
	})
}

// A deadline is due once, when its time has come and it is the current one.
func TestDueOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.inReview()
		id := w.clocks(c)[1].ID
		due := func() (ok bool) {
			w.update(func(tx *database.Tx) (err error) { ok, err = casework.Due(tx, id); return err })
			return ok
		}
		end := w.clockOf(c, workflows.ClockDecision).Reading.DueAt
		w.clock.set(end.Add(-time.Microsecond))
		if due() {
			t.Error("due a microsecond early")
		}
		w.clock.set(end)
		if !due() || due() {
			t.Error("at its end it is not due once")
		}
		w.update(func(tx *database.Tx) error { return w.engine.Extend(tx, c, workflows.ClockDecision, 1) })
		if due() {
			t.Error("due although it was put off")
		}
		w.checkClocks(t, c, nil)
		w.clock.set(w.clockOf(c, workflows.ClockDecision).Reading.DueAt)
		if !due() || due() {
			t.Error("at its new end it is not due once")
		}
		if got := w.late(c); len(got) != 1 || got[0].Clock != workflows.ClockDecision {
			t.Errorf("overdue: %+v", got)
		}
		w.update(func(tx *database.Tx) error { return w.engine.Hold(tx, c, workflows.ClockDecision) })
		if got := w.late(c); len(got) != 0 {
			t.Errorf("overdue while it stands still: %+v", got)
		}
	})
}

// late are the overdue clocks of a case.
func (w *world) late(c casework.Case) (out []casework.Late) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error {
		all, err := casework.Overdue(tx, 100)
		out = slices.DeleteFunc(all, func(l casework.Late) bool { return l.Case != ref(c) })
		return err
	})
	return out
}

// An unfinished plan is not lost by what happens after the end: the ladder after an end that
// has come goes on from where it was.
func TestLadderAfterTheEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.inReview()
		end := w.clockOf(c, workflows.ClockDecision).Reading.DueAt
		w.clock.set(end)
		id := w.clocks(c)[1].ID
		w.update(func(tx *database.Tx) error { _, err := casework.Due(tx, id); return err })
		w.clock.set(end.Add(15 * 24 * time.Hour)) // 2027-01-06: three rungs have passed
		c = w.apply(w.step(c, "recommend"))
		if n := w.planned("deadline", c, id, end); n != 0 {
			t.Error("the end that has come is planned again")
		}
		var first []time.Time
		w.see(func(tx *database.Tx) error {
			return tx.Find(&first, "SELECT due_at FROM outbox WHERE topic = 'remind' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL ORDER BY due_at", c.ID)
		})
		if len(first) != 7 || !first[0].After(w.clock.now()) {
			t.Errorf("rungs left: %v", first)
		}
	})
}

// The unit alone is told what nobody else knows of.
func TestUnitOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, only := range []bool{false, true} {
			c := w.at("application", "create")
			s := w.step(c, "discard")
			s.UnitOnly = only
			c = w.apply(s)
			var text string
			w.see(func(tx *database.Tx) error {
				return tx.One(&text, "SELECT payload FROM outbox WHERE topic = 'notice' AND case_id = ?", c.ID)
			})
			var n casework.Notice
			if err := json.Unmarshal([]byte(text), &n); err != nil {
				t.Fatal(err)
			}
			want := []workflows.Audience{workflows.ToFillers, workflows.ToLeaders, workflows.ToClerks, workflows.ToOfficers}
			if only {
				want = want[:2]
			}
			if !cmp.Equal(n.Audiences, want) || n.Except != "p1" || n.Unit != "500103" || n.Subject != ref(c) || n.Params["Reason"] != why {
				t.Errorf("only the unit %v: %+v", only, n)
			}
		}
	})
}

// A reason that the table calls internal goes into the history and to nobody else.
func TestInternalReasonIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const secret = "内部意见子丑寅卯"
		s := w.step(w.inReview(), "recommend")
		s.Reason = secret
		c := w.apply(s)
		if n := w.count("outbox WHERE case_id = ? AND payload LIKE ?", c.ID, "%"+secret+"%"); n != 0 {
			t.Errorf("told in %d notices", n)
		}
		if n := w.count("case_history WHERE case_id = ? AND reason = ?", c.ID, secret); n != 1 {
			t.Errorf("on record %d times", n)
		}
	})
}

// A stale command is told what has happened, and the reasons only of the own unit.
func TestCheckVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.at("application", "create", "send_to_sign")
		s := w.step(c, "sign")
		s.Actor.Unit = "elsewhere"
		c = w.apply(s)
		c = w.apply(w.step(c, "accept"))
		check := func(seen int64) error {
			return w.db.View(t.Context(), func(tx *database.Tx) error {
				return casework.CheckVersion(tx, somebody(workflows.Officer), c, seen)
			})
		}
		if err := check(c.Version); err != nil {
			t.Errorf("the present version: %v", err)
		}
		var f *fault.Error
		if err := check(2); !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "stale" || f.Params["Version"] != "4" {
			t.Fatalf("got %v", f)
		}
		got, _ := f.Detail.(casework.Changed)
		if got.Version != 4 || got.State != "in_review" || len(got.Since) != 2 || got.Since[0].Reason != "" || got.Since[1].Reason != why || got.Since[1].Action != "accept" {
			t.Errorf("told %+v", got)
		}
		wantKind(t, "a version that is not there yet", check(99), fault.Conflict)
	})
}

// Once: a key is one request of one person, done once and answered the same for ever; what
// failed may be tried again.
func TestOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		runs := 0
		once := func(actor, key, digest string, fail error) (out casework.Outcome, err error) {
			err = w.db.Update(t.Context(), func(tx *database.Tx) error {
				out, err = casework.Once(tx, actor, key, digest, func() (casework.Outcome, error) {
					runs++
					return casework.Outcome{Kind: "application", ID: fmt.Sprint(runs), State: "draft", Version: 7, At: tx.Now()}, fail
				})
				return err
			})
			return out, err
		}
		failed := errors.New("no")
		if _, err := once("a", "k", "d", failed); !errors.Is(err, failed) {
			t.Errorf("failed: %v", err)
		}
		first, err := once("a", "k", "d", nil)
		if err != nil || first.ID != "2" {
			t.Fatalf("after the failure: %+v, %v", first, err)
		}
		w.clock.set(monday().Add(time.Hour))
		again, err := once("a", "k", "d", failed)
		if err != nil || !cmp.Equal(first, again) || runs != 2 {
			t.Errorf("again: %+v, %v after %d runs; first %+v", again, err, runs, first)
		}
		var f *fault.Error
		if _, err := once("a", "k", "other", nil); !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "idempotency_reused" {
			t.Errorf("another request: %v", err)
		}
		for _, other := range [][2]string{{"b", "k"}, {"a", "k2"}, {"a", ""}, {"a", ""}} {
			if out, err := once(other[0], other[1], "d", nil); err != nil || out.ID == first.ID {
				t.Errorf("%v: %+v, %v", other, out, err)
			}
		}
		if runs != 6 {
			t.Errorf("%d runs, want 6", runs)
		}
	})
}

// The same key at the same moment has one effect and one answer.
func TestOnceTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 5 {
			var wait sync.WaitGroup
			outs, errs := make([]casework.Outcome, 4), make([]error, 4)
			for i := range outs {
				wait.Go(func() {
					errs[i] = w.db.Update(t.Context(), func(tx *database.Tx) (err error) {
						outs[i], err = casework.Once(tx, "a", fmt.Sprint("key-", round), "d", func() (casework.Outcome, error) {
							n, err := tx.Next(fmt.Sprint("effects-", round))
							return casework.Outcome{ID: fmt.Sprint(n)}, err
						})
						return err
					})
				})
			}
			wait.Wait()
			if err := errors.Join(errs...); err != nil || slices.ContainsFunc(outs, func(o casework.Outcome) bool { return o.ID != "1" }) {
				t.Errorf("%+v, %v", outs, err)
			}
			if n := w.count("number_sequence WHERE name = ? AND value = 1", fmt.Sprint("effects-", round)); n != 1 {
				t.Error("the effect came more than once")
			}
		}
	})
}

// Two people on one version at the same moment: one moves the case.
func TestTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 5 {
			c := w.at("application", "create", "send_to_sign")
			var wait sync.WaitGroup
			errs := make([]error, 2)
			for i, action := range []workflows.Action{"sign", "send_back"} {
				s := w.step(c, action)
				wait.Go(func() {
					errs[i] = w.db.Update(t.Context(), func(tx *database.Tx) error { _, err := w.engine.Apply(tx, s); return err })
				})
			}
			wait.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.Conflict) {
				t.Errorf("errors: %v", errs)
			}
			w.checkHistory(t, w.stored(c))
		}
	})
}

// Only the facts of rows that leave the present state are looked up.
func TestEstablish(t *testing.T) {
	var asked []workflows.Fact
	guards := map[workflows.Fact]casework.Guard{}
	for f := range workflows.Application.Facts {
		guards[f] = func() (bool, error) { asked = append(asked, f); return true, nil }
	}
	for _, state := range workflows.Application.States {
		asked = nil
		facts, err := casework.Establish(workflows.Application, state.State, guards)
		var want []workflows.Fact
		for _, row := range workflows.Application.Transitions {
			if slices.Contains(row.From, state.State) {
				want = append(want, row.Needs...)
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		slices.Sort(asked)
		if err != nil || !slices.Equal(asked, want) || len(facts) != len(want) {
			t.Errorf("%s: asked %v, want %v, %v", state.State, asked, want, err)
		}
	}
	broken := errors.New("broken")
	guards[workflows.CheckClean] = func() (bool, error) { return false, broken }
	if _, err := casework.Establish(workflows.Application, "draft", guards); !errors.Is(err, broken) {
		t.Errorf("a guard that cannot look: %v", err)
	}
	delete(guards, workflows.CheckClean)
	if facts, err := casework.Establish(workflows.Application, "draft", guards); err != nil || facts[workflows.CheckClean] {
		t.Errorf("a fact that nobody states: %v, %v", facts, err)
	}
}

// Every clock of the tables has a name in both languages, none twice.
func TestClockLabels(t *testing.T) {
	seen := map[string]workflows.ClockName{}
	for _, n := range workflows.ClockNames() {
		l := casework.ClockLabel(n)
		if l.Zh == string(n) || l.Zh == "" || l.En == "" {
			t.Errorf("%s has no label", n)
		}
		for _, text := range []string{l.Zh, l.En} {
			if other, twice := seen[text]; twice {
				t.Errorf("%s and %s are both called %s", n, other, text)
			}
			seen[text] = n
		}
	}
}

// A case whose rules know no term for a clock that its state starts is a mistake of the rules,
// and moves nothing.
func TestClockWithoutTerm(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.at("application", "create", "send_to_sign")
		c.Rules.Terms = nil
		s := w.step(c, "sign")
		s.Due = nil
		err := w.db.Update(t.Context(), func(tx *database.Tx) error { _, err := w.engine.Apply(tx, s); return err })
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("got %v", err)
		}
		if got := w.stored(c); got.State != "signing" {
			t.Errorf("the case is %s", got.State)
		}
	})
}

// What an actor does without moving a case is on record with who and from where.
func TestRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := identity.Actor{ID: "p1", Name: "示例人员", Unit: "500103", IP: "192.0.2.7", RequestID: "req-1"}
		w.update(func(tx *database.Tx) error {
			return casework.Record(tx, a, "application.save", casework.Ref{Kind: "application", ID: "x"}, map[string]any{"version": 3})
		})
		if n := w.count(`audit_entry WHERE action = 'application.save' AND actor_id = 'p1' AND actor_unit = '500103' AND ip = '192.0.2.7' AND request_id = 'req-1'
			AND object_kind = 'application' AND object_id = 'x' AND detail = '{"version":3}'`); n != 1 {
			t.Errorf("on record %d times", n)
		}
	})
}
