package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/registry"
	"clusterzone/services/web/views"
)

// maxBoundary bounds a boundary file in bytes, with what a form takes around it.
const maxBoundary = 6 << 20

// layBoundary adds what the map asks the server, and the form that needs no map.
func (r *request) layBoundary(e *editor, out *views.EditorView) {
	here := "/applications/" + e.view.ID
	if out.Map != nil {
		out.Map.Zones, out.Map.Check = here+"/neighbours.geojson", here+"/boundary/check"
		if u, ok := r.site.Book.Unit(e.view.Unit); ok && u.Extent != nil {
			out.Map.Outline = here + "/outline.geojson"
		}
	}
	out.Import = &views.ImportForm{Action: here + "/boundary/import", Version: e.version, Base: e.base}
}

// outline is the rough extent of the unit, the ground of the map. It is no border.
func (s *site) outline(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	u, ok := s.Book.Unit(v.Unit)
	if !ok || u.Extent == nil {
		return fault.Missing()
	}
	x := u.Extent
	ring := [][2]float64{{x.West, x.South}, {x.East, x.South}, {x.East, x.North}, {x.West, x.North}, {x.West, x.South}}
	r.JSON(http.StatusOK, feature(map[string]any{}, map[string]any{"type": "Polygon", "coordinates": []any{ring}}))
	return nil
}

func feature(properties map[string]any, geometry any) map[string]any {
	return map[string]any{"type": "Feature", "properties": properties, "geometry": geometry}
}

// neighbours are the zones in force around an application, by name.
func (s *site) neighbours(r *request) error {
	zones, err := s.neighbouring(r)
	if err != nil {
		return err
	}
	features := make([]any, 0, len(zones))
	for _, z := range zones {
		features = append(features, feature(map[string]any{"name": z.Name, "href": "/zones/" + z.ID}, z.GeoJSON))
	}
	r.JSON(http.StatusOK, map[string]any{"type": "FeatureCollection", "features": features})
	return nil
}

// neighbouring loads the zones for whoever may read the application.
func (s *site) neighbouring(r *request) (zones []registry.Boundary, err error) {
	err = r.view(func(tx *database.Tx) error {
		if err := s.Applications.Reading(tx, r.actor, r.Param("id")); err != nil {
			return err
		}
		zones, err = s.Applications.Zones.Neighbours(tx, r.Param("id"))
		return err
	})
	return zones, err
}

type boundaryCheck struct {
	Geometry json.RawMessage `json:"geometry"`
}

// checkBoundary measures what is being drawn: its area, what is wrong with it, and which zones
// it overlaps. Other filings are compared when it is saved; their names are nobody's business.
func (s *site) checkBoundary(r *request) error {
	zones, err := s.neighbouring(r)
	if err != nil {
		return err
	}
	var in boundaryCheck
	if err := r.readJSON(&in); err != nil {
		return err
	}
	answer := map[string]any{"area_m2": 0, "overlaps": []any{}, "problems": []string{}}
	g, err := application.ParseGeometry(in.Geometry)
	if err == nil {
		answer["area_m2"] = g.AreaM2()
		err = g.Validate()
	}
	if err != nil {
		answer["problems"] = []string{r.geometryProblem(err)}
	} else {
		answer["overlaps"] = overlaps(g, zones)
	}
	r.JSON(http.StatusOK, answer)
	return nil
}

func (r *request) geometryProblem(err error) string {
	code, params := "boundary.invalid", map[string]string{}
	if g, ok := errors.AsType[*application.GeometryError](err); ok {
		code = g.Code
		for name, value := range g.Params {
			params[name] = value
		}
	}
	params["Field"] = application.LabelKey(polygonPath)
	return r.site.Teller.Text(r.lang, code, params)
}

// overlaps measures what a valid boundary shares with each zone.
func overlaps(g application.Geometry, zones []registry.Boundary) []any {
	const noise = 100 // square metres: the drawing's own
	out := []any{}
	e := g.Extent()
	for _, z := range zones {
		other, err := application.ParseGeometry(z.GeoJSON)
		if err != nil {
			continue
		}
		if o := other.Extent(); o[0] > e[2] || o[2] < e[0] || o[1] > e[3] || o[3] < e[1] || other.Validate() != nil {
			continue
		}
		if shared, err := g.OverlapM2(other); err == nil && shared >= noise {
			out = append(out, map[string]any{"name": z.Name, "area_m2": shared})
		}
	}
	return out
}

// importBoundary takes a boundary from a file, without any script.
func (s *site) importBoundary(r *request) error {
	e, err := s.openEditor(r, "boundary")
	if err != nil {
		return err
	}
	values, err := r.formUpTo(maxBoundary)
	if err != nil {
		return err
	}
	if e.version, err = number(values.Get("version")); err != nil {
		return err
	}
	if err := e.load(s.DB.Now().Year()); err != nil {
		return err
	}
	polygon, err := r.boundaryFile()
	if err == nil {
		err = e.saveBoundary(s, r, polygon)
	}
	if err == nil {
		g, _ := application.ParseGeometry(polygon) // it has been read
		return r.done(editHref(e.view.ID, "boundary", ""), "edit.import.done", "Area", application.UnitKm2.Format(g.AreaM2()))
	}
	return s.importRefused(r, e, err)
}

// boundaryFile reads the file of the form.
func (r *request) boundaryFile() (json.RawMessage, error) {
	file, _, err := r.Request.FormFile("file")
	if err != nil {
		return nil, fault.BadField("file", "required")
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fault.BadField("file", "malformed")
	}
	return application.ImportBoundary(content)
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
		told, err := r.refused(err, map[string]string{"file": r.T("edit.import.file")})
		if err != nil {
			return err
		}
		text, e.status = told.Problems[0].Text, told.status()
		if told.Told.Code == "stale" {
			text = r.T("edit.import.stale")
		}
	}
	e.version = e.view.Version
	e.summary = []views.Problem{{Field: "boundary.file", Text: text}}
	return s.showEditor(r, e, nil)
}
