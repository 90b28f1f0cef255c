package application

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/peterstace/simplefeatures/geom"
)

// The limits of a boundary document; a rule set may only be stricter.
const (
	maxGeometryBytes = 1 << 20
	maxVertices      = 5_000
	maxRings         = 200
	// maxCrossings bounds the work of an overlay: two combs of n teeth meet n² times.
	maxCrossings = 5_000
)

// GeometryError says what is wrong with a boundary: Code is a problem code such as boundary.self_crossing, Params its
// message parameters (a location is Lon and Lat in degrees, vertices count from 1).
type GeometryError struct {
	Code   string
	Params map[string]string
}

func (e *GeometryError) Error() string {
	return fmt.Sprintf("%s %v", e.Code, e.Params)
}

func (e *GeometryError) problem(path string) Problem {
	return newProblem(path, e.Code, Refuse, e.Params)
}

func geometryFault(code string, pairs ...string) *GeometryError {
	return &GeometryError{Code: "boundary." + code, Params: paramsOf(pairs)}
}

// Geometry is a boundary in CGCS2000 longitude and latitude, as one or more polygons. It is read but not necessarily
// valid: see Validate.
type Geometry struct {
	polygons orb.MultiPolygon
}

// geoJSON is the part of a GeoJSON object that a boundary may have. Other members are ignored, as RFC 7946 asks.
type geoJSON struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometry    json.RawMessage `json:"geometry"`
	Features    []geoJSON       `json:"features"`
	CRS         *struct {
		Properties struct {
			Name string `json:"name"`
		} `json:"properties"`
	} `json:"crs"`
}

// ParseGeometry reads a GeoJSON Polygon or MultiPolygon. It checks shape, size and that every coordinate is a degree;
// heights are dropped. The error is a *GeometryError.
func ParseGeometry(data []byte) (g Geometry, err error) {
	defer recoverGeometry(&err)
	if len(data) > maxGeometryBytes {
		return Geometry{}, geometryFault("too_large", "Limit", strconv.Itoa(maxGeometryBytes>>20))
	}
	var doc geoJSON
	if err := json.Unmarshal(data, &doc); err != nil {
		return Geometry{}, geometryFault("not_geojson")
	}
	return doc.polygonal()
}

func (doc geoJSON) polygonal() (Geometry, error) {
	if doc.CRS != nil && !knownReference(doc.CRS.Properties.Name) {
		return Geometry{}, geometryFault("reference_system")
	}
	var parts [][][]position
	switch doc.Type {
	case "Polygon":
		parts = make([][][]position, 1)
		if json.Unmarshal(doc.Coordinates, &parts[0]) != nil {
			return Geometry{}, geometryFault("not_geojson")
		}
	case "MultiPolygon":
		if json.Unmarshal(doc.Coordinates, &parts) != nil {
			return Geometry{}, geometryFault("not_geojson")
		}
	default:
		return Geometry{}, geometryFault("not_polygon")
	}
	return newGeometry(parts)
}

// knownReference accepts the names under which files carry CGCS2000 or its practical equal WGS 84.
func knownReference(name string) bool {
	for _, known := range []string{"4490", "CRS84", "4326", "CGCS2000"} {
		if strings.Contains(strings.ToUpper(name), known) {
			return true
		}
	}
	return false
}

// position is one GeoJSON position; it reads only real numbers, where encoding/json would take null as 0.
type position []coordinate

type coordinate float64

func (c *coordinate) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("coordinate: %w", err)
	}
	*c = coordinate(v + 0) // -0 becomes 0
	return nil
}

func newGeometry(parts [][][]position) (Geometry, error) {
	g := Geometry{}
	vertices, rings := 0, 0
	for _, part := range parts {
		polygon := make(orb.Polygon, 0, len(part))
		for _, positions := range part {
			vertices, rings = vertices+len(positions), rings+1
			if vertices > maxVertices || rings > maxRings {
				return Geometry{}, geometryFault("too_many_vertices", "Limit", strconv.Itoa(maxVertices))
			}
			ring, err := newRing(positions)
			if err != nil {
				return Geometry{}, err
			}
			polygon = append(polygon, ring)
		}
		if len(polygon) == 0 {
			return Geometry{}, geometryFault("empty")
		}
		g.polygons = append(g.polygons, polygon)
	}
	if vertices == 0 {
		return Geometry{}, geometryFault("empty")
	}
	return g, nil
}

func newRing(positions []position) (orb.Ring, error) {
	ring := make(orb.Ring, len(positions))
	for i, p := range positions {
		if len(p) < 2 || len(p) > 4 {
			return nil, geometryFault("not_geojson")
		}
		lon, lat := float64(p[0]), float64(p[1])
		if !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) {
			return nil, geometryFault("not_degrees", "Vertex", strconv.Itoa(i+1))
		}
		ring[i] = orb.Point{lon, lat}
	}
	return ring, nil
}

// MarshalJSON writes the canonical GeoJSON: members sorted, no spaces, shortest numbers, one polygon as Polygon.
func (g Geometry) MarshalJSON() ([]byte, error) {
	dst := []byte(`{"coordinates":`)
	if len(g.polygons) == 1 {
		dst = appendPolygon(dst, g.polygons[0])
		return append(dst, `,"type":"Polygon"}`...), nil
	}
	dst = append(dst, '[')
	for i, p := range g.polygons {
		dst = appendComma(dst, i)
		dst = appendPolygon(dst, p)
	}
	return append(dst, `],"type":"MultiPolygon"}`...), nil
}

func appendPolygon(dst []byte, polygon orb.Polygon) []byte {
	dst = append(dst, '[')
	for i, ring := range polygon {
		dst = append(appendComma(dst, i), '[')
		for j, p := range ring {
			dst = append(appendComma(dst, j), '[')
			dst = appendFloat(dst, p[0])
			dst = append(dst, ',')
			dst = append(appendFloat(dst, p[1]), ']')
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// Extent is the bounding box: west, south, east, north in degrees.
func (g Geometry) Extent() [4]float64 {
	b := g.polygons.Bound()
	return [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}

// Within reports whether the whole boundary lies inside an extent (west, south, east, north).
func (g Geometry) Within(extent [4]float64) bool {
	e := g.Extent()
	return e[0] >= extent[0] && e[1] >= extent[1] && e[2] <= extent[2] && e[3] <= extent[3]
}

// Vertices counts the positions of all rings.
func (g Geometry) Vertices() int {
	n := 0
	for _, p := range g.polygons {
		for _, r := range p {
			n += len(r)
		}
	}
	return n
}

// CGCS2000: semi-major axis in metres and flattening.
const (
	majorAxis  = 6378137.0
	flattening = 1 / 298.257222101
)

// AreaM2 is the area on the CGCS2000 ellipsoid in square metres. The library knows only a sphere, so latitudes are
// first moved to the authalic sphere, on which areas equal those of the ellipsoid (the plain sphere is 0.3 % off here).
func (g Geometry) AreaM2() int64 {
	polar := authalic(1)
	moved := make(orb.MultiPolygon, len(g.polygons))
	for i, polygon := range g.polygons {
		moved[i] = make(orb.Polygon, len(polygon))
		for j, ring := range polygon {
			moved[i][j] = make(orb.Ring, len(ring))
			for k, p := range ring {
				sine := authalic(math.Sin(p[1]*math.Pi/180)) / polar
				moved[i][j][k] = orb.Point{p[0], math.Asin(max(-1, min(1, sine))) * 180 / math.Pi}
			}
		}
	}
	return int64(math.Round(geo.Area(moved) * polar / 2 * (majorAxis / orb.EarthRadius) * (majorAxis / orb.EarthRadius)))
}

// authalic is the q function of the authalic latitude for the sine of a geodetic latitude.
func authalic(sine float64) float64 {
	e2 := flattening * (2 - flattening)
	e := math.Sqrt(e2)
	return (1 - e2) * (sine/(1-e2*sine*sine) + math.Atanh(e*sine)/e)
}

// OverlapM2 is the area in square metres that both boundaries cover. Both must be valid.
func (g Geometry) OverlapM2(other Geometry) (area int64, err error) {
	defer recoverGeometry(&err)
	if !g.polygons.Bound().Intersects(other.polygons.Bound()) {
		return 0, nil
	}
	if n := g.crossings(other); n > maxCrossings {
		return 0, fmt.Errorf("intersect boundaries: more than %d crossings", maxCrossings)
	}
	common, err := geom.Intersection(g.plane().AsGeometry(), other.plane().AsGeometry())
	if err != nil {
		return 0, fmt.Errorf("intersect boundaries: %w", err)
	}
	shared := Geometry{polygons: polygonsOf(common)}.AreaM2()
	// One square metre for rounding; anything more means the overlay failed numerically.
	if shared > min(g.AreaM2(), other.AreaM2())+1 {
		return 0, fmt.Errorf("intersect boundaries: common area %d m² is larger than a part", shared)
	}
	return shared, nil
}

// plane hands the polygons to the planar library as they are.
func (g Geometry) plane() geom.MultiPolygon {
	polygons := make([]geom.Polygon, len(g.polygons))
	for i, p := range g.polygons {
		rings := make([]geom.LineString, len(p))
		for j, r := range p {
			flat := make([]float64, 0, 2*len(r))
			for _, at := range r {
				flat = append(flat, at[0], at[1])
			}
			rings[j] = geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
		}
		polygons[i] = geom.NewPolygon(rings)
	}
	return geom.NewMultiPolygon(polygons)
}

// polygonsOf keeps the areas of an overlay; shared edges and points have none.
func polygonsOf(g geom.Geometry) orb.MultiPolygon {
	var out orb.MultiPolygon
	for _, part := range g.Dump() {
		polygon, ok := part.AsPolygon()
		if !ok {
			continue
		}
		var rings orb.Polygon
		for _, line := range polygon.DumpRings() {
			seq := line.Coordinates()
			ring := make(orb.Ring, seq.Length())
			for i := range ring {
				xy := seq.GetXY(i)
				ring[i] = orb.Point{xy.X, xy.Y}
			}
			rings = append(rings, ring)
		}
		out = append(out, rings)
	}
	return out
}

// recoverGeometry turns a panic of a geometry library into an error: a boundary is outside input.
func recoverGeometry(err *error) {
	if p := recover(); p != nil {
		*err = geometryFault("invalid")
	}
}
