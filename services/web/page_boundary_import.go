package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/survey"
	"clusterzone/services/web/views"
)

// maxBoundary bounds a boundary file in bytes, with what a form takes around it.
const maxBoundary = 6 << 20

// importAnswers is what the person says about a file. Nothing of it has a default.
type importAnswers struct {
	datum, order, zone, text string
	error                    string
}

func (a importAnswers) options() (survey.Options, error) {
	if a.order == "" {
		return survey.Options{}, fault.BadField("order", "required")
	}
	o := survey.Options{Datum: survey.Datum(a.datum)}
	if a.order != "header" {
		o.Order = survey.Order(a.order)
	}
	if a.zone != "" {
		zone, err := strconv.Atoi(a.zone)
		if err != nil || zone < 25 || zone > 45 {
			return o, fault.BadField("zone", "malformed")
		}
		o.Zone = zone
	}
	return o, nil
}

// importForm asks for a file or its text and for what its numbers are.
func (r *request) importForm(e *editor) *views.ImportForm {
	a := e.importing
	f := &views.ImportForm{Action: "/applications/" + e.view.ID + "/boundary/import", Version: e.version, Base: e.base, Error: a.error,
		Text:  views.Field{Name: "text", Label: r.T("boundary.import.text"), Help: r.T("boundary.import.text.help"), Value: a.text, Rows: 5},
		Datum: views.Field{Name: "datum", Label: r.T("boundary.import.datum"), Help: r.T("boundary.import.datum.help"), Value: a.datum, Required: true},
		Order: views.Field{Name: "order", Label: r.T("boundary.import.order"), Help: r.T("boundary.import.order.help"), Value: a.order, Required: true},
		Zone:  views.Field{Name: "zone", Label: r.T("boundary.import.zone"), Help: r.T("boundary.import.zone.help"), Value: a.zone}}
	for _, d := range survey.Datums() {
		f.Datum.Options = append(f.Datum.Options, views.Option{Value: string(d), Label: r.T("boundary.datum." + string(d))})
	}
	for _, o := range survey.Orders() {
		name := string(o)
		if o == survey.FromHeader {
			name = "header"
		}
		f.Order.Options = append(f.Order.Options, views.Option{Value: name, Label: r.T("boundary.order." + name)})
	}
	for _, zone := range []int{35, 36} { // where Chongqing lies
		f.Zone.Options = append(f.Zone.Options, views.Option{Value: strconv.Itoa(zone),
			Label: r.T("boundary.zone", "Zone", zone, "Meridian", survey.Meridian(zone))})
	}
	return f
}

// importBoundary reads a boundary from a file or a text and shows what it would be. Nothing is stored.
func (s *site) importBoundary(r *request) error {
	e, err := s.openImport(r)
	if err != nil {
		return err
	}
	data, err := r.boundaryFile()
	if err != nil {
		return s.importRefused(r, e, err)
	}
	options, err := e.importing.options()
	if err != nil {
		return s.importRefused(r, e, err)
	}
	in, m, err := s.Applications.Preview(r.ctx(), r.actor, e.view.ID, data, options)
	if err != nil {
		return err
	}
	if in.Format == "" {
		return s.importRefused(r, e, m.Fault)
	}
	polygon, err := json.Marshal(in.Geometry)
	if err != nil {
		return err
	}
	return s.showPreview(r, e, in, m, polygon)
}

// confirmImport stores the boundary that the person has seen.
func (s *site) confirmImport(r *request) error {
	e, err := s.openImport(r)
	if err != nil {
		return err
	}
	polygon := json.RawMessage(r.Request.PostForm.Get("polygon"))
	g, err := application.ParseGeometry(polygon)
	if err == nil {
		err = e.saveBoundary(s, r, polygon)
	}
	if err != nil {
		return s.importRefused(r, e, err)
	}
	return r.done(editHref(e.view.ID, "boundary", ""), "edit.import.done", "Area", application.UnitKm2.Format(g.AreaM2()))
}

func (s *site) openImport(r *request) (*editor, error) {
	e, err := s.openEditor(r, "boundary")
	if err != nil {
		return nil, err
	}
	values, err := r.formUpTo(maxBoundary)
	if err != nil {
		return nil, err
	}
	if e.version, err = number(values.Get("version")); err != nil {
		return nil, err
	}
	e.importing = importAnswers{datum: values.Get("datum"), order: values.Get("order"), zone: values.Get("zone"), text: values.Get("text")}
	return e, e.load(s.DB.Now().Year())
}

// boundaryFile reads the file of the form, or what was typed instead of one.
func (r *request) boundaryFile() ([]byte, error) {
	file, _, err := r.Request.FormFile("file")
	if err != nil {
		if text := r.Request.PostForm.Get("text"); text != "" {
			return []byte(text), nil
		}
		return nil, fault.BadField("file", "required")
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fault.BadField("file", "malformed")
	}
	return content, nil
}

// saveBoundary stores the polygon alone. A polygon that somebody else has changed since the
// page was shown is not overwritten.
func (e *editor) saveBoundary(s *site, r *request, polygon json.RawMessage) error {
	edit := application.Edit{Version: e.version, Path: polygonPath, Value: polygon}
	if base := r.Request.PostForm.Get("base"); base == e.base {
		edit.Base = e.view.Content.Boundary.Polygon
		if len(edit.Base) == 0 {
			edit.Base = json.RawMessage("null")
		}
	}
	_, err := s.Applications.Save(r.ctx(), r.actor, e.view.ID, edit)
	return err
}

// importRefused shows the page again with what is wrong with the file.
func (s *site) importRefused(r *request, e *editor, err error) error {
	var text string
	if _, ok := errors.AsType[*application.GeometryError](err); ok {
		text = r.geometryProblem(err)
		e.status = http.StatusUnprocessableEntity
	} else {
		told, err := r.refused(err, map[string]string{"file": r.T("edit.import.file"), "order": r.T("boundary.import.order"), "zone": r.T("boundary.import.zone")})
		if err != nil {
			return err
		}
		text, e.status = told.Problems[0].Text, told.status()
		if told.Told.Code == "stale" {
			text = r.T("edit.import.stale")
		}
	}
	e.version = e.view.Version
	e.importing.error = text
	e.summary = []views.Problem{{Field: "boundary.file", Text: text}}
	return s.showEditor(r, e, nil)
}

// showPreview shows what a file holds before anything is stored.
func (s *site) showPreview(r *request, e *editor, in application.Imported, m application.Measured, polygon json.RawMessage) error {
	page, err := s.page(r, r.T("boundary.preview"))
	if err != nil {
		return err
	}
	back := editHref(e.view.ID, "boundary", "")
	v := views.BoundaryPreview{
		Head: views.Header{Title: r.T("boundary.preview"), Lead: e.view.Name, Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"},
			{Label: e.view.Number, Href: "/applications/" + e.view.ID}, {Label: r.T("field.boundary"), Href: back}}},
		Facts: r.importFacts(in, m, e.importing.datum), Back: back, Problems: r.measuredProblems(m), Notes: r.measuredNotes(m),
		Form:    views.Form{Action: "/applications/" + e.view.ID + "/boundary/import/confirm", Version: e.version},
		Base:    r.Request.PostForm.Get("base"),
		Polygon: string(polygon),
	}
	for _, o := range r.overlaps(m) {
		v.Notes = append(v.Notes, o["text"].(string))
	}
	if v.Map, err = s.mapOf(r, e.view.Unit, m); err != nil {
		return err
	}
	return s.show(r, page, views.BoundaryPreviewPage(v))
}

func (r *request) importFacts(in application.Imported, m application.Measured, datum string) []views.Item {
	order := r.T("boundary.order." + string(survey.LonLat))
	if in.Order != "" {
		order = r.T("boundary.order." + string(in.Order))
	}
	if in.Zone != 0 {
		order += " · " + r.T("boundary.zone", "Zone", in.Zone, "Meridian", survey.Meridian(in.Zone))
	}
	format := r.T("boundary.format." + string(in.Format))
	return []views.Item{
		{Term: r.T("boundary.preview.format"), Text: format},
		{Term: r.T("boundary.preview.order"), Text: order},
		{Term: r.T("boundary.import.datum"), Text: r.T("boundary.datum." + datum)},
		{Term: r.T("boundary.preview.area"), Text: r.T("boundary.areas", "Km2", application.UnitKm2.Format(m.AreaM2), "Hectares", application.UnitHectare.Format(m.AreaM2))},
		{Term: r.T("boundary.preview.vertices"), Text: r.T("boundary.counts", "Vertices", in.Geometry.Vertices(), "Parts", len(in.Geometry.Areas()))},
	}
}
