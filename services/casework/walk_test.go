package casework_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Walks over every workflow that take every row of its table: after each step the row, its
// history, its clocks and what is planned agree with the table; a step on an older version or
// from another state does nothing at all.
func TestWalks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, wf := range workflows.All() {
			taken := map[workflows.Triple]bool{}
			for range 40 {
				w.clock.set(monday().Add(time.Duration(w.n) * time.Minute))
				w.walk(t, wf, taken)
			}
			if len(taken) != len(wf.Triples()) {
				t.Errorf("%s: the walks took %d of %d rows", wf.Kind, len(taken), len(wf.Triples()))
			}
		}
	})
}

// walk takes one case on as long as there are rows ahead that have not been taken.
func (w *world) walk(t *testing.T, wf *workflows.Workflow, taken map[workflows.Triple]bool) {
	t.Helper()
	c := w.fresh(wf.Kind)
	for {
		way := toUntaken(wf, c.State, taken)
		if len(way) == 0 {
			return
		}
		for _, tr := range way {
			before, open := c, w.open(c)
			c = w.apply(w.step(c, tr.Action))
			taken[tr] = true
			if c.State != tr.To || c.Version != before.Version+1 {
				t.Errorf("%s %s: the row says %s %d, want %s %d", c.Kind, tr.Action, c.State, c.Version, tr.To, before.Version+1)
			}
			w.checkHistory(t, c)
			w.checkClocks(t, c, open)
			if before.State != "" {
				w.checkStale(t, before, tr.Action)
			}
			w.clock.set(w.clock.now().Add(time.Duration(7*len(taken)%60) * time.Hour))
		}
	}
}

// toUntaken is the shortest way from a state over rows of which the last has not been taken;
// nil where there is none.
func toUntaken(wf *workflows.Workflow, from workflows.State, taken map[workflows.Triple]bool) []workflows.Triple {
	ways := [][]workflows.Triple{nil}
	ends := []workflows.State{from}
	for i := 0; i < len(ways); i++ {
		for _, tr := range wf.Triples() {
			if tr.From != ends[i] {
				continue
			}
			way := append(slices.Clone(ways[i]), tr)
			if !taken[tr] {
				return way
			}
			if !slices.Contains(ends, tr.To) {
				ways, ends = append(ways, way), append(ends, tr.To)
			}
		}
	}
	return nil
}

// open lists the open clocks of a case.
func (w *world) open(c casework.Case) (names []string) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error {
		return tx.Find(&names, "SELECT clock FROM deadline WHERE kind = ? AND case_id = ? AND ended_at IS NULL ORDER BY clock", string(c.Kind), c.ID)
	})
	return names
}

// checkHistory: the state is the fold of the history, whose numbers are the versions.
func (w *world) checkHistory(t *testing.T, c casework.Case) {
	t.Helper()
	var events []casework.Event
	w.see(func(tx *database.Tx) (err error) { events, err = casework.History(tx, ref(c)); return err })
	var state workflows.State
	for i, e := range events {
		row, ok := workflows.ByKind(c.Kind).Row(e.From, e.Action)
		if !ok || e.From != state || e.Seq != int64(i+1) || !slices.Contains(row.Roles, e.ActorRole) || e.Reason != why || e.ActorName == "" {
			t.Errorf("%s: line %d of the history after %q: %+v", c.Kind, i+1, state, e)
		}
		state = e.To
	}
	if state != c.State || int64(len(events)) != c.Version {
		t.Errorf("%s: %d lines fold to %s; the row says %s at version %d", c.Kind, len(events), state, c.State, c.Version)
	}
	if n := w.count("audit_entry WHERE object_kind = ? AND object_id = ?", string(c.Kind), c.ID); n != c.Version {
		t.Errorf("%s: %d audit entries for %d changes", c.Kind, n, c.Version)
	}
}

type clockRow struct {
	ID, Clock, AtEnd, DueOn    string
	DueAt                      time.Time
	PausedAt, EndedAt, FiredAt *time.Time
}

func (w *world) clocks(c casework.Case) (rows []clockRow) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error {
		return tx.Find(&rows, `SELECT id, clock, at_end, due_on, due_at, paused_at, ended_at, fired_at FROM deadline WHERE kind = ? AND case_id = ? ORDER BY started_at, id`, string(c.Kind), c.ID)
	})
	return rows
}

// checkClocks: open are the clocks of the state, and those it lets stand still if they were
// open before; each that runs has its end planned once, at its due instant.
func (w *world) checkClocks(t *testing.T, c casework.Case, before []string) {
	t.Helper()
	state, _ := workflows.ByKind(c.Kind).State(c.State)
	var want []string
	running := map[string]workflows.StateClock{}
	for _, k := range state.Clocks {
		want, running[string(k.Name)] = append(want, string(k.Name)), k
	}
	for _, k := range state.Paused {
		if slices.Contains(before, string(k)) {
			want = append(want, string(k))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, w.open(c)); diff != "" {
		t.Errorf("%s in %s: open clocks %s", c.Kind, c.State, diff)
	}
	var planned int64
	for _, r := range w.clocks(c) {
		k, runs := running[r.Clock]
		switch {
		case r.EndedAt != nil && r.PausedAt != nil:
			t.Errorf("%s in %s: %s has ended and stands still", c.Kind, c.State, r.Clock)
		case r.EndedAt == nil && runs != (r.PausedAt == nil):
			t.Errorf("%s in %s: %s runs: %v, want %v", c.Kind, c.State, r.Clock, !runs, runs)
		case r.EndedAt == nil && runs:
			planned++
			if r.AtEnd != string(k.AtEnd) {
				t.Errorf("%s in %s: at the end of %s: %q, want %q", c.Kind, c.State, r.Clock, r.AtEnd, k.AtEnd)
			}
			if n := w.planned("deadline", c, r.ID, r.DueAt); n != 1 {
				t.Errorf("%s in %s: the end of %s is planned %d times", c.Kind, c.State, r.Clock, n)
			}
		}
	}
	if n := w.count("outbox WHERE topic = 'deadline' AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", c.ID); n != planned {
		t.Errorf("%s in %s: %d ends are planned, want %d", c.Kind, c.State, n, planned)
	}
	if n := w.count("outbox WHERE cancellable AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL", c.ID); state.Final && n != 0 {
		t.Errorf("%s ended %s: %d acts are planned", c.Kind, c.State, n)
	}
}

// planned counts open rows of a topic that speak of a deadline and are due at an instant.
func (w *world) planned(topic string, c casework.Case, deadline string, at time.Time) int64 {
	w.t.Helper()
	return w.count("outbox WHERE topic = ? AND case_id = ? AND done_at IS NULL AND cancelled_at IS NULL AND due_at = ? AND payload LIKE ?", topic, c.ID, at, "%"+deadline+"%")
}

// checkStale: the same step from where the case was changes nothing.
func (w *world) checkStale(t *testing.T, old casework.Case, action workflows.Action) {
	t.Helper()
	now := w.stored(old)
	err := w.db.Update(t.Context(), func(tx *database.Tx) error {
		_, err := w.engine.Apply(tx, w.step(old, action))
		return err
	})
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "stale" {
		t.Errorf("%s %s on an older version: %v", old.Kind, action, err)
	}
	if again := w.stored(old); again.Version != now.Version || again.State != now.State {
		t.Errorf("%s %s on an older version moved the case", old.Kind, action)
	}
}

// Each refusal of the table is a fault of its own kind, and writes nothing.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, wf := range workflows.All() {
			for _, row := range wf.Transitions {
				if row.From == nil {
					continue
				}
				c := w.fresh(wf.Kind)
				c.State, c.Version = row.From[0], 1
				w.update(func(tx *database.Tx) error { return w.insert(tx, wf.Kind, c.ID, c.State) })
				w.refuses(t, c, row)
			}
		}
	})
}

func (w *world) refuses(t *testing.T, c casework.Case, row workflows.TransitionRow) {
	t.Helper()
	try := func(change func(s *casework.Step)) error {
		s := w.step(c, row.Action)
		change(&s)
		return w.db.Update(t.Context(), func(tx *database.Tx) error { _, err := w.engine.Apply(tx, s); return err })
	}
	what := string(c.Kind) + " " + string(row.Action)
	wantKind(t, what+" by an outsider", try(func(s *casework.Step) { s.Actor.Roles = []workflows.Role{workflows.Auditor} }), fault.Forbidden)
	wantKind(t, what+" under another name", try(func(s *casework.Step) { s.Action = "moonwalk" }), fault.Conflict)
	if row.Reason {
		wantKind(t, what+" with a blank reason", try(func(s *casework.Step) { s.Reason = " \n" }), fault.Invalid)
	}
	for _, f := range row.Needs {
		wantKind(t, what+" without "+string(f), try(func(s *casework.Step) { delete(s.Facts, f) }), fault.Blocked)
	}
	if n := w.count("case_history WHERE case_id = ?", c.ID) + w.count("deadline WHERE case_id = ?", c.ID) + w.count("outbox WHERE case_id = ?", c.ID); n != 0 {
		t.Errorf("%s: the refusals left %d rows", what, n)
	}
	if got := w.stored(c); got.State != c.State || got.Version != 1 {
		t.Errorf("%s: refused, and yet the case is %s at %d", what, got.State, got.Version)
	}
}
