package web

import (
	"net/http"
	"net/url"
	"strconv"

	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/registry"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// notThere reports an absent case.
func notThere(err error) bool { return fault.Is(err, fault.NotFound) }

// front is the first page of the public: what runs, what there is, what can be checked.
func (s *site) front(r *request) error {
	notices, err := s.noticeTable(r, 5)
	if err != nil {
		return err
	}
	page, err := s.Zones.PublicZones(r.ctx(), registry.Filter{Limit: 5})
	if err != nil {
		return err
	}
	zones, err := s.zoneTable(r, page.Rows)
	if err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, r.T("front.title"), views.FrontPage(views.FrontView{Notices: notices, Zones: zones,
		Number: views.Field{Name: "number", Label: r.T("certificate.number"), Max: 100, Hint: r.T("certificate.hint")}}))
}

// zones lists the zones in force, or those of a state, for everybody.
func (s *site) zones(r *request) error {
	f := registry.Filter{Search: r.text("q"), State: workflows.State(r.text("state")), Unit: r.text("unit"), Sector: r.text("sector"), Area: r.text("area"),
		Cursor: r.text("before"), Limit: pageSize}
	page, err := s.Zones.PublicZones(r.ctx(), f)
	if err != nil {
		return err
	}
	v := views.ListView{Header: views.Header{Title: r.T("menu.zones"), Lead: r.T("zones.lead")}, Pager: views.Pager{Shown: len(page.Rows)}}
	if v.Table, err = s.zoneTable(r, page.Rows); err != nil {
		return err
	}
	query := r.Request.URL.Query()
	query.Del("before")
	if f.Cursor != "" {
		v.Pager.First = "/zones?" + query.Encode()
	}
	if page.Next != "" {
		query.Set("before", page.Next)
		v.Pager.Next = "/zones?" + query.Encode()
	}
	if v.Filter, err = s.zoneFilter(r, f); err != nil {
		return err
	}
	if v.Filter.Active {
		v.Table.Empty = views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func (s *site) zoneFilter(r *request, f registry.Filter) (*views.Filter, error) {
	units, err := s.Identity.AllUnits(r.ctx(), "district")
	if err != nil {
		return nil, err
	}
	unit := views.Field{Name: "unit", Label: r.T("column.unit"), Value: f.Unit}
	for _, u := range units {
		unit.Options = append(unit.Options, views.Option{Value: u.Code, Label: r.pick(u.NameShort, u.NameEn)})
	}
	states := views.Field{Name: "state", Label: r.T("column.state"), Value: string(f.State)}
	for _, row := range workflows.Zone.States {
		states.Options = append(states.Options, views.Option{Value: string(row.State), Label: row.Public.In(string(r.lang))})
	}
	return &views.Filter{Action: "/zones", Search: r.searchField(f.Search), Lists: []views.Field{unit, r.sectorField(f.Sector), states},
		Active: f.Search != "" || f.Area != "" || f.State != "" || f.Unit != "" || f.Sector != ""}, nil
}

func (s *site) zoneTable(r *request, rows []registry.Row) (views.Table, error) {
	t := views.Table{Caption: r.T("menu.zones"), Empty: views.Empty{Text: r.T("zones.empty"), Help: r.T("zones.empty.help")}, Columns: []views.Column{
		{Label: r.T("column.zone")}, {Label: r.T("column.sector")}, {Label: r.T("zone.area"), Unit: "km²", Numeric: true},
		{Label: r.T("zone.valid"), Keep: true}, {Label: r.T("column.state"), Keep: true}}}
	units, err := r.units()
	for _, z := range rows {
		t.Rows = append(t.Rows, views.Row{ID: z.ID, Name: z.Number, Cells: []views.Cell{
			{Text: z.Name, Href: casework.Path(workflows.Zone.Kind, z.ID), Sub: r.T("zone.line", "Number", z.Number, "Unit", units[z.Unit])},
			{Text: r.sectorNames(z.Sectors)}, {Text: squareKilometres(z.AreaM2)},
			{Text: r.T("zone.until", "Date", r.dayText(z.ValidTo))}, {View: views.StateBadge(r.zoneBadge(z.State))}}})
	}
	return t, err
}

// squareKilometres writes an area without its unit, which stands in the header.
func squareKilometres(m2 int64) string { return strconv.FormatFloat(float64(m2)/1e6, 'f', 2, 64) }

// zoneBadge is the public face of a zone's state.
func (r *request) zoneBadge(state workflows.State) views.Badge {
	row, _ := workflows.Zone.State(state)
	b := views.Badge{Label: row.Public.In(string(r.lang)), Tone: views.Waiting}
	switch state {
	case "in_force":
		b.Tone = views.Good
	case "revoked":
		b.Tone = views.Bad
	case "expired":
		b.Tone = views.Quiet
	}
	return b
}

// zone shows a zone: its public face to everybody; clocks, actions, certificates and history
// besides to those who take part in its cases.
func (s *site) zone(r *request) error {
	z, err := s.Zones.PublicZone(r.ctx(), r.Param("id"))
	if err != nil {
		return err
	}
	v, err := s.zoneView(r, z)
	if err != nil {
		return err
	}
	if r.loggedIn() {
		if err := s.zoneInside(r, z.ID, &v); err != nil && !notThere(err) {
			return err
		}
		if v.Conditions, err = r.zoneConditions(z.ID); err != nil {
			return err
		}
	}
	p, err := s.page(r, z.Name)
	if err != nil {
		return err
	}
	p.Map, p.Demo = len(z.GeoJSON) > 0, p.Demo || z.Demo
	return s.show(r, p, views.ZonePage(v))
}

func (s *site) zoneView(r *request, z registry.PublicZone) (views.ZoneView, error) {
	badge := r.zoneBadge(z.State)
	unit := r.pick(z.UnitName, z.UnitEn)
	v := views.ZoneView{Head: views.CaseHead{Header: views.Header{Title: z.Name, Badge: &badge, Lead: r.T("zone.line", "Number", z.Number, "Unit", unit),
		Crumbs: []views.Link{{Label: r.T("menu.zones"), Href: "/zones"}}}}}
	area := z.Area
	if x, ok := s.Book.Area(z.Area); ok {
		area = x.Name.In(string(r.lang))
	}
	v.Facts = []views.Item{{Term: r.T("column.sector"), Text: r.sectorNames(z.Sectors)}, {Term: r.T("zone.body"), Text: z.BodyName},
		{Term: r.T("zone.functional"), Text: area}, {Term: r.T("zone.area"), Text: wording.Area(float64(z.AreaM2))},
		{Term: r.T("zone.document"), Text: z.DocumentNumber}, {Term: r.T("zone.decided"), Text: r.dayText(z.DecidedOn)},
		{Term: r.T("zone.valid"), Text: r.T("page.period", "From", r.dayText(z.ValidFrom), "To", r.dayText(z.ValidTo))}}
	for i, side := range []string{"east", "south", "west", "north"} {
		v.Sides = append(v.Sides, views.Item{Term: r.T("zone.side." + side), Text: z.Texts[i]})
	}
	if len(z.GeoJSON) > 0 {
		v.Map = &views.Boundary{Field: views.Field{Name: "boundary", Label: r.T("zone.map"), ReadOnly: true, Value: string(z.GeoJSON)}}
	}
	units, err := r.units()
	if err != nil {
		return v, err
	}
	v.Measures = r.measureTable(z.Measures, units)
	v.Grades = views.Table{Caption: r.T("zone.grades"), Columns: []views.Column{{Label: r.T("zone.year"), Keep: true}, {Label: r.T("zone.grade")}},
		Empty: views.Empty{Text: r.T("zone.grades.empty")}}
	for _, g := range z.Grades {
		v.Grades.Rows = append(v.Grades.Rows, views.Row{Cells: []views.Cell{{Text: strconv.Itoa(g.Year)}, {View: views.StateBadge(r.gradeBadge(g.Grade))}}})
	}
	return v, nil
}

// gradeBadge is a grade in words and colour.
func (r *request) gradeBadge(grade string) views.Badge {
	b := views.Badge{Label: r.T("grade." + grade), Tone: views.Good}
	if grade == "unqualified" {
		b.Tone = views.Bad
	}
	return b
}

func (r *request) measureTable(measures []registry.Measure, units map[string]string) views.Table {
	t := views.Table{Caption: r.T("zone.measures"), Columns: []views.Column{{Label: r.T("zone.measure.number"), Keep: true}, {Label: r.T("zone.measure")},
		{Label: r.T("zone.measure.departments")}}, Empty: views.Empty{Text: r.T("zone.measures.empty")}}
	for _, m := range measures {
		number := r.T("zone.measure.five")
		if m.Number > 0 {
			number = r.T("zone.measure.four", "Number", m.Number)
		}
		names := ""
		for i, code := range m.Departments {
			if i > 0 {
				names += r.T("web.list.comma")
			}
			name, ok := units[code]
			if !ok {
				name = code
			}
			names += name
		}
		t.Rows = append(t.Rows, views.Row{Cells: []views.Cell{{Text: number}, {Text: r.pick(m.Title, m.En)}, {Text: names}}})
	}
	return t
}

// zoneInside adds what only those see who take part in the zone's cases.
func (s *site) zoneInside(r *request, id string, v *views.ZoneView) error {
	z, err := s.Zones.View(r.ctx(), r.actor, id)
	if err != nil || !r.actor.ReadsAll() && !r.actor.Any(unitSide()...) {
		return err
	}
	if v.Head.Clocks, err = r.clocks(z.Clocks); err != nil {
		return err
	}
	badge := r.badge(workflows.Zone.Kind, z.State)
	v.Head.Header.Badge = &badge
	v.Head.Actions = r.choices(casework.Ref{Kind: workflows.Zone.Kind, ID: z.ID}, z.Choices)
	v.Statement = z.Statement
	units, err := r.units()
	if err != nil {
		return err
	}
	v.History = r.timeline(workflows.Zone.Kind, z.History, units)
	v.Inside = true
	if z.ApplicationID != "" {
		v.Facts = append(v.Facts, views.Item{Term: r.T("zone.application"), Text: r.T("web.view"), Href: casework.Path(workflows.Application.Kind, z.ApplicationID)})
	}
	v.Certificates = r.certificateTable(z)
	return nil
}

func (r *request) certificateTable(z registry.View) views.Table {
	t := views.Table{Caption: r.T("zone.certificates"), Columns: []views.Column{{Label: r.T("certificate.number"), Keep: true}, {Label: r.T("column.state")},
		{Label: r.T("certificate.issued"), Keep: true}, {Label: r.T("certificate.file"), Keep: true}}, Empty: views.Empty{Text: r.T("certificate.none")}}
	for _, c := range z.Certificates {
		row := views.Row{Cells: []views.Cell{{Text: c.Number, Href: "/certificates/" + url.PathEscape(c.CheckCode)},
			{View: views.StateBadge(r.certificateBadge(c.State))}, {Text: wording.Date(r.lang, c.IssuedAt)}, {Text: r.T("certificate.pending")}}}
		if c.Printed {
			row.Cells[3] = views.Cell{Text: r.T("certificate.download"), Href: casework.Path(workflows.Zone.Kind, z.ID) + "/certificate.pdf"}
		}
		if c.State != "issued" {
			row.Cells[3] = views.Cell{}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r *request) certificateBadge(state string) views.Badge {
	b := views.Badge{Label: r.T("certificate.state." + state), Tone: views.Quiet}
	switch state {
	case "issued":
		b.Tone = views.Good
	case "revoked":
		b.Tone = views.Bad
	}
	return b
}

// zoneCertificate sends the printed certificate of a zone.
func (s *site) zoneCertificate(r *request) error {
	content, name, size, err := s.Zones.Certificate(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	return r.send(download{name: name, kind: "application/pdf", size: size, content: content})
}

// certificates asks for the number of a certificate.
func (s *site) certificates(r *request) error {
	if number := r.text("number"); number != "" {
		return s.checkCertificate(r, number)
	}
	return s.showCertificate(r, http.StatusOK, "", nil, "")
}

// certificate is where the QR code on the paper leads.
func (s *site) certificate(r *request) error { return s.checkCertificate(r, r.Param("code")) }

func (s *site) checkCertificate(r *request, asked string) error {
	c, err := s.Zones.CheckCertificate(r.ctx(), asked)
	if notThere(err) {
		return s.showCertificate(r, http.StatusNotFound, asked, nil, r.T("certificate.unknown"))
	}
	if err != nil {
		return err
	}
	v := &views.CertificateView{State: r.certificateBadge(c.State), Text: r.T("certificate.text." + c.State), Demo: c.Zone.Demo, Facts: []views.Item{
		{Term: r.T("certificate.number"), Text: c.Number}, {Term: r.T("column.zone"), Text: c.Zone.Name, Href: casework.Path(workflows.Zone.Kind, c.Zone.ID)},
		{Term: r.T("column.unit"), Text: r.pick(c.Zone.UnitName, c.Zone.UnitEn)}, {Term: r.T("zone.body"), Text: c.Zone.BodyName},
		{Term: r.T("zone.document"), Text: c.Zone.DocumentNumber}, {Term: r.T("certificate.issued"), Text: r.day(c.IssuedOn)},
		{Term: r.T("zone.valid"), Text: r.T("page.period", "From", r.dayText(c.Zone.ValidFrom), "To", r.dayText(c.Zone.ValidTo))}}}
	if !c.ByCode {
		v.Note = r.T("certificate.by.number")
	}
	return s.showCertificate(r, http.StatusOK, asked, v, "")
}

func (s *site) showCertificate(r *request, status int, asked string, found *views.CertificateView, problem string) error {
	p, err := s.page(r, r.T("menu.certificates"))
	if err != nil {
		return err
	}
	p.Demo = p.Demo || found != nil && found.Demo
	return s.showStatus(r, status, p, views.CertificatePage(views.CertificateCheck{Found: found, Problem: problem,
		Number: views.Field{Name: "number", Label: r.T("certificate.number"), Value: asked, Max: 100, Help: r.T("certificate.help"), Hint: r.T("certificate.hint")}}))
}

// findZones looks for zones by a text.
func (s *site) findZones(r *request, text string) (g views.SearchGroup, err error) {
	page, err := s.Zones.PublicZones(r.ctx(), registry.Filter{Search: text, Limit: found})
	if err != nil {
		return g, err
	}
	g.Title = r.T("menu.zones")
	if page.Next != "" {
		g.More = views.Link{Label: r.T("search.more"), Href: "/zones?q=" + url.QueryEscape(text)}
	}
	g.Table, err = s.zoneTable(r, page.Rows)
	return g, err
}
