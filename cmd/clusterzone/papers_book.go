package main

import (
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
)

// sections are every field of a document, part by part; what is left out here would be signed
// and hashed without standing on the paper.
func (p papers) sections(c application.Content) []paper.Section {
	return []paper.Section{p.body(c.Body), p.boundary(c.Boundary), p.goals(c.Goals), p.business(c.Business), p.positioning(c.Positioning), p.factors(c.Factors),
		p.fund(c.Fund), p.recommendation(c.Recommendation)}
}

func (p papers) text(key string) string { return p.a.words.Text(wording.ZH, key, nil) }

func (p papers) label(path string) string { return p.text(application.LabelKey(path)) }

func (p papers) row(path, value string) paper.Row {
	return paper.Row{Label: p.label(path), Value: value}
}

// column heads a column with the label of a field.
func (p papers) column(path string, share float64) paper.Column {
	return paper.Column{Title: p.label(path), Share: share}
}

func (p papers) body(b application.Body) paper.Section {
	kind := ""
	if b.Kind != "" {
		kind = p.text(application.BodyKindLabelKey(b.Kind))
	}
	return paper.Section{Title: p.label("body"), Rows: []paper.Row{
		p.row("body.name", b.Name), p.row("body.kind", kind), p.row("body.credit_code", b.CreditCode),
		p.row("body.legal_representative", b.LegalRepresentative), p.row("body.managers", strconv.FormatInt(b.Managers, 10)),
		p.row("body.contact.name", b.Contact.Name), p.row("body.contact.phone", b.Contact.Phone), p.row("body.contact.email", b.Contact.Email)}}
}

func (p papers) boundary(b application.Boundary) paper.Section {
	s := paper.Section{Title: p.label("boundary"), Rows: []paper.Row{
		p.row("boundary.east", b.East), p.row("boundary.south", b.South), p.row("boundary.west", b.West), p.row("boundary.north", b.North),
		p.row("boundary.area_m2", figure(application.UnitOf("boundary.area_m2"), &b.AreaM2)),
		p.row("boundary.floor_area_m2", figure(application.UnitOf("boundary.floor_area_m2"), b.FloorAreaM2))}}
	t := paper.Table{Caption: p.label("boundary.polygon"), Columns: []paper.Column{{Title: p.text("filing.print.ring"), Share: 1, Align: paper.Right},
		{Title: p.text("filing.print.corner"), Share: 1, Align: paper.Right}, {Title: p.text("filing.print.lon"), Share: 3, Align: paper.Right},
		{Title: p.text("filing.print.lat"), Share: 3, Align: paper.Right}}}
	for i, ring := range application.Corners(b.Polygon) {
		for k, corner := range ring {
			t.Rows = append(t.Rows, []string{strconv.Itoa(i + 1), strconv.Itoa(k + 1), corner[0].String(), corner[1].String()})
		}
	}
	if len(t.Rows) > 0 {
		s.Tables = []paper.Table{t}
	}
	return s
}

func (p papers) goals(g application.Goals) paper.Section {
	t := paper.Table{Columns: []paper.Column{p.column("goals.rows.indicator", 3), {Title: strconv.FormatInt(g.BaseYear, 10) + "（基期）", Share: 2, Align: paper.Right}}}
	years := 0
	for _, r := range g.Rows {
		years = max(years, len(r.Planned))
	}
	for i := range years {
		t.Columns = append(t.Columns, paper.Column{Title: strconv.FormatInt(g.BaseYear+int64(i)+1, 10), Share: 2, Align: paper.Right})
	}
	s := paper.Section{Title: p.label("goals"), Rows: []paper.Row{p.row("goals.base_year", strconv.FormatInt(g.BaseYear, 10))}}
	for _, r := range g.Rows {
		unit, name := application.IndicatorUnit(r.Indicator), p.indicator(r.Indicator)
		cells := []string{name, figure(unit, r.Base)}
		for i := range years {
			var v *int64
			if i < len(r.Planned) {
				v = r.Planned[i]
			}
			cells = append(cells, figure(unit, v))
		}
		t.Rows = append(t.Rows, cells)
		if r.Reason != "" {
			s.Paragraphs = append(s.Paragraphs, name+" "+p.label("goals.rows.reason")+"："+r.Reason)
		}
	}
	s.Tables = []paper.Table{t}
	return s
}

// indicator is the name of a goal indicator with its unit.
func (p papers) indicator(code string) string {
	if key := application.IndicatorLabelKey(code); p.a.words.Has(key) {
		return p.text(key)
	}
	return code
}

func figure(u application.Unit, v *int64) string {
	if v == nil {
		return "—"
	}
	return u.Format(*v)
}

func (p papers) business(b application.Business) paper.Section {
	leading := paper.Table{Caption: p.label("business.leading"), Columns: []paper.Column{p.column("business.leading.name", 4), p.column("business.leading.sector", 3),
		{Title: p.label("business.leading.share_bp"), Share: 2, Align: paper.Right}}}
	for _, x := range b.Leading {
		leading.Rows = append(leading.Rows, []string{x.Name, p.sector(x.Sector), application.UnitPercent.Format(x.ShareBP)})
	}
	firms := paper.Table{Caption: p.label("business.firms"), Numbered: true, Columns: []paper.Column{p.column("business.firms.name", 4), p.column("business.firms.code", 4),
		p.column("business.firms.sector", 3), p.column("business.firms.revenue_band", 3)}}
	for _, f := range b.Firms {
		firms.Rows = append(firms.Rows, []string{f.Name, f.Code, p.sector(f.Sector), p.band(f.RevenueBand)})
	}
	var sectors []string
	for _, x := range b.Sectors {
		sectors = append(sectors, p.sector(x))
	}
	s := paper.Section{Title: p.label("business"), Rows: []paper.Row{p.row("business.sectors", strings.Join(sectors, "；"))}}
	if len(leading.Rows) > 0 {
		s.Tables = append(s.Tables, leading)
	}
	s.Tables = append(s.Tables, firms)
	return s
}

func (p papers) sector(code string) string {
	if x, ok := p.a.book.Sector(code); ok {
		return x.Name.ZH
	}
	return code
}

func (p papers) band(code string) string {
	if b, ok := p.a.book.Rules.RevenueBand(code); ok {
		return b.Name.ZH
	}
	return code
}

func (p papers) positioning(x application.Positioning) paper.Section {
	area := x.Area
	if a, ok := p.a.book.Area(area); ok {
		area = a.Name.ZH
	}
	s := paper.Section{Title: p.label("positioning"), Rows: []paper.Row{p.row("positioning.area", area)},
		Paragraphs: []string{p.label("positioning.text") + "：" + x.Text, p.label("positioning.relation") + "：" + x.Relation}}
	t := paper.Table{Caption: p.label("positioning.platforms"), Columns: []paper.Column{p.column("positioning.platforms.name", 3), p.column("positioning.platforms.description", 6),
		p.column("positioning.platforms.year", 1.5)}}
	for _, y := range x.Platforms {
		t.Rows = append(t.Rows, []string{y.Name, y.Description, strconv.FormatInt(y.Year, 10)})
	}
	if len(t.Rows) > 0 {
		s.Tables = []paper.Table{t}
	}
	return s
}

func (p papers) factors(f application.Factors) paper.Section {
	t := paper.Table{Columns: []paper.Column{p.column("factors", 2), {Title: p.text("dossier.amount"), Share: 2.4, Align: paper.Right}, p.column("factors.land.source", 3),
		{Title: p.text("dossier.responsible"), Share: 3}, {Title: p.text("dossier.by"), Share: 2}}}
	for _, x := range []struct {
		path   string
		factor application.Factor
	}{{"factors.land", f.Land}, {"factors.funds", f.Funds}, {"factors.talent", f.Talent}, {"factors.utilities", f.Utilities}} {
		unit := application.UnitOf(x.path + ".amount")
		t.Rows = append(t.Rows, []string{p.label(x.path), figure(unit, x.factor.Amount) + " " + p.text("dossier.unit."+string(unit)), x.factor.Source, x.factor.Body, x.factor.Date})
	}
	return paper.Section{Title: p.label("factors"), Tables: []paper.Table{t}}
}

func (p papers) fund(f application.Fund) paper.Section {
	s := paper.Section{Title: p.label("fund"), Rows: []paper.Row{p.row("fund.source_line", f.SourceLine), p.row("fund.document_number", f.DocumentNumber)}}
	for _, y := range f.Years {
		s.Rows = append(s.Rows, paper.Row{Label: strconv.FormatInt(y.Year, 10) + " 年（万元）", Value: policy.WanOf(y.AmountFen).String()})
	}
	return s
}

func (p papers) recommendation(x application.Recommendation) paper.Section {
	return paper.Section{Title: p.label("recommendation"), Rows: []paper.Row{p.row("recommendation.document_number", x.DocumentNumber), p.row("recommendation.date", x.Date)}}
}

// fileSize is a size as people read it.
func fileSize(n int64) string {
	const kilo = 1 << 10
	switch {
	case n < kilo:
		return strconv.FormatInt(n, 10) + " B"
	case n < kilo*kilo:
		return strconv.FormatFloat(float64(n)/kilo, 'f', 1, 64) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(kilo*kilo), 'f', 1, 64) + " MB"
}
