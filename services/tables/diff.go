package tables

import (
	"slices"

	"clusterzone/services/application"
)

// ChangeKind is what happens to a row.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Changed ChangeKind = "changed"
	Removed ChangeKind = "removed"
)

// FirmChange is one firm that an import adds, changes or removes. Row is its row in the file, 0 where it has none.
type FirmChange struct {
	Kind          ChangeKind
	Row           int
	Before, After application.Firm
}

// FirmPlan is what an import does to the list of firms.
type FirmPlan struct {
	Added, Changed, Removed, Same int
	Before, After                 int // length of the list
	Reordered                     bool
	Rows                          []FirmChange // in the order of the file, then what is removed
}

// Changes reports whether anything changes.
func (p FirmPlan) Changes() bool { return len(p.Rows) > 0 || p.Reordered }

// key identifies a firm: by its credit code, without one by its name.
func key(f application.Firm) string {
	if f.Code != "" {
		return f.Code
	}
	return "\x00" + f.Name
}

// tables are the two tables of a document that files can hold.
type tables struct {
	Firms []application.Firm `json:"firms"`
	Goals application.Goals  `json:"goals"`
}

func tablesOf(c application.Content) tables { return tables{c.Business.Firms, c.Goals} }

func (t tables) put(c application.Content) application.Content {
	c.Business.Firms, c.Goals = t.Firms, t.Goals
	return c
}

// after is what the tables become by a file.
func (p *parsed) after(base tables, mode Mode) tables {
	out := base
	if p.HasFirms {
		out.Firms = p.Firms
		if mode == Merge {
			out.Firms = merged(base.Firms, p.Firms)
		}
	}
	if p.Goals != nil {
		out.Goals = mergedGoals(base.Goals, *p.Goals)
	}
	return out
}

// merged adds firms to a list and updates those it holds, by credit code. An empty cell changes nothing.
func merged(before, file []application.Firm) []application.Firm {
	out := slices.Clone(before)
	at := make(map[string]int, len(out))
	for i, f := range out {
		if _, taken := at[key(f)]; !taken {
			at[key(f)] = i
		}
	}
	for _, f := range file {
		i, known := at[key(f)]
		if !known {
			at[key(f)] = len(out)
			out = append(out, f)
			continue
		}
		fill(&out[i].Name, f.Name)
		fill(&out[i].Sector, f.Sector)
		fill(&out[i].RevenueBand, f.RevenueBand)
	}
	return out
}

func fill(into *string, text string) {
	if text != "" {
		*into = text
	}
}

// mergedGoals replaces the rows that a file has; the others stay.
func mergedGoals(before, file application.Goals) application.Goals {
	out := application.Goals{BaseYear: file.BaseYear, Rows: slices.Clone(before.Rows)}
	for _, row := range file.Rows {
		i := slices.IndexFunc(out.Rows, func(r application.GoalRow) bool { return r.Indicator == row.Indicator })
		switch {
		case i >= 0:
			out.Rows[i] = row
		case row.Base != nil || row.Reason != "" || slices.ContainsFunc(row.Planned, func(v *int64) bool { return v != nil }):
			out.Rows = append(out.Rows, row)
		}
	}
	if before.BaseYear == 0 && len(out.Rows) == 0 { // the empty template of a draft without goals
		return before
	}
	return out
}

// compareFirms pairs the firms of two lists by their key, the first with the first where one stands twice.
func compareFirms(before, after []application.Firm, lines []int) FirmPlan {
	plan := FirmPlan{Before: len(before), After: len(after)}
	left := map[string][]int{}
	for i, f := range before {
		left[key(f)] = append(left[key(f)], i)
	}
	last := -1
	for i, f := range after {
		row := 0
		if i < len(lines) {
			row = lines[i]
		}
		rest := left[key(f)]
		if len(rest) == 0 {
			plan.Added++
			plan.Rows = append(plan.Rows, FirmChange{Kind: Added, Row: row, After: f})
			continue
		}
		from := rest[0]
		left[key(f)] = rest[1:]
		plan.Reordered = plan.Reordered || from < last
		last = max(last, from)
		if before[from] == f {
			plan.Same++
			continue
		}
		plan.Changed++
		plan.Rows = append(plan.Rows, FirmChange{Kind: Changed, Row: row, Before: before[from], After: f})
	}
	plan.removed(before, left)
	return plan
}

func (p *FirmPlan) removed(before []application.Firm, left map[string][]int) {
	for i, f := range before {
		if rest := left[key(f)]; slices.Contains(rest, i) {
			p.Removed++
			p.Rows = append(p.Rows, FirmChange{Kind: Removed, Before: f})
		}
	}
}

// compareGoals lists the fields of the goals that change.
func compareGoals(before, after application.Goals) ([]application.Change, error) {
	return application.Compare(application.Content{Goals: before}, application.Content{Goals: after})
}
