package web

import (
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// dossierFirms is how many resident firms are shown beside the work; the printed application
// has them all.
const dossierFirms = 30

// dossier is an application as those read it who judge it: the signed version, part by part.
func (s *site) dossier(r *request, v application.View, frame string) views.Dossier {
	d := views.Dossier{Frame: frame, Title: r.T("dossier.title")}
	if v.SubmittedNo > 0 && v.SubmittedAt != nil {
		d.Note = r.T("dossier.version", "No", strconv.Itoa(v.SubmittedNo), "When", wording.DateTime(r.lang, *v.SubmittedAt))
	}
	for _, code := range append(application.Parts(), "materials") {
		part := s.dossierPart(r, v, code)
		part.Files = r.filesOfPart(v, code)
		r.findings(&part, v.Checks)
		d.Parts = append(d.Parts, part)
	}
	return d
}

// dossierPart shows the fields of one part.
func (s *site) dossierPart(r *request, v application.View, code string) views.DossierPart {
	p := views.DossierPart{Code: code, Label: r.T("field." + code)}
	switch code {
	case "body":
		r.bodyPart(&p, v.Content.Body)
	case "boundary":
		r.boundaryPart(&p, v)
	case "goals":
		r.goalsPart(&p, v.Content.Goals)
	case "business":
		r.businessPart(&p, v)
	case "positioning":
		r.positioningPart(&p, v.Content.Positioning)
	case "factors":
		r.factorsPart(&p, v.Content.Factors)
	case "fund":
		r.fundPart(&p, v.Content.Fund)
	case "materials":
		p.Facts = []views.Item{r.fact("recommendation.document_number", v.Content.Recommendation.DocumentNumber),
			r.fact("recommendation.date", r.dayText(v.Content.Recommendation.Date))}
	}
	return p
}

// fact is a field of the document under its label.
func (r *request) fact(path, text string) views.Item {
	return views.Item{Term: r.T(application.LabelKey(path)), Text: text}
}

// figure is a stored integer as people read it, in the unit of its path and to its last digit:
// what was signed is not rounded. Nil is not filled in.
func figure(path string, v *int64) string {
	if v == nil {
		return ""
	}
	return grouped(application.UnitOf(path).Format(*v))
}

// grouped puts commas between the thousands of a plain decimal.
func grouped(text string) string {
	whole, fraction, dotted := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return text
	}
	if !dotted {
		return wording.Number(n)
	}
	return wording.Number(n) + "." + fraction
}

func (r *request) bodyPart(p *views.DossierPart, b application.Body) {
	kind := ""
	if b.Kind != "" {
		kind = r.T(application.BodyKindLabelKey(b.Kind))
	}
	p.Facts = []views.Item{r.fact("body.name", b.Name), r.fact("body.kind", kind), r.fact("body.credit_code", b.CreditCode),
		r.fact("body.legal_representative", b.LegalRepresentative), r.fact("body.managers", figure("body.managers", &b.Managers)),
		r.fact("body.contact.name", b.Contact.Name), r.fact("body.contact.phone", b.Contact.Phone), r.fact("body.contact.email", b.Contact.Email)}
}

func (r *request) boundaryPart(p *views.DossierPart, v application.View) {
	b := v.Content.Boundary
	p.Facts = []views.Item{r.fact("boundary.east", b.East), r.fact("boundary.south", b.South), r.fact("boundary.west", b.West), r.fact("boundary.north", b.North),
		r.fact("boundary.area_m2", figure("boundary.area_m2", &b.AreaM2)), r.fact("boundary.floor_area_m2", figure("boundary.floor_area_m2", b.FloorAreaM2))}
	if len(b.Polygon) > 0 && string(b.Polygon) != "null" {
		// Without a name it takes no part in a form around it.
		p.Map = &views.Boundary{Field: views.Field{Label: r.T("field.boundary.polygon"), Value: string(b.Polygon), ReadOnly: true}}
	}
}

func (r *request) goalsPart(p *views.DossierPart, g application.Goals) {
	planned := 0
	for _, row := range g.Rows {
		planned = max(planned, len(row.Planned))
	}
	t := views.Table{Caption: r.T("field.goals.rows"), Dense: true, Columns: []views.Column{{Label: r.T("field.goals.rows.indicator")},
		{Label: strconv.FormatInt(g.BaseYear, 10), Numeric: true}}, Empty: views.Empty{Text: r.T("web.none")}}
	for i := range planned {
		t.Columns = append(t.Columns, views.Column{Label: strconv.FormatInt(g.BaseYear+int64(i)+1, 10), Numeric: true})
	}
	for _, row := range g.Rows {
		path := "goals.rows[" + row.Indicator + "].base"
		cells := []views.Cell{{Text: r.indicatorName(row.Indicator), Sub: row.Reason}, {Text: figure(path, row.Base)}}
		for i := range planned {
			text := ""
			if i < len(row.Planned) {
				text = figure(path, row.Planned[i])
			}
			cells = append(cells, views.Cell{Text: text})
		}
		t.Rows = append(t.Rows, views.Row{ID: row.Indicator, Cells: cells})
	}
	p.Tables = []views.Passage{{Title: r.T("field.goals.rows"), Table: &t}}
}

func (r *request) indicatorName(code string) string {
	if key := application.IndicatorLabelKey(code); r.site.Words.Has(key) {
		return r.T(key)
	}
	return code
}

func (r *request) businessPart(p *views.DossierPart, v application.View) {
	b := v.Content.Business
	p.Facts = []views.Item{r.fact("business.sectors", r.sectorNames(b.Sectors))}
	leading := views.Table{Caption: r.T("field.business.leading"), Dense: true, Columns: []views.Column{{Label: r.T("field.business.leading.name")},
		{Label: r.T("field.business.leading.sector")}, {Label: r.T("field.business.leading.share_bp"), Numeric: true}}, Empty: views.Empty{Text: r.T("web.none")}}
	for _, x := range b.Leading {
		leading.Rows = append(leading.Rows, views.Row{Cells: views.Cells(x.Name, r.sectorName(x.Sector), application.UnitPercent.Format(x.ShareBP))})
	}
	list := views.Passage{Title: r.T("dossier.firms", "Count", len(b.Firms)), Table: r.firmTable(b.Firms[:min(len(b.Firms), dossierFirms)])}
	if len(b.Firms) > dossierFirms {
		list.More = r.T("dossier.firms.more", "Shown", strconv.Itoa(dossierFirms))
	}
	p.Tables = []views.Passage{{Title: r.T("field.business.leading"), Table: &leading}, list}
}

func (r *request) firmTable(firms []application.Firm) *views.Table {
	t := &views.Table{Caption: r.T("field.business.firms"), Dense: true, Columns: []views.Column{{Label: r.T("field.business.firms.name")},
		{Label: r.T("field.business.firms.sector")}, {Label: r.T("field.business.firms.revenue_band"), Keep: true}}, Empty: views.Empty{Text: r.T("web.none")}}
	for _, x := range firms {
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: x.Name, Sub: x.Code}, {Text: r.sectorName(x.Sector)}, {Text: r.bandName(x.RevenueBand)}}})
	}
	return t
}

func (r *request) sectorName(code string) string {
	if x, ok := r.site.Book.Sector(code); ok {
		return x.Short.In(string(r.lang))
	}
	return code
}

// sectorNames writes sectors by their short names.
func (r *request) sectorNames(codes []string) string {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = r.sectorName(c)
	}
	return strings.Join(names, r.T("web.list.comma"))
}

func (r *request) bandName(code string) string {
	if b, ok := r.site.Book.Rules.RevenueBand(code); ok {
		return b.Name.In(string(r.lang))
	}
	return code
}

func (r *request) positioningPart(p *views.DossierPart, x application.Positioning) {
	area := x.Area
	if a, ok := r.site.Book.Area(x.Area); ok {
		area = a.Name.In(string(r.lang))
	}
	p.Facts = []views.Item{r.fact("positioning.area", area)}
	p.Texts = []views.Passage{{Title: r.T("field.positioning.text"), Text: x.Text}, {Title: r.T("field.positioning.relation"), Text: x.Relation}}
	if len(x.Platforms) == 0 {
		return
	}
	t := views.Table{Caption: r.T("field.positioning.platforms"), Dense: true, Columns: []views.Column{{Label: r.T("field.positioning.platforms.name")},
		{Label: r.T("field.positioning.platforms.year"), Numeric: true}}}
	for _, y := range x.Platforms {
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: y.Name, Sub: y.Description}, {Text: strconv.FormatInt(y.Year, 10)}}})
	}
	p.Tables = []views.Passage{{Title: r.T("field.positioning.platforms"), Table: &t}}
}

func (r *request) factorsPart(p *views.DossierPart, f application.Factors) {
	t := views.Table{Caption: r.T("field.factors"), Dense: true, Columns: []views.Column{{Label: r.T("field.factors")}, {Label: r.T("dossier.amount"), Numeric: true},
		{Label: r.T("dossier.responsible")}, {Label: r.T("dossier.by"), Keep: true}}}
	for _, x := range []struct {
		name   string
		factor application.Factor
	}{{"land", f.Land}, {"funds", f.Funds}, {"talent", f.Talent}, {"utilities", f.Utilities}} {
		path := "factors." + x.name
		amount := figure(path+".amount", x.factor.Amount)
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: r.T("field." + path), Sub: x.factor.Source},
			{Text: amount, Sub: r.unitIn(path + ".amount")}, {Text: x.factor.Body}, {Text: r.dayText(x.factor.Date)}}})
	}
	p.Tables = []views.Passage{{Title: r.T("field.factors"), Table: &t}}
}

// unitIn is the unit that a figure at a path is shown in.
func (r *request) unitIn(path string) string {
	return r.T("dossier.unit." + string(application.UnitOf(path)))
}

// fundAmount is the path of the promise of one year, for its unit.
const fundAmount = "fund.years[0].amount_fen"

func (r *request) fundPart(p *views.DossierPart, f application.Fund) {
	p.Facts = []views.Item{r.fact("fund.source_line", f.SourceLine), r.fact("fund.document_number", f.DocumentNumber)}
	t := views.Table{Caption: r.T("field.fund.years"), Dense: true, Columns: []views.Column{{Label: r.T("field.fund.years.year"), Keep: true},
		{Label: r.T("field.fund.years.amount_fen"), Numeric: true}}, Empty: views.Empty{Text: r.T("web.none")}}
	var sum int64
	for _, y := range f.Years {
		sum += y.AmountFen
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(strconv.FormatInt(y.Year, 10), figure(fundAmount, &y.AmountFen))})
	}
	if len(f.Years) > 1 {
		t.Foot = &views.Row{Cells: views.Cells(r.T("dossier.sum"), figure(fundAmount, &sum))}
	}
	p.Tables = []views.Passage{{Title: r.T("field.fund.years"), Table: &t}}
}

// dayText writes a stored date as people read it; what is none stays as it was typed.
func (r *request) dayText(day string) string {
	d, err := workflows.ParseDate(day)
	if err != nil {
		return day
	}
	return wording.Date(r.lang, d.Start())
}

// findings puts what the machine found beside the part: every finding, and how many checks
// found nothing.
func (r *request) findings(p *views.DossierPart, checks []application.CheckResult) {
	clean := 0
	for _, c := range checks {
		if c.Clarification != p.Code {
			continue
		}
		if len(c.Problems) == 0 {
			clean++
		}
		for _, x := range c.Problems {
			tone := views.Waiting
			if x.Severity == application.Refuse {
				tone = views.Bad
			}
			p.Checks = append(p.Checks, views.Check{Tone: tone, Text: r.problemText(x)})
		}
	}
	if clean > 0 {
		p.Passed = r.T("dossier.clean", "Count", clean)
	}
}

func (r *request) problemText(x application.Problem) string {
	return r.site.Teller.Text(r.lang, x.Code, x.Params)
}

// partOfSlot is the part of the document that a slot belongs to.
func partOfSlot(slot policy.Slot) string {
	switch slot.Clarification {
	case "development-body":
		return "body"
	case "four-boundaries":
		return "boundary"
	case "development-goals":
		return "goals"
	case "business-character":
		return "business"
	case "functional-positioning":
		return "positioning"
	case "factor-guarantees":
		return "factors"
	case "matching-fund":
		return "fund"
	}
	return "materials"
}

func (r *request) filesOfPart(v application.View, part string) []views.FileLine {
	slots := slices.DeleteFunc(slices.Clone(v.Slots), func(x policy.Slot) bool { return partOfSlot(x) != part })
	return r.fileLines(slots, v.Files)
}

// fileLines lists the files of slots in their order; an empty slot says so.
func (r *request) fileLines(slots []policy.Slot, files []attachment.Attachment) []views.FileLine {
	var out []views.FileLine
	for _, slot := range slots {
		name, any := slot.Name.In(string(r.lang)), false
		for _, f := range files {
			if f.Slot == slot.Code {
				out, any = append(out, r.fileLine(name, f)), true
			}
		}
		switch {
		case any:
		case slot.Required:
			out = append(out, views.FileLine{Slot: name, None: r.T("dossier.file.missing"), Bad: true})
		default:
			out = append(out, views.FileLine{Slot: name, None: r.T("dossier.file.none")})
		}
	}
	return out
}

func (r *request) fileLine(slot string, f attachment.Attachment) views.FileLine {
	line := views.FileLine{Slot: slot, Name: f.Name, Meta: views.FileSize(f.Size), Href: deskFile(f.ID)}
	if shown(f.ContentType) || readable(f.ContentType) {
		line.Frame = deskPreview(f.ID)
	}
	return line
}

// shown reports whether a browser shows a type inside a page.
func shown(contentType string) bool {
	return slices.Contains([]string{"application/pdf", "image/png", "image/jpeg"}, contentType)
}

// deskFile is where a file is downloaded, deskPreview where it is shown inside a page.
func deskFile(id string) string    { return "/attachments/" + id }
func deskPreview(id string) string { return "/attachments/" + id + "/preview" }
