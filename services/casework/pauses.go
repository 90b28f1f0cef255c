package casework

import (
	"fmt"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// Pauses are the spans in which a clock of a case stood still, over all its cycles; one that
// goes on has no end.
func Pauses(tx *database.Tx, c Ref, name workflows.ClockName) (out []workflows.Span, err error) {
	var ds []deadline
	err = tx.Find(&ds, "SELECT "+deadlineColumns+" FROM deadline WHERE kind = ? AND case_id = ? AND clock = ? ORDER BY cycle", string(c.Kind), c.ID, string(name))
	if err != nil {
		return nil, fmt.Errorf("pauses of %s %s: %w", c.Kind, c.ID, err)
	}
	for _, d := range ds {
		out = append(out, d.spans()...)
	}
	return out, nil
}
