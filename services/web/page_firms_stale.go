package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/tables"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// firmsTyped are the rows of a form, or which cells cannot be read.
func firmsTyped(t typed, form partForm) ([]application.Firm, []application.Problem) {
	value, problems := t.value(form)
	if len(problems) > 0 {
		return nil, problems
	}
	var part struct {
		Firms []application.Firm `json:"firms"`
	}
	if err := json.Unmarshal(value, &part); err != nil {
		return nil, []application.Problem{refuse(firmsPath, "document.syntax")}
	}
	return part.Firms, nil
}

// readWas reads what the rows were when they were last saved; what cannot be read is as good as not sent.
func (g *grid) readWas() {
	values, err := url.ParseQuery(g.acked)
	if g.acked == "" || err != nil {
		return
	}
	was := newTyped()
	if unknown := was.read(withoutControls(values), g.form); len(unknown) > 0 {
		return
	}
	firms, problems := firmsTyped(was, g.form)
	if len(problems) > 0 {
		return
	}
	if firms == nil {
		firms = []application.Firm{}
	}
	g.firmsWere, g.was = firms, draftBase{value: json.RawMessage("{}"), typed: was}
}

// origins are the rows that the typed ones were: a row keeps its number on the page.
func (g *grid) origins() []int {
	out := make([]int, g.typed.rows[firmsPath])
	for i := range out {
		out[i] = -1
		if sent, ok := g.typed.from[rowPath(firmsPath, i)]; ok {
			if _, row, _, ok := rowOf(g.was.typed.nowAt(sent)); ok {
				out[i] = row
			}
		}
	}
	return out
}

// firmCell names a cell of the rows that a person chooses for: the row in their own list, the row in the other's.
func firmCell(c tables.Clash) string {
	return firmsPath + "[" + strconv.Itoa(c.Row) + ":" + strconv.Itoa(c.Theirs) + "]." + c.Column
}

// showGridStale asks, cell by cell, about what both have changed in the rows of a page.
func (s *site) showGridStale(r *request, g *grid, d tables.RowsStale) error {
	now, err := s.openGrid(r)
	if err != nil {
		return err
	}
	mine, err := json.Marshal(d.Merged)
	if err != nil {
		return err
	}
	seen, err := json.Marshal(d.Seen)
	if err != nil {
		return err
	}
	v := views.EditorStale{Action: gridHref(now.view.ID, 0) + "/choose", Version: now.view.Version, Mine: string(mine), Seen: string(seen),
		When: wording.DateTime(r.lang, now.view.UpdatedAt), From: strconv.Itoa(d.From), Rows: r.firmChoices(g.form, d), Discard: gridHref(now.view.ID, g.from)}
	if r.autosaves() {
		return s.showFragment(r, http.StatusConflict, views.EditorStaleForm(v))
	}
	now.rows(g.from)
	now.status, now.stale = http.StatusConflict, &v
	return s.showGrid(r, now)
}

// firmChoices are both values of every cell that two people have changed.
func (r *request) firmChoices(form partForm, d tables.RowsStale) (out []views.StaleChoice) {
	list, _ := form.list(firmsPath)
	for _, c := range d.Clashes {
		column := columnOf(list, c.Column)
		out = append(out, views.StaleChoice{Name: firmCell(c), Label: r.rowLabel(list.path, d.From+c.Row, d.Merged[c.Row].Name, c.Column),
			Mine: orNone(r, labelOf(column, cellOf(d.Merged[c.Row], c.Column))), Theirs: orNone(r, labelOf(column, cellOf(d.Seen[c.Theirs], c.Column)))})
	}
	return out
}

func columnOf(list listForm, name string) fieldForm {
	for _, column := range list.columns {
		if column.path == name {
			return column
		}
	}
	return fieldForm{}
}

func cellOf(f application.Firm, column string) string {
	switch column {
	case "name":
		return f.Name
	case "code":
		return f.Code
	case "sector":
		return f.Sector
	}
	return f.RevenueBand
}

// rowLabel names a cell of a list: the row by its number and name, and the column.
func (r *request) rowLabel(list string, row int, name, column string) string {
	return r.T("edit.stale.row", "List", r.T(application.LabelKey(list)), "Row", row+1, "Name", orNone(r, name), "Column", r.T(application.LabelKey(list+"."+column)))
}

// chooseFirms saves what a person has chosen between two values, against the rows they were shown: what has changed
// since is asked again.
func (s *site) chooseFirms(r *request) error {
	if err := r.samePerson(); err != nil {
		return err
	}
	g, err := s.openGrid(r)
	if err != nil {
		return err
	}
	values, err := r.formUpTo(2 * maxForm)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(values.Get("from"))
	if err != nil || from < 0 {
		return fault.BadField("from", "malformed")
	}
	seen, rows, err := chosenFirms(values)
	if err != nil {
		return err
	}
	g.from, g.count = from, len(rows)
	saved, err := s.Tables.SaveRows(r.ctx(), r.actor, g.view.ID, tables.Slice{From: from, Count: len(seen), Base: tables.RowsBase(seen, 0, len(seen)), Firms: rows, Was: seen})
	if problems := problemsOf(err); len(problems) > 0 {
		g.told = problems
		g.fill(rows)
		return s.refuseGrid(r, g)
	}
	if err != nil {
		return s.gridFailed(r, g, err)
	}
	if r.autosaves() {
		r.flash(views.Done, "edit.saved", "Time", wording.Clock(s.DB.Now()))
	}
	g.from = from / onePage * onePage
	return s.gridSaved(r, g, saved)
}

// chosenFirms puts the cells taken from the other into one's own rows.
func chosenFirms(values url.Values) (seen, rows []application.Firm, err error) {
	if json.Unmarshal([]byte(values.Get("mine")), &rows) != nil || json.Unmarshal([]byte(values.Get("seen")), &seen) != nil || seen == nil {
		return nil, nil, fault.BadField("business", "malformed")
	}
	for name := range values {
		place, ok := strings.CutPrefix(name, "take."+firmsPath+"[")
		if !ok || values.Get(name) != "theirs" {
			continue
		}
		at, column, _ := strings.Cut(place, "].")
		if into, theirs, ok := twoRows(at); ok && into < len(rows) && theirs < len(seen) {
			tables.Take(&rows[into], seen[theirs], column)
		}
	}
	return seen, rows, nil
}

// twoRows reads 3:5.
func twoRows(text string) (a, b int, ok bool) {
	left, right, ok := strings.Cut(text, ":")
	a, errA := strconv.Atoi(left)
	b, errB := strconv.Atoi(right)
	return a, b, ok && errA == nil && errB == nil && a >= 0 && b >= 0
}
