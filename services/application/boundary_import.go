package application

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/paulmach/orb"

	"clusterzone/services/survey"
)

// Imported is a boundary that has been read from a file and not yet stored. It may be invalid: its filer corrects it on
// the map.
type Imported struct {
	Geometry Geometry
	Format   survey.Format
	Order    survey.Order
	Zone     int // the 3-degree zone of plane coordinates, else 0
}

// ImportBoundary reads an uploaded file under the answers of the person who hands it in: a GeoJSON Polygon,
// MultiPolygon, Feature or FeatureCollection, KML, or a text file as survey.ReadText takes it. The error is a
// *GeometryError that names the line where there is one.
func ImportBoundary(data []byte, o survey.Options) (in Imported, err error) {
	defer recoverGeometry(&err)
	if len(data) > maxGeometryBytes {
		return Imported{}, geometryFault("too_large", "Limit", strconv.Itoa(maxGeometryBytes>>20))
	}
	if err := survey.CheckDatum(o.Datum); err != nil {
		return Imported{}, surveyFault(err)
	}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(trimmed, []byte("{")):
		g, err := featureGeometry(trimmed)
		return Imported{Geometry: g, Format: survey.GeoJSON}, err
	case bytes.HasPrefix(trimmed, []byte("<")):
		return imported(survey.ReadKML(data, o))
	case bytes.HasPrefix(trimmed, []byte("PK\x03\x04")):
		return Imported{}, geometryFault("zipped")
	}
	return imported(survey.ReadText(data, o))
}

func imported(r survey.Reading, err error) (Imported, error) {
	if err != nil {
		return Imported{}, surveyFault(err)
	}
	g, err := geometryOf(r.Areas)
	return Imported{Geometry: g, Format: r.Format, Order: r.Order, Zone: r.Zone}, err
}

// surveyFault gives the fault of a file the name under which the catalogue has its words.
func surveyFault(err error) error {
	if e, ok := errors.AsType[*survey.Error](err); ok {
		return &GeometryError{Code: "boundary.file_" + e.Code, Params: e.Params}
	}
	return geometryFault("invalid")
}

// geometryOf takes areas as they are, within the limits of every boundary.
func geometryOf(areas []survey.Area) (Geometry, error) {
	g, vertices, rings := Geometry{}, 0, 0
	for _, area := range areas {
		polygon := make(orb.Polygon, len(area))
		for i, ring := range area {
			polygon[i] = make(orb.Ring, len(ring))
			for k, at := range ring {
				polygon[i][k] = orb.Point(at)
			}
			vertices, rings = vertices+len(ring), rings+1
		}
		g.polygons = append(g.polygons, polygon)
	}
	if vertices > maxVertices || rings > maxRings {
		return Geometry{}, geometryFault("too_many_vertices", "Limit", strconv.Itoa(maxVertices))
	}
	return g, nil
}

// Areas is the boundary as survey files take it.
func (g Geometry) Areas() []survey.Area {
	out := make([]survey.Area, len(g.polygons))
	for i, polygon := range g.polygons {
		out[i] = make(survey.Area, len(polygon))
		for j, ring := range polygon {
			out[i][j] = make([]survey.Point, len(ring))
			for k, at := range ring {
				out[i][j][k] = survey.Point(at)
			}
		}
	}
	return out
}

// featureGeometry gathers the polygons of a GeoJSON object of any nesting a map program writes.
func featureGeometry(data []byte) (Geometry, error) {
	var doc geoJSON
	if err := json.Unmarshal(data, &doc); err != nil {
		return Geometry{}, jsonFault(data, err)
	}
	switch doc.Type {
	case "Feature":
		return ParseGeometry(doc.Geometry)
	case "FeatureCollection":
		return doc.collection()
	}
	return doc.polygonal()
}

// jsonFault names the line in which a file stops being JSON.
func jsonFault(data []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return geometryFault("file_json", "Line", strconv.Itoa(1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))))
	}
	return geometryFault("not_geojson")
}

func (doc geoJSON) collection() (Geometry, error) {
	if doc.CRS != nil && !knownReference(doc.CRS.Properties.Name) {
		return Geometry{}, geometryFault("reference_system")
	}
	all := Geometry{}
	for _, f := range doc.Features {
		g, err := ParseGeometry(f.Geometry)
		if err != nil {
			return Geometry{}, err
		}
		all.polygons = append(all.polygons, g.polygons...)
	}
	if len(all.polygons) == 0 {
		return Geometry{}, geometryFault("empty")
	}
	if all.Vertices() > maxVertices {
		return Geometry{}, geometryFault("too_many_vertices", "Limit", strconv.Itoa(maxVertices))
	}
	return all, nil
}
