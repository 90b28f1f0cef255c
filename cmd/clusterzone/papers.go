package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
)

// papers prints what people download; each paper is made of the stored version alone, so that
// it can be made again with the same content.
type papers struct{ a *app }

func (a *app) papers() papers { return papers{a} }

// QR draws a text as a PNG.
func (papers) QR(text string) ([]byte, error) { return paper.QRPNG(text, 240) }

// Receipt prints the receipt of a submitted version; version 0 is the newest.
func (p papers) Receipt(ctx context.Context, actor identity.Actor, id string, version int) ([]byte, error) {
	v, app, err := p.version(ctx, actor, id, version)
	if err != nil {
		return nil, err
	}
	return p.a.press.Receipt(paper.ReceiptData{Number: app.Number, Unit: p.unit(app.Unit), Zone: app.Name, Version: strconv.Itoa(v.No),
		Time: wording.DateTime(wording.ZH, v.SignedAt), Hash: v.Digest, Files: p.files(v.Files), Issuer: "重庆市发展和改革委员会", CheckURL: p.url(id),
		Issued: v.SignedAt, Demo: app.Demo})
}

// Book prints the whole application; version 0 is the newest submitted one. Before the first
// submission it is a draft with its mark.
func (p papers) Book(ctx context.Context, actor identity.Actor, id string, version int) ([]byte, error) {
	v, app, err := p.version(ctx, actor, id, version)
	draft := fault.Is(err, fault.NotFound) && app.ID != "" && app.Working
	if err != nil && !draft {
		return nil, err
	}
	if draft {
		v = application.VersionView{Content: app.Content, Files: app.Files, Digest: strings.Repeat("0", 64), SignedAt: app.UpdatedAt}
	}
	return p.a.press.Book(paper.BookData{Title: app.Name, Subtitle: "战略性新兴服务业集聚示范区申报书", Number: app.Number, Hash: v.Digest,
		Cover:    []paper.Row{{Label: "申报单位", Value: p.unit(app.Unit)}, {Label: "申报批次", Value: app.RoundName}, {Label: "提交版本", Value: versionText(v, draft)}},
		Sections: p.sections(v.Content), Files: p.files(v.Files), CheckURL: p.url(id), Issued: v.SignedAt, Draft: draft, Demo: app.Demo})
}

func versionText(v application.VersionView, draft bool) string {
	if draft {
		return "草稿(未提交)"
	}
	return fmt.Sprintf("第 %d 版 · %s", v.No, wording.DateTime(wording.ZH, v.SignedAt))
}

// version returns the asked version besides the application as the actor sees it.
func (p papers) version(ctx context.Context, actor identity.Actor, id string, no int) (application.VersionView, application.View, error) {
	app, err := p.a.applications.View(ctx, actor, id)
	if err != nil {
		return application.VersionView{}, app, err
	}
	all, err := p.a.applications.Versions(ctx, actor, id)
	if err != nil {
		return application.VersionView{}, app, err
	}
	if no == 0 {
		no = len(all)
	}
	if no < 1 || no > len(all) {
		return application.VersionView{}, app, fault.Missing()
	}
	return all[no-1], app, nil
}

func (p papers) url(id string) string { return p.a.cfg.publicURL() + "/applications/" + id }

func (p papers) unit(code string) string {
	if u, ok := p.a.book.Unit(code); ok {
		return u.Name.ZH
	}
	return code
}

func (p papers) files(files []attachment.Attachment) []paper.File {
	out := make([]paper.File, 0, len(files))
	for _, f := range files {
		slot := f.Slot
		if s, ok := p.a.book.Rules.Slot(f.Slot); ok {
			slot = s.Name.ZH
		}
		out = append(out, paper.File{Slot: slot, Name: f.Name, Size: strconv.FormatInt(f.Size, 10), SHA256: f.SHA256})
	}
	return out
}

func (p papers) label(path string) string {
	return p.a.words.Text(wording.ZH, application.LabelKey(path), nil)
}

func (p papers) row(path, value string) paper.Row {
	return paper.Row{Label: p.label(path), Value: value}
}

func (p papers) sections(c application.Content) []paper.Section {
	return []paper.Section{p.body(c), p.boundary(c), p.goals(c), p.business(c), p.positioning(c), p.factors(c), p.fund(c)}
}

func (p papers) body(c application.Content) paper.Section {
	b := c.Body
	return paper.Section{Title: p.label("body"), Rows: []paper.Row{
		p.row("body.name", b.Name), p.row("body.kind", p.a.words.Text(wording.ZH, application.BodyKindLabelKey(b.Kind), nil)), p.row("body.credit_code", b.CreditCode),
		p.row("body.legal_representative", b.LegalRepresentative), p.row("body.managers", strconv.FormatInt(b.Managers, 10)),
		p.row("body.contact.name", b.Contact.Name), p.row("body.contact.phone", b.Contact.Phone), p.row("body.contact.email", b.Contact.Email)}}
}

func (p papers) boundary(c application.Content) paper.Section {
	b := c.Boundary
	return paper.Section{Title: p.label("boundary"), Rows: []paper.Row{
		p.row("boundary.east", b.East), p.row("boundary.south", b.South), p.row("boundary.west", b.West), p.row("boundary.north", b.North),
		p.row("boundary.area_m2", application.UnitOf("boundary.area_m2").Format(b.AreaM2))}}
}

func (p papers) goals(c application.Content) paper.Section {
	g := c.Goals
	t := paper.Table{Columns: []paper.Column{{Title: "指标", Share: 3}, {Title: strconv.FormatInt(g.BaseYear, 10) + "(基期)", Share: 2, Align: paper.Right}}}
	years := 0
	for _, r := range g.Rows {
		years = max(years, len(r.Planned))
	}
	for i := range years {
		t.Columns = append(t.Columns, paper.Column{Title: strconv.FormatInt(g.BaseYear+int64(i)+1, 10), Share: 2, Align: paper.Right})
	}
	for _, r := range g.Rows {
		unit := application.IndicatorUnit(r.Indicator)
		cells := []string{p.a.words.Text(wording.ZH, application.IndicatorLabelKey(r.Indicator), nil), figure(unit, r.Base)}
		for i := range years {
			var v *int64
			if i < len(r.Planned) {
				v = r.Planned[i]
			}
			cells = append(cells, figure(unit, v))
		}
		t.Rows = append(t.Rows, cells)
	}
	return paper.Section{Title: p.label("goals"), Tables: []paper.Table{t}}
}

func figure(u application.Unit, v *int64) string {
	if v == nil {
		return "—"
	}
	return u.Format(*v)
}

func (p papers) business(c application.Content) paper.Section {
	firms := paper.Table{Caption: p.label("business.firms"), Numbered: true, Columns: []paper.Column{{Title: "企业名称", Share: 4}, {Title: "统一社会信用代码", Share: 3}, {Title: "行业", Share: 3}}}
	for _, f := range c.Business.Firms {
		firms.Rows = append(firms.Rows, []string{f.Name, f.Code, p.sector(f.Sector)})
	}
	var sectors []string
	for _, x := range c.Business.Sectors {
		sectors = append(sectors, p.sector(x))
	}
	return paper.Section{Title: p.label("business"), Rows: []paper.Row{p.row("business.sectors", strings.Join(sectors, ";"))}, Tables: []paper.Table{firms}}
}

func (p papers) sector(code string) string {
	if x, ok := p.a.book.Sector(code); ok {
		return x.Name.ZH
	}
	return code
}

func (p papers) positioning(c application.Content) paper.Section {
	area := c.Positioning.Area
	if x, ok := p.a.book.Area(area); ok {
		area = x.Name.ZH
	}
	return paper.Section{Title: p.label("positioning"), Rows: []paper.Row{p.row("positioning.area", area), p.row("positioning.text", c.Positioning.Text),
		p.row("positioning.relation", c.Positioning.Relation)}}
}

func (p papers) factors(c application.Content) paper.Section {
	t := paper.Table{Columns: []paper.Column{{Title: "要素", Share: 2}, {Title: "数量", Share: 2, Align: paper.Right}, {Title: "来源", Share: 3}, {Title: "责任单位", Share: 3}, {Title: "日期", Share: 2}}}
	for _, x := range []struct {
		path string
		f    application.Factor
	}{{"factors.land", c.Factors.Land}, {"factors.funds", c.Factors.Funds}, {"factors.talent", c.Factors.Talent}, {"factors.utilities", c.Factors.Utilities}} {
		t.Rows = append(t.Rows, []string{p.label(x.path), figure(application.UnitOf(x.path+".amount"), x.f.Amount), x.f.Source, x.f.Body, x.f.Date})
	}
	return paper.Section{Title: p.label("factors"), Tables: []paper.Table{t}}
}

func (p papers) fund(c application.Content) paper.Section {
	s := paper.Section{Title: p.label("fund"), Rows: []paper.Row{p.row("fund.source_line", c.Fund.SourceLine), p.row("fund.document_number", c.Fund.DocumentNumber)}}
	for _, y := range c.Fund.Years {
		s.Rows = append(s.Rows, paper.Row{Label: strconv.FormatInt(y.Year, 10) + " 年(万元)", Value: policy.WanOf(y.AmountFen).String()})
	}
	return s
}
