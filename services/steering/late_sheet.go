package steering

import (
	"net/url"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// LateFilterOf reads the filter of what is overdue from what stands in its address.
func LateFilterOf(q url.Values) LateFilter {
	return LateFilter{Unit: clean(q.Get("unit")), Person: clean(q.Get("person")), Clock: workflows.ClockName(clean(q.Get("clock"))), Kind: workflows.Kind(clean(q.Get("kind")))}
}

// lateSheet is what is overdue, one line for each clock.
func (s *Service) lateSheet(tx *database.Tx, a identity.Actor, q url.Values) (Sheet, error) {
	if !a.Any(Watchers()...) {
		return Sheet{}, fault.New(fault.Forbidden, "forbidden")
	}
	all, err := lates(tx, a)
	if err != nil {
		return Sheet{}, err
	}
	units, err := identity.Units(tx, "")
	if err != nil {
		return Sheet{}, err
	}
	names := map[string]string{}
	for _, u := range units {
		if names[u.Code] = u.Name; a.Lang == "en" {
			names[u.Code] = u.NameEn
		}
	}
	f := LateFilterOf(q)
	out := Sheet{Name: s.text(a.Lang, "menu.overdue")}
	for _, key := range []string{"column.number", "column.case", "supervision.turn", "column.state", "supervision.clock", "column.due", "supervision.late", "supervision.urged"} {
		out.Heads = append(out.Heads, s.text(a.Lang, key))
	}
	today := workflows.DateOf(tx.Now())
	for _, l := range all {
		if !f.admits(l) {
			continue
		}
		out.IDs = append(out.IDs, string(l.Case.Kind)+"/"+l.Case.ID)
		out.Rows = append(out.Rows, l.cells(a, names, today))
	}
	return out, nil
}

func (l Late) cells(a identity.Actor, units map[string]string, today workflows.Date) []any {
	row := []any{l.Number, l.Title, units[l.Unit], StateLabel(a, workflows.ByKind(l.Case.Kind), l.State), casework.ClockLabel(l.Clock).In(a.Lang), "", int64(0), ""}
	if due, err := workflows.ParseDate(l.DueOn); err == nil {
		row[5], row[6] = due, int64(max(1, today.Sub(due)))
	}
	if l.UrgedAt != nil {
		row[7] = workflows.DateOf(*l.UrgedAt)
	}
	return row
}

// still counts those cases of a file that the actor may see now.
func (s *Service) still(tx *database.Tx, a identity.Actor, kind string, ids []string) (n int64, err error) {
	if kind == KindApplications {
		return s.Applications.Still(tx, a, ids)
	}
	for some := range slices.Chunk(ids, 500) {
		var seen []string
		err := tx.Find(&seen, "SELECT DISTINCT h.kind || '/' || h.case_id FROM ("+holders+") h WHERE h.kind || '/' || h.case_id IN ? AND "+unrecused, some, a.ID)
		if err != nil {
			return n, err
		}
		for _, id := range some { // a case with two clocks stands there twice
			if slices.Contains(seen, id) {
				n++
			}
		}
	}
	return n, nil
}
