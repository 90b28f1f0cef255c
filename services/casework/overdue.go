package casework

import (
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// Late is a clock that has run out on a case that has not moved on.
type Late struct {
	Case  Ref
	Clock workflows.ClockName
	DueOn string // local date
	DueAt time.Time
}

// Overdue lists the clocks beyond their end over all kinds of case, the longest first. It asks
// nobody whether they may see the case: that is for callers, who load each with its scope.
func Overdue(tx *database.Tx, limit int) ([]Late, error) {
	var rows []struct {
		Kind, CaseID, Clock, DueOn string
		DueAt                      time.Time
	}
	err := tx.Find(&rows, `SELECT kind, case_id, clock, due_on, due_at FROM deadline WHERE ended_at IS NULL AND paused_at IS NULL AND due_at <= ?
		ORDER BY due_at, id LIMIT ?`, tx.Now(), limit)
	if err != nil {
		return nil, fmt.Errorf("overdue cases: %w", err)
	}
	out := make([]Late, 0, len(rows))
	for _, r := range rows {
		out = append(out, Late{Case: Ref{workflows.Kind(r.Kind), r.CaseID}, Clock: workflows.ClockName(r.Clock), DueOn: r.DueOn, DueAt: r.DueAt})
	}
	return out, nil
}
