package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/outline"
	"clusterzone/services/registry"
	"clusterzone/services/web/views"
)

// layBoundary adds what the map asks the server, and the form that needs no map.
func (r *request) layBoundary(e *editor, out *views.EditorView) {
	here := "/applications/" + e.view.ID
	if out.Map != nil {
		out.Map.Zones, out.Map.Check = here+"/neighbours.geojson", here+"/boundary/check"
		out.Map.Import, out.Map.Print = "#boundary-import", here+"/boundary/print"
		if _, err := r.site.unitGround(e.view.Unit); err == nil {
			out.Map.Outline = here + "/outline.geojson"
		}
	}
	out.Import = r.importForm(e)
}

// outline is the rough outline of the unit, the ground of the map, or its extent where none is known. It is no border.
func (s *site) outline(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	geometry, err := s.unitGround(v.Unit)
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, feature(map[string]any{}, geometry))
	return nil
}

func (s *site) unitGround(unit string) (any, error) {
	book, err := outline.Open()
	if err != nil {
		return nil, err
	}
	if g := book.Geometry(unit); g != nil {
		return g, nil
	}
	u, ok := s.Book.Unit(unit)
	if !ok || u.Extent == nil {
		return nil, fault.Missing()
	}
	x := u.Extent
	ring := [][2]float64{{x.West, x.South}, {x.East, x.South}, {x.East, x.North}, {x.West, x.North}, {x.West, x.South}}
	return map[string]any{"type": "Polygon", "coordinates": []any{ring}}, nil
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

// checkBoundary measures what is being drawn: its area, what is wrong with it and where, and whose ground it shares. A
// filing that the reader may not know has no name.
func (s *site) checkBoundary(r *request) error {
	if err := r.view(func(tx *database.Tx) error { return s.Applications.Reading(tx, r.actor, r.Param("id")) }); err != nil {
		return err
	}
	var in boundaryCheck
	if err := r.readJSON(&in); err != nil {
		return err
	}
	m, err := s.Applications.Measure(r.ctx(), r.actor, r.Param("id"), in.Geometry)
	if err != nil {
		return err
	}
	answer := map[string]any{"area_m2": m.AreaM2, "overlaps": r.overlaps(m), "problems": r.measuredProblems(m), "notes": r.measuredNotes(m)}
	if at, ok := m.Fault.At(); ok {
		answer["at"] = at
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

func (r *request) measuredProblems(m application.Measured) []string {
	if m.Fault == nil {
		return []string{}
	}
	return []string{r.geometryProblem(m.Fault)}
}

// measuredNotes are what should be looked at and stops nothing.
func (r *request) measuredNotes(m application.Measured) []string {
	if m.OutsideUnit == 0 {
		return []string{}
	}
	return []string{r.T("boundary.outside", "Distance", strconv.FormatFloat(float64(m.OutsideUnit)/1000, 'f', 1, 64))}
}

// overlaps names whose ground a boundary shares, each with a sentence.
func (r *request) overlaps(m application.Measured) []map[string]any {
	out := []map[string]any{}
	for _, o := range m.Overlaps {
		name := o.Label
		if name == "" {
			name = r.T("boundary.overlap.hidden")
		}
		text := r.T("boundary.overlap", "Name", name, "Hectares", application.UnitHectare.Format(o.AreaM2), "Km2", application.UnitKm2.Format(o.AreaM2))
		if o.Unknown {
			text = r.T("boundary.overlap.unknown", "Name", name)
		}
		out = append(out, map[string]any{"name": name, "area_m2": o.AreaM2, "text": text})
	}
	return out
}
