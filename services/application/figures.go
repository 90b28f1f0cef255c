package application

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Figures are the counts of a dashboard. Each counts the rows of the list that its filter
// shows to the same person.
type Figures struct {
	States    []StateFigure
	Durations []Duration
	Returns   []Return
}

// StateFigure is how many applications stand in a state (Filter.State).
type StateFigure struct {
	State workflows.State
	Count int64
}

// Duration is how long applications stood in a state that they have left (Filter.Passed), in
// working days without the pauses of the clock that runs there.
type Duration struct {
	State       workflows.State
	Count       int
	Median, P90 int
}

// Return is how many applications a correction named a part of (Filter.Corrected).
type Return struct {
	Part  string
	Count int
}

// Figures counts what the actor may see. It is for those who read every case; everybody else
// finds nothing there.
func (s *Service) Figures(tx *database.Tx, a identity.Actor) (out Figures, err error) {
	if !a.ReadsAll() {
		return out, fault.Missing()
	}
	if out.States, err = countStates(tx, a); err != nil {
		return out, err
	}
	if out.Durations, err = s.durations(tx, a); err != nil {
		return out, err
	}
	out.Returns, err = returns(tx, a)
	return out, err
}

func countStates(tx *database.Tx, a identity.Actor) ([]StateFigure, error) {
	cond, args := scope(a)
	var rows []struct {
		Status string
		N      int64
	}
	if err := tx.Find(&rows, "SELECT a.status, count(*) AS n FROM application a WHERE "+cond+" GROUP BY a.status ORDER BY a.status", args...); err != nil {
		return nil, fmt.Errorf("count by state: %w", err)
	}
	var out []StateFigure
	for _, st := range workflows.Application.States {
		for _, r := range rows {
			if r.Status == string(st.State) {
				out = append(out, StateFigure{st.State, r.N})
			}
		}
	}
	return out, nil
}

// stay is one move of a case.
type stay struct {
	CaseID             string
	Seq                int64
	FromState, ToState string
	At                 time.Time
}

// durations sums the stays of each application in each state it has left.
func (s *Service) durations(tx *database.Tx, a identity.Actor) ([]Duration, error) {
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return nil, err
	}
	cond, args := scope(a)
	var moves []stay
	err = tx.Find(&moves, `SELECT h.case_id, h.seq, h.from_state, h.to_state, h.at FROM case_history h JOIN application a ON a.id = h.case_id
		WHERE h.kind = 'application' AND h.from_state <> h.to_state AND `+cond+" ORDER BY h.case_id, h.seq", args...)
	if err != nil {
		return nil, fmt.Errorf("durations: %w", err)
	}
	pauses, err := pausesOf(tx, a)
	if err != nil {
		return nil, err
	}
	days := map[workflows.State]map[string]int{}
	for i, m := range moves {
		if m.FromState == "" {
			continue
		}
		state := workflows.State(m.FromState)
		if days[state] == nil {
			days[state] = map[string]int{}
		}
		began := m.At // a case whose beginning is not on record stood there for no time
		if i > 0 && moves[i-1].CaseID == m.CaseID {
			began = moves[i-1].At
		}
		days[state][m.CaseID] += worked(cal, began, m.At, pauses[m.CaseID])
	}
	var out []Duration
	for _, st := range workflows.Application.States {
		if all := days[st.State]; len(all) > 0 {
			out = append(out, summed(st.State, all))
		}
	}
	return out, nil
}

func summed(state workflows.State, all map[string]int) Duration {
	values := make([]int, 0, len(all))
	for _, n := range all {
		values = append(values, n)
	}
	slices.Sort(values)
	return Duration{State: state, Count: len(values), Median: values[(len(values)-1)/2], P90: values[(len(values)*9+9)/10-1]}
}

// worked are the working days between two instants without the pauses of the decision clock,
// which stands still while experts work.
func worked(cal *workflows.Calendar, from, to time.Time, pauses []workflows.Span) int {
	n := cal.Between(workflows.DateOf(from), workflows.DateOf(to))
	for _, p := range pauses {
		if p.To.IsZero() || p.To.After(to) {
			p.To = to
		}
		if p.From.Before(from) {
			p.From = from
		}
		if p.From.Before(p.To) {
			n -= cal.Between(workflows.DateOf(p.From), workflows.DateOf(p.To))
		}
	}
	return max(0, n)
}

// pausesOf are the pauses of the decision clocks by application.
func pausesOf(tx *database.Tx, a identity.Actor) (map[string][]workflows.Span, error) {
	cond, args := scope(a)
	var ids []string
	err := tx.Find(&ids, `SELECT DISTINCT d.case_id FROM deadline d JOIN application a ON a.id = d.case_id
		WHERE d.kind = 'application' AND d.clock = 'decision' AND (d.pauses <> '[]' OR d.paused_at IS NOT NULL) AND `+cond, args...)
	if err != nil {
		return nil, fmt.Errorf("pauses: %w", err)
	}
	out := map[string][]workflows.Span{}
	for _, id := range ids {
		spans, err := casework.Pauses(tx, refOf(id), workflows.ClockDecision)
		if err != nil {
			return nil, err
		}
		out[id] = spans
	}
	return out, nil
}

// returns counts by part the applications that a correction has named.
func returns(tx *database.Tx, a identity.Actor) ([]Return, error) {
	cond, args := scope(a)
	var rows []struct{ ApplicationID, Anchor string }
	err := tx.Find(&rows, `SELECT DISTINCT i.application_id, i.anchor FROM correction_item i JOIN application a ON a.id = i.application_id WHERE `+cond+
		" ORDER BY i.anchor, i.application_id", args...)
	if err != nil {
		return nil, fmt.Errorf("returns: %w", err)
	}
	named := map[string]map[string]bool{}
	var order []string
	for _, r := range rows {
		part, _, _ := strings.Cut(r.Anchor, ".")
		if named[part] == nil {
			named[part], order = map[string]bool{}, append(order, part)
		}
		named[part][r.ApplicationID] = true
	}
	out := make([]Return, 0, len(order))
	for _, part := range order {
		out = append(out, Return{part, len(named[part])})
	}
	slices.SortStableFunc(out, func(x, y Return) int { return y.Count - x.Count })
	return out, nil
}
