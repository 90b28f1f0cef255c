package workflows

import (
	"errors"
	"fmt"
	"slices"
)

// Must checks a table and panics where it is wrong, so that a broken table never starts:
// an unknown state, two rows for one (state, action), a final state with an exit, an
// unreachable state, an action nobody may take, a guard or clock without its text.
func Must(t Table) *Workflow {
	w, err := Check(t)
	if err != nil {
		panic(err)
	}
	return w
}

// Check builds a workflow from a table, or says everything that is wrong with it.
func Check(t Table) (*Workflow, error) {
	w := &Workflow{Table: t, states: map[State]StateRow{}, rows: map[State]map[Action]step{}}
	errs := append(w.indexStates(), w.indexRows()...)
	errs = append(errs, w.checkReach()...)
	errs = append(errs, w.checkClocks()...)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("workflow %s: %w", t.Kind, err)
	}
	return w, nil
}

func (w *Workflow) indexStates() (errs []error) {
	for _, s := range w.States {
		if _, twice := w.states[s.State]; twice || s.State == "" {
			errs = append(errs, fmt.Errorf("state %q twice or empty", s.State))
		}
		if s.Label.Zh == "" || s.Label.En == "" || s.Public.Zh == "" || s.Public.En == "" {
			errs = append(errs, fmt.Errorf("state %q: label missing", s.State))
		}
		w.states[s.State] = s
	}
	for _, s := range w.States {
		if front, ok := w.states[s.Behind]; s.Behind != "" && (!ok || front.Behind != "" || front.Public != s.Public) {
			errs = append(errs, fmt.Errorf("state %q: stands behind %q, which outsiders do not read in its place", s.State, s.Behind))
		}
	}
	return errs
}

func (w *Workflow) indexRows() (errs []error) {
	for _, row := range w.Transitions {
		errs = append(errs, w.checkRow(row)...)
		for _, from := range row.sources() {
			errs = append(errs, w.indexRow(from, row)...)
		}
	}
	return errs
}

func (w *Workflow) checkRow(row TransitionRow) (errs []error) {
	if len(row.Roles) == 0 {
		errs = append(errs, fmt.Errorf("action %s: nobody may take it", row.Action))
	}
	for _, r := range row.Roles {
		if !slices.Contains(Roles(), r) {
			errs = append(errs, fmt.Errorf("action %s: unknown role %q", row.Action, r))
		}
	}
	for _, f := range row.Needs {
		if l, ok := w.Facts[f]; !ok || l.Zh == "" || l.En == "" {
			errs = append(errs, fmt.Errorf("action %s: fact %q has no text", row.Action, f))
		}
	}
	if row.Action == "" || row.Label.Zh == "" || row.Label.En == "" {
		errs = append(errs, fmt.Errorf("action %q: label missing", row.Action))
	}
	return errs
}

func (w *Workflow) indexRow(from State, row TransitionRow) (errs []error) {
	src, known := w.states[from]
	if !known && from != "" {
		errs = append(errs, fmt.Errorf("action %s: unknown state %q", row.Action, from))
	}
	if src.Final {
		errs = append(errs, fmt.Errorf("action %s: final state %q has an exit", row.Action, from))
	}
	to := row.To
	if to == "" {
		to = from
	}
	if _, ok := w.states[to]; !ok {
		errs = append(errs, fmt.Errorf("action %s: unknown target %q", row.Action, to))
	}
	if w.rows[from] == nil {
		w.rows[from] = map[Action]step{}
	}
	if _, twice := w.rows[from][row.Action]; twice {
		errs = append(errs, fmt.Errorf("two rows for (%s, %s)", from, row.Action))
	}
	w.rows[from][row.Action] = step{to: to, row: row}
	return errs
}

func (w *Workflow) checkReach() (errs []error) {
	seen := map[State]bool{"": true}
	for grown := true; grown; {
		grown = false
		for from := range seen {
			for _, s := range w.rows[from] {
				grown = grown || !seen[s.to]
				seen[s.to] = true
			}
		}
	}
	for _, s := range w.States {
		if !seen[s.State] {
			errs = append(errs, fmt.Errorf("state %q is unreachable", s.State))
		}
		if !s.Final && len(w.rows[s.State]) == 0 {
			errs = append(errs, fmt.Errorf("state %q is a dead end but not final", s.State))
		}
	}
	return errs
}

// checkClocks requires that what a clock does at its end is an action of System there.
func (w *Workflow) checkClocks() (errs []error) {
	for _, s := range w.States {
		for _, c := range s.Clocks {
			if slices.Contains(s.Paused, c.Name) {
				errs = append(errs, fmt.Errorf("state %q: clock %s both runs and stands", s.State, c.Name))
			}
			if c.AtEnd == "" {
				continue
			}
			row, ok := w.Row(s.State, c.AtEnd)
			if !ok || !slices.Contains(row.Roles, System) || row.Reason {
				errs = append(errs, fmt.Errorf("state %q: clock %s ends in %q, which System cannot take", s.State, c.Name, c.AtEnd))
			}
		}
	}
	return errs
}
