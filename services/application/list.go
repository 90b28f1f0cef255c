package application

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Line is one row of a list of applications.
type Line struct {
	ID, Number, Name, Unit, UnitName string
	RoundID                          string
	State                            workflows.State
	Version                          int64
	DueOn                            string
	Overdue, Provisional             bool
	Sectors                          []string // codes
	SubmittedAt                      *time.Time
	UpdatedAt                        time.Time
	Demo                             bool
	Cursor                           string // its place in the order of the list
}

// List reads applications that the actor may see.
func (s *Service) List(ctx context.Context, a identity.Actor, f Filter) (out []Line, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		cond, args := scope(a)
		more, vals := f.where(tx, a)
		out, err = lines(tx, a, cond+more, append(args, vals...), f.window())
		return err
	})
	for i := range out {
		if out[i].Cursor = out[i].ID; f.Sort.key() != "" {
			out[i].Cursor = f.Sort.cursor(out[i])
		}
	}
	return out, err
}

// Pick reads up to most applications that the actor may see, whatever the pages of the list:
// for what goes over all of them at once.
func (s *Service) Pick(tx *database.Tx, a identity.Actor, f Filter, most int) ([]Line, error) {
	f.Before, f.After = "", ""
	cond, args := scope(a)
	more, vals := f.where(tx, a)
	w := f.window()
	w.limit = most
	return lines(tx, a, cond+more, append(args, vals...), w)
}

// PickIDs reads those of the applications that the actor may see, in the order of their ids.
func (s *Service) PickIDs(tx *database.Tx, a identity.Actor, ids []string) ([]Line, error) {
	cond, args := scope(a)
	return lines(tx, a, "a.id IN ? AND "+cond, append([]any{ids}, args...), window{order: "q.id", limit: len(ids)})
}

// Count tells how many applications of a filter the actor may see.
func (s *Service) Count(tx *database.Tx, a identity.Actor, f Filter) (int64, error) {
	f.Before, f.After = "", ""
	cond, args := scope(a)
	more, vals := f.where(tx, a)
	return tx.Count("SELECT count(*) FROM application a WHERE "+cond+more, append(args, vals...)...)
}

// Seen lists those of the applications that the actor may see now.
func (s *Service) Seen(tx *database.Tx, a identity.Actor, ids []string) (map[string]bool, error) {
	cond, args := scope(a)
	out := make(map[string]bool, len(ids))
	for some := range slices.Chunk(ids, 500) {
		var found []string
		if err := tx.Find(&found, "SELECT a.id FROM application a WHERE a.id IN ? AND "+cond+" ORDER BY a.id", append([]any{some}, args...)...); err != nil {
			return nil, err
		}
		for _, id := range found {
			out[id] = true
		}
	}
	return out, nil
}

// Still counts those of the applications that the actor may see now.
func (s *Service) Still(tx *database.Tx, a identity.Actor, ids []string) (n int64, err error) {
	cond, args := scope(a)
	for some := range slices.Chunk(ids, 500) {
		part, err := tx.Count("SELECT count(*) FROM application a WHERE a.id IN ? AND "+cond, append([]any{some}, args...)...)
		if err != nil {
			return n, err
		}
		n += part
	}
	return n, nil
}

type lineRow struct {
	ID, Number, Name, UnitCode, UnitName, RoundID, Status string
	Version                                               int64
	SubmittedAt                                           *time.Time
	UpdatedAt                                             time.Time
	Demo                                                  bool
	DueOn                                                 *string
	Late, Firm                                            int
}

// lines reads rows with the earliest open deadline of each.
func lines(tx *database.Tx, a identity.Actor, cond string, args []any, w window) ([]Line, error) {
	var rows []lineRow
	err := tx.Find(&rows, `SELECT q.* FROM (SELECT a.id, a.number, a.name, a.unit_code, u.name AS unit_name, a.round_id, a.status, a.version, a.submitted_at, a.updated_at, a.demo,
		(SELECT min(d.due_on) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL) AS due_on,
		(SELECT count(*) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL AND d.due_at <= ?) AS late,
		(SELECT count(*) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL AND NOT d.provisional) AS firm
		FROM application a JOIN unit u ON u.code = a.unit_code WHERE `+cond+") q"+w.after+" ORDER BY "+w.order+" LIMIT ?", append(slices.Concat([]any{tx.Now()}, args, w.vals, w.args), w.limit)...)
	if err != nil {
		return nil, fmt.Errorf("list applications: %w", err)
	}
	out := make([]Line, 0, len(rows))
	for _, r := range rows {
		l := Line{ID: r.ID, Number: r.Number, Name: r.Name, Unit: r.UnitCode, UnitName: r.UnitName, RoundID: r.RoundID, State: casework.SeenState(workflows.Application, a, workflows.State(r.Status)),
			Version: r.Version, SubmittedAt: r.SubmittedAt, UpdatedAt: r.UpdatedAt, Demo: r.Demo, Overdue: r.Late > 0}
		if r.DueOn != nil {
			// Whatever ends after a provisional end is provisional itself.
			l.DueOn, l.Provisional = *r.DueOn, r.Firm == 0
		}
		out = append(out, l)
	}
	return out, withSectors(tx, out)
}

// withSectors adds the sectors of each line.
func withSectors(tx *database.Tx, out []Line) error {
	at := make(map[string]int, len(out))
	ids := make([]string, 0, len(out))
	for i, l := range out {
		at[l.ID], ids = i, append(ids, l.ID)
	}
	for some := range slices.Chunk(ids, 500) {
		var rows []struct{ ApplicationID, Sector string }
		if err := tx.Find(&rows, "SELECT application_id, sector FROM application_sector WHERE application_id IN ? ORDER BY application_id, sector", some); err != nil {
			return fmt.Errorf("sectors of applications: %w", err)
		}
		for _, r := range rows {
			l := &out[at[r.ApplicationID]]
			l.Sectors = append(l.Sectors, r.Sector)
		}
	}
	return nil
}

func likeEscape(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// bounded keeps a list within 1 to 500 rows whatever is asked.
func bounded(limit int) int { return min(max(limit, 1), 500) }
