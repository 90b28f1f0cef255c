package evaluation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Filter narrows a list of evaluations or rectifications; zero fields do not.
type Filter struct {
	State  workflows.State
	Year   int
	Unit   string // code
	Zone   string // id
	Text   string // part of the number or of the zone's name, in characters or pinyin; of evaluations only
	Cursor string // Next of the page before
	Limit  int    // 1 to 200; 0 = 50
}

// ListRow is one line of a list. Total and Grade are empty until the actor may see them, and
// always of a rectification.
type ListRow struct {
	ID, Number         string
	ZoneID, ZoneNumber string
	ZoneName           string
	Unit               string // code
	Year               int
	State              workflows.State
	Total              *policy.Points
	Grade              string
	DueOn              string // of the next clock; "" = none runs
	Overdue            bool
	Demo               bool
	UpdatedAt          time.Time
}

// Page is one page of a list, newest case first.
type Page struct {
	Rows []ListRow
	Next string // "" on the last page
}

// List lists the evaluations that the actor may see.
func (s *Service) List(ctx context.Context, a identity.Actor, f Filter) (page Page, err error) {
	cond, args := scope(a)
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		page, err = listCases(tx, evaluations(), f, cond, args)
		return err
	})
	for i := range page.Rows {
		if r := &page.Rows[i]; !seesGrade(a, r.State) {
			r.Total, r.Grade = nil, ""
		}
	}
	return page, err
}

// List lists the rectifications that the actor may see.
func (r *Rectifications) List(ctx context.Context, a identity.Actor, f Filter) (page Page, err error) {
	cond, args := rectificationScope(a)
	err = r.s.DB.View(ctx, func(tx *database.Tx) error {
		page, err = listCases(tx, remedies(), f, cond, args)
		return err
	})
	return page, err
}

// caseTable is how a kind of case is listed.
type caseTable struct {
	workflow *workflows.Workflow
	alias    string
	columns  string // of the case itself, with year, total and grade
	from     string
	year     string // the column that holds the year
}

func evaluations() caseTable {
	return caseTable{workflow: workflows.Evaluation, alias: "e", year: "e.year",
		columns: "e.id, e.number, e.zone_id, e.unit_code, e.status, e.updated_at, e.demo, e.year, e.total, e.grade",
		from:    "evaluation e JOIN zone z ON z.id = e.zone_id"}
}

func remedies() caseTable {
	return caseTable{workflow: workflows.Rectification, alias: "r", year: "e.year",
		columns: "r.id, r.number, r.zone_id, r.unit_code, r.status, r.updated_at, r.demo, e.year, NULL AS total, '' AS grade",
		from:    "rectification r JOIN zone z ON z.id = r.zone_id JOIN evaluation e ON e.id = r.evaluation_id"}
}

// clock joins the open clock of each case that ends first.
func (t caseTable) clock() string {
	return fmt.Sprintf(` LEFT JOIN deadline d ON d.id = (SELECT o.id FROM deadline o WHERE o.kind = '%s' AND o.case_id = %s.id AND o.ended_at IS NULL
		AND o.paused_at IS NULL ORDER BY o.due_at, o.id LIMIT 1)`, t.workflow.Kind, t.alias)
}

// caseRow is a case in a list.
type caseRow struct {
	ID, Number, ZoneID, UnitCode, Status string
	UpdatedAt                            time.Time
	Demo                                 bool
	Year                                 int
	Total                                *int64
	Grade                                string
	ZoneName, ZoneNumber                 string
	DueOn                                *string
	DueAt                                *time.Time
	Provisional                          *bool
}

func (t caseTable) find(tx *database.Tx, rest string, args []any) (rows []caseRow, err error) {
	err = tx.Find(&rows, "SELECT "+t.columns+", z.name AS zone_name, z.number AS zone_number, d.due_on, d.due_at, d.provisional FROM "+t.from+t.clock()+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", t.workflow.Kind, err)
	}
	return rows, nil
}

func listCases(tx *database.Tx, t caseTable, f Filter, cond string, args []any) (Page, error) {
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	if !readable(string(f.State), f.Unit, f.Zone, f.Text, f.Cursor) {
		return Page{}, nil
	}
	more, moreArgs := t.where(f)
	rows, err := t.find(tx, " WHERE "+cond+more+" ORDER BY "+t.alias+".id DESC LIMIT ?", append(append(args, moreArgs...), limit+1))
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	for _, r := range rows {
		item := ListRow{ID: r.ID, Number: r.Number, ZoneID: r.ZoneID, ZoneNumber: r.ZoneNumber, ZoneName: r.ZoneName, Unit: r.UnitCode, Year: r.Year,
			State: workflows.State(r.Status), Grade: r.Grade, Demo: r.Demo, UpdatedAt: r.UpdatedAt}
		if r.Total != nil {
			total := policy.Points(*r.Total)
			item.Total = &total
		}
		if r.DueOn != nil && r.DueAt != nil {
			item.DueOn, item.Overdue = *r.DueOn, !tx.Now().Before(*r.DueAt)
		}
		page.Rows = append(page.Rows, item)
	}
	return page, nil
}

func (t caseTable) where(f Filter) (string, []any) {
	var sql strings.Builder
	var args []any
	add := func(cond string, val any) {
		sql.WriteString(" AND " + cond)
		args = append(args, val)
	}
	if f.State != "" {
		add(t.alias+".status = ?", string(f.State))
	}
	if f.Year != 0 {
		add(t.year+" = ?", f.Year)
	}
	if f.Unit != "" {
		add(t.alias+".unit_code = ?", f.Unit)
	}
	if f.Zone != "" {
		add(t.alias+".zone_id = ?", f.Zone)
	}
	if f.Text != "" {
		cond, found := search.In(t.alias+".id", string(t.workflow.Kind), string(t.workflow.Kind), f.Text)
		sql.WriteString(" AND " + cond)
		args = append(args, found...)
	}
	if f.Cursor != "" {
		add(t.alias+".id < ?", f.Cursor)
	}
	return sql.String(), args
}
