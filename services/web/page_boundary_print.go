package web

import (
	"net/http"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/mapsheet"
	"clusterzone/services/outline"
	"clusterzone/services/survey"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// printBoundary is the map of a boundary for paper, with its four texts; it needs no script.
func (s *site) printBoundary(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	b := v.Content.Boundary
	sheet := views.MapSheet{Title: v.Name, Number: v.Number, Back: "/applications/" + v.ID, Demo: v.Demo,
		Printed: wording.DateTime(r.lang, s.DB.Now()), Version: r.T("boundary.print.version", "No", v.SubmittedNo)}
	if v.Working {
		sheet.Version, sheet.Watermark = r.T("boundary.print.draft"), r.T("boundary.print.draft")
	}
	if len(b.Polygon) > 0 {
		m, err := s.Applications.Measure(r.ctx(), r.actor, v.ID, b.Polygon)
		if err != nil {
			return err
		}
		if sheet.Map, err = s.mapOf(r, v.Unit, m); err != nil {
			return err
		}
		sheet.Problems = r.measuredProblems(m)
		sheet.Area = r.T("boundary.areas", "Km2", application.UnitKm2.Format(m.AreaM2), "Hectares", application.UnitHectare.Format(m.AreaM2))
		sheet.Counts = r.T("boundary.counts", "Vertices", m.Vertices, "Parts", len(m.Geometry.Areas()))
	}
	if u, ok := s.Book.Unit(v.Unit); ok {
		sheet.Unit = r.pick(u.Name.ZH, u.Name.EN)
	}
	for _, side := range []struct{ name, text string }{{"east", b.East}, {"south", b.South}, {"west", b.West}, {"north", b.North}} {
		sheet.Texts = append(sheet.Texts, views.Item{Term: r.T("field.boundary." + side.name), Text: side.text})
	}
	return s.render.Render(r.Writer, r.Request, http.StatusOK, views.MapSheetPage(sheet))
}

// mapOf draws a measured boundary over the outline of its unit and among the zones around it.
func (s *site) mapOf(r *request, unit string, m application.Measured) (string, error) {
	zones, err := s.neighbouring(r)
	if err != nil {
		return "", err
	}
	book, err := outline.Open()
	if err != nil {
		return "", err
	}
	in := mapsheet.Sheet{Areas: m.Geometry.Areas(), Words: mapsheet.Words{Title: r.T("boundary.map.title"), North: r.T("boundary.map.north"), Scale: r.T("boundary.map.scale")}}
	in.Unit, _ = book.Of(unit)
	for _, code := range book.Codes() {
		if code != unit {
			rings, _ := book.Of(code)
			in.Others = append(in.Others, rings...)
		}
	}
	for _, z := range zones {
		if g, err := application.ParseGeometry(z.GeoJSON); err == nil {
			in.Neighbours = append(in.Neighbours, mapsheet.Neighbour{Name: z.Name, Areas: g.Areas()})
		}
	}
	if at, ok := m.Fault.At(); ok {
		in.Mark = (*survey.Point)(&at)
	}
	return mapsheet.Draw(in), nil
}

// exportBoundary gives the boundary as a file for other programs: GeoJSON, KML, degrees, or metres of the 3-degree zone in which its west lies.
func (s *site) exportBoundary(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	g, err := application.ParseGeometry(v.Content.Boundary.Polygon)
	if err != nil {
		return absent(s, r)
	}
	file, ok := application.ExportBoundary(g, v.Name, r.Param("code"))
	if !ok {
		return absent(s, r)
	}
	s.render.Headers(r.Writer.Header())
	r.Writer.Header().Set("Content-Disposition", `attachment; filename="`+v.Number+file.Extension+`"`)
	r.Writer.Header().Set("Content-Length", strconv.Itoa(len(file.Content)))
	r.Data(http.StatusOK, file.MediaType, file.Content)
	return nil
}
