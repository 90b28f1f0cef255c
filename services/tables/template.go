package tables

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/sheet"
	"clusterzone/services/wording"
)

// File is a file on its way to a person.
type File struct {
	Name    string
	Type    string
	Content *bytes.Reader
}

const (
	workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	textType     = "text/csv; charset=utf-8"
)

// Template makes the workbook of an application: its tables as they stand, to be filled in and sent back. Whoever may
// read the application may have it. Errors: NotFound.
func (s *Service) Template(ctx context.Context, a identity.Actor, id string, lang wording.Lang) (File, error) {
	v, rules, err := s.view(ctx, a, id)
	if err != nil {
		return File{}, err
	}
	pages := []sheet.Page{s.firmsPage(v.Content, rules, lang), s.goalsPage(v.Content, rules, lang), s.helpPage(v.Number, rules, lang),
		{Name: markerSheet, Hidden: true, Rows: [][]any{{templateVersion}, {v.Number}}}}
	body, err := sheet.Write(pages)
	return File{Name: v.Number + "-" + s.t(lang, "table.file") + ".xlsx", Type: workbookType, Content: bytes.NewReader(body)}, err
}

// FirmsText makes a CSV of the firms as they stand. Errors: NotFound.
func (s *Service) FirmsText(ctx context.Context, a identity.Actor, id string, lang wording.Lang) (File, error) {
	v, rules, err := s.view(ctx, a, id)
	if err != nil {
		return File{}, err
	}
	titles := make([]string, 0, 4)
	for _, c := range firmColumns() {
		titles = append(titles, s.t(lang, c.title))
	}
	rows := [][]string{titles}
	for _, f := range v.Content.Business.Firms {
		rows = append(rows, []string{f.Name, f.Code, s.sectorName(f.Sector, lang), bandName(rules, f.RevenueBand, lang)})
	}
	body, err := sheet.WriteText(rows)
	return File{Name: v.Number + "-" + s.t(lang, firmsSheet) + ".csv", Type: textType, Content: bytes.NewReader(body)}, err
}

func (s *Service) view(ctx context.Context, a identity.Actor, id string) (v application.View, rules policy.RuleSet, err error) {
	if v, err = s.Applications.View(ctx, a, id); err != nil {
		return v, rules, err
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		rules, err = s.Book.RuleSet(tx, v.RuleSetID)
		return err
	})
	return v, rules, err
}

// firmsPage is the list of firms with room for more.
func (s *Service) firmsPage(c application.Content, rules policy.RuleSet, lang wording.Lang) sheet.Page {
	p := sheet.Page{Name: s.t(lang, firmsSheet), Blank: max(500, 2*len(c.Business.Firms)), Columns: s.firmTitles(rules, lang)}
	for _, f := range c.Business.Firms {
		p.Rows = append(p.Rows, []any{f.Name, f.Code, s.sectorName(f.Sector, lang), bandName(rules, f.RevenueBand, lang)})
	}
	return p
}

func (s *Service) firmTitles(rules policy.RuleSet, lang wording.Lang) []sheet.Column {
	widths, helps := []float64{38, 24, 26, 22}, []string{"table.help.name", "table.help.code", "table.help.sector", "table.help.band"}
	out := make([]sheet.Column, 0, 4)
	for i, c := range firmColumns() {
		out = append(out, sheet.Column{Title: s.t(lang, c.title), Width: widths[i], Help: s.t(lang, helps[i])})
	}
	for _, x := range s.Book.Sectors {
		out[firmSector].Choices = append(out[firmSector].Choices, x.Name.In(string(lang)))
	}
	for _, b := range rules.RevenueBands {
		out[firmBand].Choices = append(out[firmBand].Choices, b.Name.In(string(lang)))
	}
	return out
}

func (s *Service) sectorName(code string, lang wording.Lang) string {
	for _, x := range s.Book.Sectors {
		if x.Code == code {
			return x.Name.In(string(lang))
		}
	}
	return code
}

func bandName(rules policy.RuleSet, code string, lang wording.Lang) string {
	if b, ok := rules.RevenueBand(code); ok {
		return b.Name.In(string(lang))
	}
	return code
}

// goalsPage has a row for every indicator of the rule set.
func (s *Service) goalsPage(c application.Content, rules policy.RuleSet, lang wording.Lang) sheet.Page {
	base := c.Goals.BaseYear
	if base == 0 {
		base = int64(s.DB.Now().Year() - 1)
	}
	p := sheet.Page{Name: s.t(lang, goalsSheet), Columns: []sheet.Column{{Title: s.t(lang, "field.goals.rows.indicator"), Width: 24, Locked: true},
		{Title: s.t(lang, "table.column.unit"), Width: 12, Locked: true}}}
	for k := range rules.Goals.PlannedYears.Value + 1 {
		title := "table.column.base"
		if k > 0 {
			title = "table.column.planned"
		}
		p.Columns = append(p.Columns, sheet.Column{Width: 16, Help: s.t(lang, "table.help.figure"),
			Title: s.Words.Text(lang, title, map[string]any{"Year": strconv.FormatInt(base+int64(k), 10)})})
	}
	p.Columns = append(p.Columns, sheet.Column{Title: s.t(lang, "field.goals.rows.reason"), Width: 48, Wrap: true, Help: s.t(lang, "table.help.reason")})
	for _, i := range rules.Goals.Indicators {
		p.Rows = append(p.Rows, goalCells(c.Goals, i, rules.Goals.PlannedYears.Value, lang))
	}
	return p
}

func goalCells(g application.Goals, i policy.GoalIndicator, years int, lang wording.Lang) []any {
	var row application.GoalRow
	if at := slices.IndexFunc(g.Rows, func(r application.GoalRow) bool { return r.Indicator == i.Code }); at >= 0 {
		row = g.Rows[at]
	}
	cells := []any{i.Name.In(string(lang)), i.Unit.In(string(lang)), figure(i.Code, row.Base)}
	for k := range years {
		var v *int64
		if k < len(row.Planned) {
			v = row.Planned[k]
		}
		cells = append(cells, figure(i.Code, v))
	}
	return append(cells, row.Reason)
}

func figure(indicator string, v *int64) any {
	if v == nil {
		return nil
	}
	return sheet.Decimal(application.IndicatorUnit(indicator).Format(*v))
}

// helpPage says how to fill in the other two.
func (s *Service) helpPage(number string, rules policy.RuleSet, lang wording.Lang) sheet.Page {
	p := sheet.Page{Name: s.t(lang, helpSheet), Columns: []sheet.Column{{Title: s.t(lang, "table.guide.title"), Width: 96, Locked: true, Wrap: false}}}
	say := func(key string, pairs ...string) {
		params := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			params[pairs[i]] = pairs[i+1]
		}
		p.Rows = append(p.Rows, []any{s.Words.Text(lang, key, params)})
	}
	say("table.guide.number", "Number", number)
	for _, key := range []string{"table.guide.firms", "table.guide.code", "table.guide.choices", "table.guide.goals", "table.guide.years", "table.guide.columns",
		"table.guide.formulas", "table.guide.back"} {
		say(key)
	}
	say("table.guide.most", "Max", strconv.Itoa(MaxFirms))
	say("table.guide.sectors")
	for _, x := range s.Book.Sectors {
		p.Rows = append(p.Rows, []any{"    " + x.Name.In(string(lang))})
	}
	say("table.guide.bands")
	for _, b := range rules.RevenueBands {
		p.Rows = append(p.Rows, []any{"    " + b.Name.In(string(lang))})
	}
	return p
}
