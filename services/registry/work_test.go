package registry_test

import (
	"slices"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// A renewal lies on the desk of those whom the state table lets ask for it, from the first day of its time on; asked
// for, it lies with the director; granted, with nobody. The desk and the action never disagree.
func TestRenewalOnDesks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		from, err := workflows.ParseDate(w.view(w.a).RenewalFrom)
		if err != nil {
			t.Fatal(err)
		}
		noon := func(d workflows.Date) time.Time {
			return time.Date(d.Year, time.Month(d.Month), d.Day, 4, 0, 0, 0, time.UTC)
		}
		steps := []struct {
			name             string
			at               time.Time
			do               func()
			leader, director bool
		}{
			{"the day before", noon(from.AddDays(-1)), func() {}, false, false},
			{"the first day", noon(from), func() {}, true, false},
			{"asked for", noon(from), func() { w.must(leader, w.a, "request_renewal", "申请延续三年") }, false, true},
			{"granted", noon(from), func() { w.must(director, w.a, "renew", "复核合格,准予延续") }, false, false},
		}
		for _, step := range steps {
			*w.at = step.at
			step.do()
			for _, who := range []struct {
				actor identity.Actor
				want  bool
			}{{leader, step.leader}, {director, step.director}, {filler, false}, {actor("other", "500112", workflows.Leader), false}, {officer, false}} {
				if got := w.onDesk(who.actor); got != who.want {
					t.Errorf("%s: on the desk of %s: %v, want %v", step.name, who.actor.ID, got, who.want)
				}
			}
			if choice := w.open(leader, "request_renewal"); choice != step.leader && step.name != "asked for" {
				t.Errorf("%s: the leader may ask: %v, on the desk: %v", step.name, choice, step.leader)
			}
		}
	})
}

// onDesk reports whether zone a is among what an actor has to do, in the list and in its count.
func (w *world) onDesk(a identity.Actor) (there bool) {
	w.t.Helper()
	w.update(func(tx *database.Tx) error {
		page, err := casework.Work(tx, []casework.Desk{w.s.Desk()}, a, casework.WorkQuery{Tab: casework.TabTodo})
		if err != nil {
			return err
		}
		n, err := casework.CountWork(tx, []casework.Desk{w.s.Desk()}, a, casework.TabTodo)
		if int(n) != len(page.Items) {
			w.t.Errorf("%d counted, %d listed", n, len(page.Items))
		}
		there = slices.ContainsFunc(page.Items, func(i casework.WorkItem) bool { return i.ID == w.a })
		return err
	})
	return there
}

// open reports whether an action of zone a is open to an actor.
func (w *world) open(a identity.Actor, action workflows.Action) bool {
	w.t.Helper()
	v, err := w.s.View(w.t.Context(), a, w.a)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(v.Choices, func(c workflows.Choice) bool { return c.Action == action && len(c.Blocked) == 0 })
}
