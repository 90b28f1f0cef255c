package application

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Filter narrows a list; the zero value lists everything visible, newest first.
type Filter struct {
	State   workflows.State
	RoundID string
	Unit    string
	Sector  string
	Text    string // part of the number, the name or the unit's name
	Before  string // keyset: the id after which the list goes on
	Limit   int    // 1 to 200; 0 = 50
}

// Line is one row of a list of applications.
type Line struct {
	ID, Number, Name, Unit, UnitName string
	RoundID                          string
	State                            workflows.State
	Version                          int64
	DueOn                            string
	Overdue, Provisional             bool
	SubmittedAt                      *time.Time
	UpdatedAt                        time.Time
	Demo                             bool
}

// List reads applications that the actor may see.
func (s *Service) List(ctx context.Context, a identity.Actor, f Filter) (out []Line, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		cond, args := scope(a)
		more, vals := f.where(a)
		out, err = lines(tx, a, cond+more, append(args, vals...), f.limit(), "q.id DESC")
		return err
	})
	return out, err
}

func (f Filter) limit() int {
	if f.Limit <= 0 || f.Limit > 200 {
		return 50
	}
	return f.Limit
}

func (f Filter) where(a identity.Actor) (string, []any) {
	var b strings.Builder
	var args []any
	and := func(cond string, vals ...any) { b.WriteString(" AND " + cond); args = append(args, vals...) }
	if f.State != "" {
		states := seenAs(a, f.State)
		and("a.status IN ("+marks(len(states))+")", states...)
	}
	if f.RoundID != "" {
		and("a.round_id = ?", f.RoundID)
	}
	if f.Unit != "" {
		and("a.unit_code = ?", f.Unit)
	}
	if f.Sector != "" {
		and("EXISTS (SELECT 1 FROM application_sector s WHERE s.application_id = a.id AND s.sector = ?)", f.Sector)
	}
	if t := strings.TrimSpace(f.Text); t != "" {
		like := "%" + likeEscape(strings.ToLower(t)) + "%"
		and(`(lower(a.number) LIKE ? ESCAPE '!' OR lower(a.name) LIKE ? ESCAPE '!' OR u.name LIKE ? ESCAPE '!' OR u.pinyin LIKE ? ESCAPE '!')`, like, like, like, like)
	}
	if f.Before != "" {
		and("a.id < ?", f.Before)
	}
	return b.String(), args
}

// seenAs lists the stored states that the actor reads as one, so that a filter tells nobody
// more than the list does.
func seenAs(a identity.Actor, s workflows.State) []any {
	out := []any{}
	for _, row := range workflows.Application.States {
		if casework.SeenState(workflows.Application, a, row.State) == s {
			out = append(out, string(row.State))
		}
	}
	if len(out) == 0 {
		out = append(out, "") // no case has it
	}
	return out
}

func likeEscape(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
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
func lines(tx *database.Tx, a identity.Actor, cond string, args []any, limit int, order string) ([]Line, error) {
	var rows []lineRow
	err := tx.Find(&rows, `SELECT q.* FROM (SELECT a.id, a.number, a.name, a.unit_code, u.name AS unit_name, a.round_id, a.status, a.version, a.submitted_at, a.updated_at, a.demo,
		(SELECT min(d.due_on) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL) AS due_on,
		(SELECT count(*) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL AND d.due_at <= ?) AS late,
		(SELECT count(*) FROM deadline d WHERE d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL AND NOT d.provisional) AS firm
		FROM application a JOIN unit u ON u.code = a.unit_code WHERE `+cond+") q ORDER BY "+order+" LIMIT ?", append(append([]any{tx.Now()}, args...), limit)...)
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
	return out, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
