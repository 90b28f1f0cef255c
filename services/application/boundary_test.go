package application

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clusterzone/services/survey"
)

// polygon writes a GeoJSON Polygon of rings given as "lon lat, lon lat".
func polygon(rings ...string) string {
	return `{"type":"Polygon","coordinates":` + ringsJSON(rings) + `}`
}

func ringsJSON(rings []string) string {
	parts := make([]string, len(rings))
	for i, ring := range rings {
		points := strings.Split(ring, ",")
		for j, p := range points {
			points[j] = "[" + strings.Join(strings.Fields(p), ",") + "]"
		}
		parts[i] = "[" + strings.Join(points, ",") + "]"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func multiPolygon(parts ...string) string {
	return `{"type":"MultiPolygon","coordinates":[` + strings.Join(parts, ",") + `]}`
}

const (
	square    = "106 29, 106.1 29, 106.1 29.1, 106 29.1, 106 29"
	insideIt  = "106.02 29.02, 106.04 29.02, 106.04 29.04, 106.02 29.04, 106.02 29.02"
	farFromIt = "107 29, 107.1 29, 107.1 29.1, 107 29.1, 107 29"
)

func TestParseGeometryRefuses(t *testing.T) {
	many := make([]string, maxVertices+1)
	for i := range many {
		many[i] = fmt.Sprintf("%.6f %.6f", 106+float64(i)*1e-6, 29.0)
	}
	rings := make([]string, maxRings+1)
	for i := range rings {
		rings[i] = square
	}
	tests := []struct{ name, data, code string }{
		{"nothing", ``, "boundary.not_geojson"},
		{"null", `null`, "boundary.not_polygon"},
		{"list", `[]`, "boundary.not_geojson"},
		{"cut off", polygon(square)[:50], "boundary.not_geojson"},
		{"point", `{"type":"Point","coordinates":[106,29]}`, "boundary.not_polygon"},
		{"line", `{"type":"LineString","coordinates":[[106,29],[107,29]]}`, "boundary.not_polygon"},
		{"collection", `{"type":"GeometryCollection","geometries":[]}`, "boundary.not_polygon"},
		{"no coordinates", `{"type":"Polygon"}`, "boundary.not_geojson"},
		{"null coordinates", `{"type":"Polygon","coordinates":null}`, "boundary.empty"},
		{"no rings", `{"type":"Polygon","coordinates":[]}`, "boundary.empty"},
		{"empty ring", `{"type":"Polygon","coordinates":[[]]}`, "boundary.empty"},
		{"no parts", multiPolygon(), "boundary.empty"},
		{"empty part", multiPolygon(ringsJSON([]string{square}), "[]"), "boundary.empty"},
		{"wrong nesting", `{"type":"Polygon","coordinates":[[106,29],[107,29]]}`, "boundary.not_geojson"},
		{"nested huge", `{"type":"Polygon","coordinates":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
			"boundary.not_geojson"},
		{"text for number", `{"type":"Polygon","coordinates":[[["106",29],[107,29],[107,30],["106",29]]]}`, "boundary.not_geojson"},
		{"null for number", `{"type":"Polygon","coordinates":[[[null,29],[107,29],[107,30],[null,29]]]}`, "boundary.not_geojson"},
		{"NaN", `{"type":"Polygon","coordinates":[[[NaN,29],[107,29],[107,30],[NaN,29]]]}`, "boundary.not_geojson"},
		{"one coordinate", `{"type":"Polygon","coordinates":[[[106],[107,29],[107,30],[106]]]}`, "boundary.not_geojson"},
		{"five coordinates", `{"type":"Polygon","coordinates":[[[106,29,1,1,1],[107,29],[107,30],[106,29]]]}`, "boundary.not_geojson"},
		{"1e308", polygon("1e308 29, 107 29, 107 30, 1e308 29"), "boundary.not_degrees"},
		{"1e999", polygon("1e999 29, 107 29, 107 30, 1e999 29"), "boundary.not_geojson"},
		{"metres", polygon("35650000 3270000, 35651000 3270000, 35651000 3271000, 35650000 3270000"), "boundary.not_degrees"},
		{"latitude and longitude swapped", polygon("29 106, 30 106, 30 107, 29 106"), "boundary.not_degrees"},
		{"too many vertices", polygon(strings.Join(many, ",")), "boundary.too_many_vertices"},
		{"too many rings", polygon(rings...), "boundary.too_many_vertices"},
		{"too large", polygon(square) + strings.Repeat(" ", maxGeometryBytes), "boundary.too_large"},
		{"other reference system", `{"type":"Polygon","crs":{"type":"name","properties":{"name":"EPSG:2343"}},"coordinates":` +
			ringsJSON([]string{square}) + `}`, "boundary.reference_system"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseGeometry([]byte(tt.data))
			if got := faultCode(err); got != tt.code {
				t.Errorf("ParseGeometry = %v, want %s", err, tt.code)
			}
		})
	}
}

func faultCode(err error) string {
	var fault *GeometryError
	if errors.As(err, &fault) {
		return fault.Code
	}
	return fmt.Sprint(err)
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name, data, code string
		params           map[string]string
	}{
		{name: "square", data: polygon(square)},
		{name: "clockwise square", data: polygon("106 29, 106 29.1, 106.1 29.1, 106.1 29, 106 29")},
		{name: "repeated point", data: polygon("106 29, 106 29, 106.1 29, 106.1 29.1, 106 29.1, 106 29")},
		{name: "with hole", data: polygon(square, insideIt)},
		{name: "hole touching the edge at a point",
			data: polygon(square, "106 29.05, 106.04 29.04, 106.04 29.06, 106 29.05")},
		{name: "two parts", data: multiPolygon(ringsJSON([]string{square}), ringsJSON([]string{farFromIt}))},
		{name: "part in the hole of another", data: multiPolygon(
			ringsJSON([]string{square, "106.01 29.01, 106.09 29.01, 106.09 29.09, 106.01 29.09, 106.01 29.01"}),
			ringsJSON([]string{insideIt}))},
		{name: "around the globe", data: polygon("-180 -90, 180 -90, 180 90, -180 90, -180 -90")},

		{name: "bow-tie", data: polygon("106 29, 106.2 29.2, 106.2 29, 106 29.2, 106 29"), code: "boundary.self_crossing",
			params: map[string]string{"Lon": "106.1", "Lat": "29.1", "Part": "1", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "bow-tie over the antipodes", data: polygon("-180 -80, 180 80, 180 -80, -180 80, -180 -80"),
			code:   "boundary.self_crossing",
			params: map[string]string{"Lon": "0", "Lat": "0", "Part": "1", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "touching itself", data: polygon("106 29, 106.2 29, 106.2 29.2, 106.1 29, 106 29.2, 106 29"),
			code:   "boundary.self_crossing",
			params: map[string]string{"Lon": "106.1", "Lat": "29", "Part": "1", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "spike", data: polygon("106 29, 106.1 29, 106.2 29, 106.1 29, 106.1 29.1, 106 29"), code: "boundary.self_crossing",
			params: map[string]string{"Lon": "106.1", "Lat": "29", "Part": "1", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "spike at the start", data: polygon("106.2 29, 106.1 29, 106.1 29.1, 106 29, 106.2 29"), code: "boundary.self_crossing",
			params: map[string]string{"Lon": "106.2", "Lat": "29", "Part": "1", "Ring": "1", "First": "1", "Second": "4"}},
		{name: "collapsed", data: polygon("106 29, 106.1 29, 106.2 29, 106 29"), code: "boundary.self_crossing",
			params: map[string]string{"Lon": "106", "Lat": "29", "Part": "1", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "crossing in the second part",
			data: multiPolygon(ringsJSON([]string{farFromIt}),
				ringsJSON([]string{"106 29, 106.2 29.2, 106.2 29, 106 29.2, 106 29"})),
			code:   "boundary.self_crossing",
			params: map[string]string{"Lon": "106.1", "Lat": "29.1", "Part": "2", "Ring": "1", "First": "1", "Second": "3"}},
		{name: "unclosed", data: polygon("106 29, 106.1 29, 106.1 29.1, 106 29.1"), code: "boundary.not_closed",
			params: map[string]string{"Lon": "106", "Lat": "29"}},
		{name: "one point", data: polygon("106 29"), code: "boundary.too_few_vertices",
			params: map[string]string{"Lon": "106", "Lat": "29"}},
		{name: "there and back", data: polygon("106 29, 106.1 29, 106 29"), code: "boundary.too_few_vertices",
			params: map[string]string{"Lon": "106", "Lat": "29"}},
		{name: "one point four times", data: polygon("106 29, 106 29, 106 29, 106 29"), code: "boundary.too_few_vertices",
			params: map[string]string{"Lon": "106", "Lat": "29"}},
		{name: "hole outside", data: polygon(square, farFromIt), code: "boundary.hole_outside",
			params: map[string]string{"Lon": "107", "Lat": "29"}},
		{name: "hole across the edge", data: polygon(square, "106.05 29.05, 106.2 29.05, 106.2 29.06, 106.05 29.06, 106.05 29.05"),
			code:   "boundary.rings_crossing",
			params: map[string]string{"Lon": "106.1", "Lat": "29.05", "First": "1", "Second": "2"}},
		{name: "hole in a hole",
			data: polygon(square, "106.01 29.01, 106.09 29.01, 106.09 29.09, 106.01 29.09, 106.01 29.01", insideIt),
			code: "boundary.holes_nested", params: map[string]string{"Lon": "106.02", "Lat": "29.02"}},
		{name: "hole equal to the outer ring", data: polygon(square, square), code: "boundary.rings_crossing",
			params: map[string]string{"Lon": "106", "Lat": "29", "First": "1", "Second": "1"}},
		{name: "parts overlapping",
			data: multiPolygon(ringsJSON([]string{square}),
				ringsJSON([]string{"106.05 29.05, 106.15 29.05, 106.15 29.15, 106.05 29.15, 106.05 29.05"})),
			code:   "boundary.parts_overlap",
			params: map[string]string{"Lon": "106.1", "Lat": "29.05", "First": "1", "Second": "2"}},
		{name: "part inside part", data: multiPolygon(ringsJSON([]string{square}), ringsJSON([]string{insideIt})),
			code: "boundary.parts_overlap", params: map[string]string{"Lon": "106.02", "Lat": "29.02"}},
		{name: "hole cutting the area in two", data: polygon(square, "106 29.05, 106.05 29.04, 106.1 29.05, 106.05 29.06, 106 29.05"),
			code: "boundary.invalid", params: map[string]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := ParseGeometry([]byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			err = g.Validate()
			if tt.code == "" {
				if err != nil {
					t.Errorf("Validate = %v, want valid", err)
				}
				return
			}
			var fault *GeometryError
			if !errors.As(err, &fault) || fault.Code != tt.code {
				t.Fatalf("Validate = %v, want %s", err, tt.code)
			}
			if diff := cmp.Diff(tt.params, fault.Params); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		})
	}
}

// rectangleArea integrates the surface element of the CGCS2000 ellipsoid, M·N·cosφ, by Simpson's rule: no formula
// shared with the code under test.
func rectangleArea(west, south, east, north float64) float64 {
	const a, f, steps = 6378137.0, 1 / 298.257222101, 2000
	e2 := f * (2 - f)
	element := func(phi float64) float64 {
		w := 1 - e2*math.Sin(phi)*math.Sin(phi)
		m := a * (1 - e2) / math.Pow(w, 1.5)
		n := a / math.Sqrt(w)
		return m * n * math.Cos(phi)
	}
	from, to := south*math.Pi/180, north*math.Pi/180
	h := (to - from) / steps
	sum := element(from) + element(to)
	for i := 1; i < steps; i++ {
		weight := 4.0
		if i%2 == 0 {
			weight = 2
		}
		sum += weight * element(from+float64(i)*h)
	}
	return sum * h / 3 * (east - west) * math.Pi / 180
}

func rectangle(west, south, east, north float64) string {
	return fmt.Sprintf("%[1]v %[2]v, %[3]v %[2]v, %[3]v %[4]v, %[1]v %[4]v, %[1]v %[2]v", west, south, east, north)
}

func mustParse(t *testing.T, data string) Geometry {
	t.Helper()
	g, err := ParseGeometry([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAreaAgreesWithIntegration(t *testing.T) {
	tests := []struct{ west, south, east, north float64 }{
		{106.5, 29.5, 106.501, 29.501},
		{106.5, 29.5, 106.51, 29.51},
		{106, 29, 107, 30},
		{-1, -45, 1, -44},
		{0, 89, 1, 89.5},
	}
	for _, r := range tests {
		got := float64(mustParse(t, polygon(rectangle(r.west, r.south, r.east, r.north))).AreaM2())
		want := rectangleArea(r.west, r.south, r.east, r.north)
		if math.Abs(got-want) > 1+want*1e-7 {
			t.Errorf("area of %v = %.0f, want %.2f", r, got, want)
		}
	}
	sphere := mustParse(t, polygon("-180 -90, 180 -90, 180 90, -180 90, -180 -90")).AreaM2()
	if want := int64(510065621_000_000); math.Abs(float64(sphere-want)) > 1e6*1000 {
		t.Errorf("area of the earth = %d, want about %d m²", sphere, want)
	}
}

func TestAreaOfHolesAndParts(t *testing.T) {
	outer, hole, other := mustParse(t, polygon(square)), mustParse(t, polygon(insideIt)), mustParse(t, polygon(farFromIt))
	if got, want := mustParse(t, polygon(square, insideIt)).AreaM2(), outer.AreaM2()-hole.AreaM2(); abs(got-want) > 1 {
		t.Errorf("area with a hole = %d, want %d", got, want)
	}
	both := mustParse(t, multiPolygon(ringsJSON([]string{square}), ringsJSON([]string{farFromIt})))
	if got, want := both.AreaM2(), outer.AreaM2()+other.AreaM2(); abs(got-want) > 1 {
		t.Errorf("area of two parts = %d, want %d", got, want)
	}
}

func abs(v int64) int64 { return max(v, -v) }

func TestOverlapM2(t *testing.T) {
	quarter := polygon(rectangle(106.05, 29.05, 106.15, 29.15))
	tests := []struct {
		name, a, b string
		want       float64
	}{
		{"apart", polygon(square), polygon(farFromIt), 0},
		{"sharing a side", polygon(square), polygon(rectangle(106.1, 29, 106.2, 29.1)), 0},
		{"sharing a corner", polygon(square), polygon(rectangle(106.1, 29.1, 106.2, 29.2)), 0},
		{"quarter", polygon(square), quarter, rectangleArea(106.05, 29.05, 106.1, 29.1)},
		{"inside", polygon(square), polygon(insideIt), rectangleArea(106.02, 29.02, 106.04, 29.04)},
		{"in the hole", polygon(square, insideIt), polygon(insideIt), 0},
		{"equal", polygon(square), polygon(square), rectangleArea(106, 29, 106.1, 29.1)},
		{"two parts in one", multiPolygon(ringsJSON([]string{square}), ringsJSON([]string{farFromIt})),
			polygon(rectangle(105, 28, 108, 30)),
			rectangleArea(106, 29, 106.1, 29.1) + rectangleArea(107, 29, 107.1, 29.1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := mustParse(t, tt.a), mustParse(t, tt.b)
			for _, pair := range [][2]Geometry{{a, b}, {b, a}} {
				got, err := pair[0].OverlapM2(pair[1])
				if err != nil || math.Abs(float64(got)-tt.want) > 1+tt.want*1e-6 {
					t.Errorf("OverlapM2 = %d, %v; want %.0f", got, err, tt.want)
				}
			}
		})
	}
}

// Two combs across each other meet in every pair of teeth; the overlay must refuse instead of filling the memory.
func TestOverlapRefusesHostileCombs(t *testing.T) {
	upright, lying := comb(1200, false), comb(1200, true)
	for _, c := range []string{upright, lying} {
		if err := mustParse(t, c).Validate(); err != nil {
			t.Fatalf("comb is not valid: %v", err)
		}
	}
	if _, err := mustParse(t, upright).OverlapM2(mustParse(t, lying)); err == nil {
		t.Error("OverlapM2 of two combs worked, want an error")
	}
}

// comb has teeth of length 0.1° on a back, upright or lying.
func comb(teeth int, lying bool) string {
	points := []string{}
	add := func(x, y float64) {
		if lying {
			x, y = y, x
		}
		points = append(points, fmt.Sprintf("[%.7f,%.7f]", 60+x, 60+y))
	}
	for i := range teeth {
		x := float64(i) * 0.1 / float64(teeth)
		step := 0.025 / float64(teeth)
		add(x, -0.01)
		add(x, 0.1)
		add(x+2*step, 0.1)
		add(x+2*step, -0.01)
	}
	add(0.1, -0.02)
	add(0, -0.02)
	points = append(points, points[0])
	return `{"type":"Polygon","coordinates":[[` + strings.Join(points, ",") + `]]}`
}

func TestGeometryMarshalIsCanonical(t *testing.T) {
	g := mustParse(t, `{"coordinates":[[[106.50,29.0,350],[106.6,29],[106.6,29.1],[-0.0,1e-9],[106.50,29.0]]],
		"bbox":[1,2,3,4],"type":"Polygon"}`)
	data, err := g.MarshalJSON()
	want := `{"coordinates":[[[106.5,29],[106.6,29],[106.6,29.1],[0,1e-09],[106.5,29]]],"type":"Polygon"}`
	if err != nil || string(data) != want {
		t.Errorf("MarshalJSON = %s, %v\nwant %s", data, err, want)
	}
	again, err := mustParse(t, string(data)).MarshalJSON()
	if err != nil || string(again) != want {
		t.Errorf("second round = %s, %v", again, err)
	}
}

func TestImportBoundary(t *testing.T) {
	canonical := `{"coordinates":[[[106,29],[106.1,29],[106.1,29.1],[106,29]]],"type":"Polygon"}`
	triangle := `{"type":"Polygon","coordinates":[[[106,29],[106.1,29],[106.1,29.1],[106,29]]]}`
	two := `{"coordinates":[[[[106,29],[106.1,29],[106.1,29.1],[106,29]]],[[[106,29],[106.1,29],[106.1,29.1],[106,29]]]],"type":"MultiPolygon"}`
	tests := []struct{ name, data, want, code string }{
		{name: "polygon", data: triangle, want: canonical},
		{name: "byte order mark", data: "\ufeff\r\n " + triangle, want: canonical},
		{name: "feature", data: `{"type":"Feature","properties":{"名称":"x"},"geometry":` + triangle + `}`, want: canonical},
		{name: "collection of one", data: `{"type":"FeatureCollection","crs":{"properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},
			"features":[{"type":"Feature","geometry":` + triangle + `}]}`, want: canonical},
		{name: "collection of two", data: `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":` + triangle +
			`},{"type":"Feature","geometry":` + triangle + `}]}`, want: two},
		{name: "text", data: "106,29\r\n106.1,29\r\n106.1,29.1\r\n", want: canonical},
		{name: "closed text", data: "106,29\n106.1,29\n106.1,29.1\n106,29", want: canonical},
		{name: "text with names", data: "J1,106,29\nJ2\t106.1\t29\nJ3,106.1,29.1", want: canonical},
		{name: "text of two parts", data: "106 29\n106.1 29\n106.1 29.1\n\n\n106 29\n106.1 29\n106.1 29.1\n", want: two},
		{name: "KML", data: `<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>106,29 106.1,29,0 106.1,29.1</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>`, want: canonical},
		{name: "text with a bad line", data: "106,29\n106.1\n106.1,29.1", code: "boundary.file_text_line 2"},
		{name: "text in metres", data: "3565000,327000\n3565001,327000\n3565001,327001", code: "boundary.file_text_not_degrees 1"},
		{name: "text with NaN", data: "NaN,29\n106.1,29\n106.1,29.1", code: "boundary.file_text_line 1"},
		{name: "JSON that breaks off", data: "{\n\"type\":\n\n]", code: "boundary.file_json 4"},
		{name: "KMZ", data: "PK\x03\x04rest", code: "boundary.zipped"},
		{name: "nothing", data: "", code: "boundary.file_text_empty"},
		{name: "empty collection", data: `{"type":"FeatureCollection","features":[]}`, code: "boundary.empty"},
		{name: "feature without geometry", data: `{"type":"Feature"}`, code: "boundary.not_geojson"},
		{name: "not text", data: "\xff\xfe1", code: "boundary.file_text_line 1"},
		{name: "collection in metres", data: `{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:4544"}},"features":[]}`,
			code: "boundary.reference_system"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := ImportBoundary([]byte(tt.data), survey.Options{Datum: survey.CGCS2000, Order: survey.LonLat})
			if tt.code != "" {
				if got := faultAt(err); got != tt.code {
					t.Errorf("got %s, want %s", got, tt.code)
				}
				return
			}
			got, _ := in.Geometry.MarshalJSON()
			if err != nil || string(got) != tt.want {
				t.Errorf("ImportBoundary = %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	for _, datum := range []survey.Datum{"", "xian80", "beijing54", "gcj02", "other"} {
		if _, err := ImportBoundary([]byte(triangle), survey.Options{Datum: datum}); !strings.HasPrefix(faultCode(err), "boundary.file_datum") {
			t.Errorf("datum %q: %v", datum, err)
		}
	}
}

// faultAt is the code of a fault and the line it names.
func faultAt(err error) string {
	var fault *GeometryError
	if errors.As(err, &fault) && fault.Params["Line"] != "" {
		return fault.Code + " " + fault.Params["Line"]
	}
	return faultCode(err)
}

// Whatever bytes arrive, reading, validating, measuring and comparing must end with an answer.
func TestGeometryNeverPanics(t *testing.T) {
	number := rapid.SampledFrom([]string{"0", "-0", "1", "2", "3", "1e-9", "179.999", "-180", "90", "1e308", "0.5", "null", `"1"`})
	rapid.Check(t, func(t *rapid.T) {
		ring := func(label string) string {
			points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
				return "[" + number.Draw(t, "lon") + "," + number.Draw(t, "lat") + "]"
			}), 0, 9).Draw(t, label)
			if len(points) > 0 && rapid.Bool().Draw(t, "close") {
				points = append(points, points[0])
			}
			return "[" + strings.Join(points, ",") + "]"
		}
		first := `{"type":"Polygon","coordinates":[` + ring("a") + "," + ring("b") + `]}`
		second := `{"type":"MultiPolygon","coordinates":[[` + ring("c") + "],[" + ring("d") + `]]}`
		var read []Geometry
		for _, data := range []string{first, second, rapid.String().Draw(t, "noise")} {
			g, err := ParseGeometry([]byte(data))
			if err != nil {
				continue
			}
			g.AreaM2()
			if g.Validate() == nil {
				read = append(read, g)
			}
		}
		if len(read) == 2 {
			_, _ = read[0].OverlapM2(read[1])
		}
		_, _ = ImportBoundary([]byte(first), survey.Options{Datum: survey.WGS84})
	})
}
