package tables

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"clusterzone/services/application"
	"clusterzone/services/policy"
	"clusterzone/services/sheet"
)

// goalReader reads the sheet of goals.
type goalReader struct {
	*parsed
	t     sheet.Table
	h     head
	years []yearColumn // base first
	rows  map[string]int
}

type yearColumn struct {
	at   int
	year int
}

func (p *parsed) goals(t sheet.Table) {
	h, ok := p.head(t, goalColumns(), 1)
	if !ok {
		return
	}
	r := &goalReader{parsed: p, t: t, h: h, rows: map[string]int{}}
	if !r.readYears() {
		return
	}
	p.Goals = &application.Goals{BaseYear: int64(r.years[0].year), Rows: []application.GoalRow{}}
	for _, row := range t.Rows {
		if row.No > h.row {
			r.row(row)
		}
	}
	r.missing()
	r.fits()
}

var fourDigits = regexp.MustCompile(`(?:^|[^0-9])((?:19|20|21)[0-9]{2})(?:[^0-9]|$)`)

// readYears finds the columns of the years in their titles: the base year and so many that follow it.
func (r *goalReader) readYears() bool {
	before := r.Count
	var titles sheet.Row
	for _, row := range r.t.Rows {
		if row.No == r.h.row {
			titles = row
		}
	}
	for at := range r.h.others {
		c := titles.At(at)
		if c.Kind == sheet.Date {
			r.refuse(r.t.Name, r.h.row, at, "year_date")
			continue
		}
		if m := fourDigits.FindStringSubmatch(norm.NFKC.String(c.Text)); m != nil {
			year, _ := strconv.Atoi(m[1]) // four digits
			r.years = append(r.years, yearColumn{at, year})
			continue
		}
		r.note(r.t.Name, r.h.row, at, "column_ignored", "Column", short(c.Text))
	}
	slices.SortFunc(r.years, func(a, b yearColumn) int { return a.year - b.year })
	want := 1 + r.rules.Goals.PlannedYears.Value
	if r.Count == before && len(r.years) != want {
		r.refuse(r.t.Name, r.h.row, 0, "years_count", "Want", strconv.Itoa(want), "Count", strconv.Itoa(len(r.years)))
	}
	for i := 1; i < len(r.years) && r.Count == before; i++ {
		if r.years[i].year != r.years[i-1].year+1 {
			r.refuse(r.t.Name, r.h.row, r.years[i].at, "years_gap", "Year", strconv.Itoa(r.years[i].year), "After", strconv.Itoa(r.years[i-1].year))
		}
	}
	return r.Count == before
}

// row reads one indicator.
func (r *goalReader) row(row sheet.Row) {
	at := r.h.at[goalIndicator]
	c := row.At(at)
	switch {
	case c.Text == "" && c.Flaw == "":
		if len(row.Cells) > 0 {
			r.stray(row)
		}
		return
	case r.flaw(r.t.Name, row.No, at, c):
		return
	case row.Hidden:
		r.refuse(r.t.Name, row.No, at, "row_hidden")
	}
	indicator, ok := r.indicator(c.Text)
	if !ok {
		r.refuse(r.t.Name, row.No, at, "indicator_unknown", "Text", short(c.Text))
		return
	}
	if first, twice := r.rows[indicator.Code]; twice {
		r.refuse(r.t.Name, row.No, at, "indicator_twice", "Text", short(c.Text), "First", sheet.CellName(first, at))
		return
	}
	r.rows[indicator.Code] = row.No
	r.checkUnit(row, indicator)
	out := application.GoalRow{Indicator: indicator.Code, Planned: []*int64{}, Reason: r.reason(row)}
	for i, y := range r.years {
		v := r.value(row, y.at, indicator)
		if i == 0 {
			out.Base = v
		} else {
			out.Planned = append(out.Planned, v)
		}
	}
	r.Goals.Rows = append(r.Goals.Rows, out)
}

// stray names figures that belong to no indicator.
func (r *goalReader) stray(row sheet.Row) {
	for _, y := range r.years {
		if row.At(y.at).Text != "" {
			r.refuse(r.t.Name, row.No, r.h.at[goalIndicator], "indicator_missing")
			return
		}
	}
}

func (r *goalReader) indicator(text string) (policy.GoalIndicator, bool) {
	for _, i := range r.rules.Goals.Indicators {
		for _, name := range []string{i.Code, i.Name.ZH, i.Name.EN, r.service.t("zh-CN", application.IndicatorLabelKey(i.Code)), r.service.t("en", application.IndicatorLabelKey(i.Code))} {
			if heading(name) == heading(text) {
				return i, true
			}
		}
	}
	return policy.GoalIndicator{}, false
}

// checkUnit refuses figures in another unit than the document's: 亿元 read as 万元 would be wrong ten thousandfold.
func (r *goalReader) checkUnit(row sheet.Row, i policy.GoalIndicator) {
	at, ok := r.h.at[goalUnit]
	if text := row.At(at).Text; ok && text != "" && plainText(text) != plainText(i.Unit.ZH) && plainText(text) != plainText(i.Unit.EN) {
		r.refuse(r.t.Name, row.No, at, "unit_other", "Text", short(text), "Want", i.Unit.ZH, "WantEn", i.Unit.EN)
	}
}

func (r *goalReader) reason(row sheet.Row) string {
	at, ok := r.h.at[goalReason]
	if !ok || r.flaw(r.t.Name, row.No, at, row.At(at)) {
		return ""
	}
	return row.At(at).Text
}

// value reads a figure in the indicator's unit; nothing is not filled in.
func (r *goalReader) value(row sheet.Row, at int, i policy.GoalIndicator) *int64 {
	c := row.At(at)
	if c.Text == "" && c.Flaw == "" || r.flaw(r.t.Name, row.No, at, c) {
		return nil
	}
	if c.Kind == sheet.Date {
		r.refuse(r.t.Name, row.No, at, "cell_date", "Text", c.Text)
		return nil
	}
	unit := application.IndicatorUnit(i.Code)
	v, err := unit.Parse(strings.ReplaceAll(norm.NFKC.String(c.Text), " ", ""))
	if err != nil {
		r.refuse(r.t.Name, row.No, at, "figure", "Text", short(c.Text), "Unit", i.Unit.ZH, "UnitEn", i.Unit.EN, "Decimals", strconv.Itoa(unit.Decimals()))
		return nil
	}
	return &v
}

// missing says which indicators the file leaves as they are.
func (r *goalReader) missing() {
	for _, i := range r.rules.Goals.Indicators {
		if _, ok := r.rows[i.Code]; !ok {
			r.note(r.t.Name, 0, 0, "indicator_kept", "Indicator", application.IndicatorLabelKey(i.Code))
		}
	}
}

func (r *goalReader) fits() {
	value, err := json.Marshal(r.Goals)
	if err != nil { // numbers and strings always marshal
		return
	}
	_, problems := application.Apply(application.Content{}, "goals", value)
	for _, p := range problems {
		rest, _ := strings.CutPrefix(p.Path, "goals.rows[")
		indicator, _, _ := strings.Cut(rest, "]")
		r.refuse(r.t.Name, r.rows[indicator], r.h.at[goalReason], p.Code, flat(p.Params)...)
	}
}
