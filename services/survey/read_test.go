package survey

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

const surveyHead = "[属性描述]\n格式版本号=1.01版本\n数据产生单位=示例测绘院\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=36\n精度=0.001\n转换参数=0,0,0,0,0,0,0\n[地块坐标]\n"

// corner is a place near the central meridian of zone 36 in its plane coordinates.
func corner(lon, lat float64) (north, east float64) {
	n, e := NewProjection(108).Forward(Point{lon, lat})
	return n, e + falseEasting
}

func planeLines(format string, prefix float64) string {
	var b strings.Builder
	for i, at := range []Point{{108.4, 30.8}, {108.41, 30.8}, {108.41, 30.81}} {
		n, e := corner(at[0], at[1])
		fmt.Fprintf(&b, format, i+1, n, e+prefix)
	}
	return b.String()
}

func triangle() []Area {
	return []Area{{{{108.4, 30.8}, {108.41, 30.8}, {108.41, 30.81}, {108.4, 30.8}}}}
}

func TestReadText(t *testing.T) {
	survey := surveyHead + "3,0.5,1,示例地块,面,,,,@\n" + planeLines("J%d,1,%.4f,%.4f\n", 36e6)
	tests := []struct {
		name, data string
		options    Options
		format     Format
		zone       int
	}{
		{"survey file", survey, Options{Datum: CGCS2000}, PlaneText, 36},
		{"survey file, Windows lines", strings.ReplaceAll(survey, "\n", "\r\n"), Options{Datum: CGCS2000}, PlaneText, 36},
		{"easting without the zone", surveyHead + "3,,1,,面,,,,@\n" + planeLines("J%d,1,%.4f,%.4f\n", 0), Options{Datum: CGCS2000}, PlaneText, 36},
		{"zone by the prefix alone", planeLines("P%d %.4f %.4f\n", 36e6), Options{Datum: CGCS2000, Order: NorthEast}, PlaneText, 36},
		{"zone by the form", planeLines("P%d %.4f %.4f\n", 0), Options{Datum: CGCS2000, Order: NorthEast, Zone: 36}, PlaneText, 36},
		{"plain header", "坐标系=CGCS2000\n中央子午线=108°E\n坐标顺序=X(北)Y(东)\n" + planeLines("P%d\t%.4f\t%.4f\n", 0), Options{Datum: CGCS2000}, PlaneText, 36},
		{"east first", swapped(planeLines("%d %.4f %.4f\n", 36e6)), Options{Datum: WGS84, Order: EastNorth}, PlaneText, 36},
		{"degrees", "108.4,30.8\n108.41,30.8\n108.41,30.81\n", Options{Datum: WGS84, Order: LonLat}, DegreeText, 0},
		{"latitude first, with a comment", "# 示例\n30.8 108.4\n30.8 108.41\n30.81 108.41\n", Options{Datum: WGS84, Order: LatLon}, DegreeText, 0},
		{"order in the header", "坐标顺序=纬度,经度\n30.8 108.4\n30.8 108.41\n30.81 108.41\n", Options{Datum: CGCS2000}, DegreeText, 0},
		{"minutes and seconds", "108°24′0″ 30°48′0″\n108°24′36″ 30°48′0″\n108°24′36″ 30°48′36″\n", Options{Datum: CGCS2000, Order: LonLat}, DegreeText, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			for _, data := range [][]byte{[]byte(tt.data), []byte("\ufeff" + tt.data), gb} {
				got, err := ReadText(data, tt.options)
				if err != nil {
					t.Fatal(err)
				}
				if got.Format != tt.format || got.Zone != tt.zone {
					t.Errorf("read as %s in zone %d", got.Format, got.Zone)
				}
				sameAreas(t, got.Areas, triangle(), 2e-9)
			}
		})
	}
}

// swapped exchanges the last two words of each line.
func swapped(lines string) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		w := strings.Fields(line)
		fmt.Fprintln(&b, w[0], w[2], w[1])
	}
	return b.String()
}

func sameAreas(t testing.TB, got, want []Area, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d areas, want %d", len(got), len(want))
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("area %d has %d rings, want %d", i, len(got[i]), len(want[i]))
		}
		for j := range want[i] {
			if len(got[i][j]) != len(want[i][j]) {
				t.Fatalf("ring %d of area %d: %v, want %v", j, i, got[i][j], want[i][j])
			}
			for k, at := range want[i][j] {
				if math.Abs(got[i][j][k][0]-at[0]) > within || math.Abs(got[i][j][k][1]-at[1]) > within {
					t.Fatalf("point %d: %v, want %v", k, got[i][j][k], at)
				}
			}
		}
	}
}

// Every broken file is refused with its reason and the line.
func TestReadTextRefuses(t *testing.T) {
	degrees := "108.4,30.8\n108.41,30.8\n108.41,30.81\n"
	lonLat := Options{Datum: CGCS2000, Order: LonLat}
	plane := Options{Datum: CGCS2000, Order: NorthEast}
	tests := []struct {
		name, data string
		options    Options
		want       string
	}{
		{"no datum", degrees, Options{Order: LonLat}, "datum_missing"},
		{"old datum", degrees, Options{Datum: Xian80, Order: LonLat}, "datum_old"},
		{"shifted datum", degrees, Options{Datum: GCJ02, Order: LonLat}, "datum_shifted"},
		{"no order", "\n" + degrees, Options{Datum: CGCS2000}, "order_missing 2"},
		{"old datum in the header", "坐标系=1980西安坐标系\n" + degrees, lonLat, "datum_old"},
		{"other datum in the header", "\n坐标系=WGS84\n" + degrees, lonLat, "datum_conflict 2"},
		{"unknown datum", "坐标系=本地\n" + degrees, lonLat, "datum_unknown 1"},
		{"order against the header", "坐标顺序=纬度经度\n" + degrees, lonLat, "order_conflict 1"},
		{"X, Y means nothing", "坐标顺序=X,Y\n" + degrees, Options{Datum: CGCS2000}, "order_unknown 1"},
		{"six-degree zones", "几度分带=6\n" + degrees, plane, "width_unknown 1"},
		{"other projection", "投影类型=墨卡托\n" + degrees, plane, "projection_unknown 1"},
		{"kilometres", "单位=千米\n" + degrees, plane, "unit_unknown 1"},
		{"local meridian", "中央子午线=106.5\n" + degrees, plane, "zone_unknown 1"},
		{"zone and meridian differ", "带号=36\n中央子午线=105\n" + degrees, plane, "zone_conflict 2"},
		{"zone and form differ", "带号=35\n" + degrees, Options{Datum: CGCS2000, Order: NorthEast, Zone: 36}, "zone_conflict 1"},
		{"prefix and header differ", "带号=35\n" + planeLines("%d %.3f %.3f\n", 36e6), plane, "zone_conflict 2"},
		{"no zone at all", planeLines("%d %.3f %.3f\n", 0), plane, "zone_missing 1"},
		{"X and Y exchanged", "带号=36\n" + swapped(planeLines("%d %.3f %.3f\n", 0)), plane, "plane_range 2"},
		{"degrees as metres", degrees, Options{Datum: CGCS2000, Order: NorthEast, Zone: 36}, "plane_range 1"},
		{"metres as degrees", planeLines("%d %.3f %.3f\n", 36e6), lonLat, "text_not_degrees 1"},
		{"one number", "108.4,30.8\n108.41\n", lonLat, "text_line 2"},
		{"a word", "108.4,30.8\nabc,def\n", lonLat, "text_line 2"},
		{"infinity", "Inf,30.8\n", lonLat, "text_line 1"},
		{"hexadecimal", "0x10,30.8\n", lonLat, "text_line 1"},
		{"too many words", "a,b,108.4,30.8\n", lonLat, "text_line 1"},
		{"minutes over 60", "108°75′0″ 30°48′0″\n", lonLat, "text_line 1"},
		{"survey point without a ring", surveyHead + "3,,1,,面,,,,@\nJ1,3400000,36540000\n", Options{Datum: CGCS2000}, "text_line 13"},
		{"unknown key", "坐标细=CGCS2000\n" + degrees, lonLat, "header_unknown 1"},
		{"late key", degrees + "带号=36\n", lonLat, "header_late 4"},
		{"unknown section", "[地块]\n" + degrees, lonLat, "section_unknown 1"},
		{"hole first", "[孔]\n" + degrees, lonLat, "hole_first 1"},
		{"header alone", surveyHead, Options{Datum: CGCS2000}, "text_empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadText([]byte(tt.data), tt.options)
			if got := said(err); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func said(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return strings.TrimSpace(e.Code + " " + e.Params["Line"])
}

const kmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">` + "\n"

func TestReadKML(t *testing.T) {
	ring := func(side, points string) string {
		return "<" + side + "><LinearRing><coordinates>\n" + points + "\n</coordinates></LinearRing></" + side + ">"
	}
	outer := ring("outerBoundaryIs", "108.4,30.8,0 108.41,30.8,0\n108.41,30.81,0 108.4,30.8,0")
	hole := ring("innerBoundaryIs", "108.405,30.801 108.408,30.801 108.408,30.804")
	point := "<Placemark><Point><coordinates>108.4,30.8</coordinates></Point></Placemark>"
	holed := append(slices.Clone(triangle()[0]), []Point{{108.405, 30.801}, {108.408, 30.801}, {108.408, 30.804}, {108.405, 30.801}})
	tests := []struct {
		name, data string
		want       []Area
		refused    string
	}{
		{name: "polygon", data: kmlHead + "<Document><Placemark><Polygon>" + outer + "</Polygon></Placemark></Document></kml>", want: triangle()},
		{name: "hole, point beside", data: kmlHead + "<Document><Folder>" + point + "<Placemark><Polygon><altitudeMode>clampToGround</altitudeMode>" + outer + hole + "</Polygon></Placemark></Folder></Document></kml>", want: []Area{holed}},
		{name: "hole before the outer ring", data: kmlHead + "<Placemark><Polygon>" + hole + outer + "</Polygon></Placemark></kml>", want: []Area{holed}},
		{name: "several", data: kmlHead + "<Placemark><MultiGeometry><Polygon>" + outer + "</Polygon><MultiGeometry><Polygon>" + outer + hole + "</Polygon></MultiGeometry></MultiGeometry></Placemark></kml>", want: []Area{triangle()[0], holed}},
		{name: "points alone", data: kmlHead + point + "</kml>", refused: "kml_no_polygon"},
		{name: "no outer ring", data: kmlHead + "<Polygon>\n" + hole + "</Polygon></kml>", refused: "kml_no_outer 3"},
		{name: "two outer rings", data: kmlHead + "<Polygon>" + outer + "\n" + outer + "</Polygon></kml>", refused: "kml_two_outer 7"},
		{name: "empty ring", data: kmlHead + "<Polygon>" + ring("outerBoundaryIs", " ") + "</Polygon></kml>", refused: "kml_empty_ring 3"},
		{name: "bad coordinate", data: kmlHead + "<Polygon>" + ring("outerBoundaryIs", "108.4,30.8\n108.41;30.8") + "</Polygon></kml>", refused: "kml_coordinate 5"},
		{name: "metres", data: kmlHead + "<Polygon>" + ring("outerBoundaryIs", "36540000,3400000") + "</Polygon></kml>", refused: "kml_coordinate 4"},
		{name: "cut off", data: kmlHead + "<Polygon>" + outer, refused: "kml_unreadable 6"},
		{name: "not XML", data: "<kml>\n<a></b>", refused: "kml_unreadable 2"},
		{name: "entity", data: "<!DOCTYPE kml [<!ENTITY a \"b\">]>\n<kml>&a;</kml>", refused: "kml_unreadable 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadKML([]byte(tt.data), Options{Datum: WGS84})
			if tt.refused != "" {
				if said(err) != tt.refused {
					t.Errorf("got %s, want %s", said(err), tt.refused)
				}
				return
			}
			if diff := cmp.Diff(got.Areas, tt.want); err != nil || diff != "" {
				t.Errorf("%v (-got +want):\n%s", err, diff)
			}
		})
	}
	if _, err := ReadKML([]byte(tests[0].data), Options{}); said(err) != "datum_missing" {
		t.Errorf("without a datum: %v", err)
	}
}

// anyAreas draws areas near Chongqing, with holes; they need not be valid to be carried.
func anyAreas(t *rapid.T) []Area {
	point := rapid.Custom(func(t *rapid.T) Point {
		return Point{tidy(rapid.Float64Range(105.5, 109.4).Draw(t, "lon")), tidy(rapid.Float64Range(28, 32).Draw(t, "lat"))}
	})
	ring := rapid.Custom(func(t *rapid.T) []Point {
		points := rapid.SliceOfNDistinct(point, 3, 12, func(p Point) Point { return p }).Draw(t, "points")
		return append(points, points[0])
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Area { return rapid.SliceOfN(ring, 1, 3).Draw(t, "rings") }), 1, 3).Draw(t, "areas")
}

// What is written is read back as it was: exactly in degrees, to a tenth of a millimetre in metres.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		areas := anyAreas(t)
		text, err := ReadText(WriteText(areas), Options{Datum: CGCS2000})
		if diff := cmp.Diff(text.Areas, areas); err != nil || diff != "" {
			t.Fatalf("text: %v %s", err, diff)
		}
		kml, err := ReadKML(WriteKML(`示例 <"&>`, areas), Options{Datum: CGCS2000})
		if diff := cmp.Diff(kml.Areas, areas); err != nil || diff != "" {
			t.Fatalf("KML: %v %s", err, diff)
		}
	})
}

func TestSurveyFilesComeBack(t *testing.T) {
	holed := []Area{append(triangle()[0], []Point{{108.405, 30.801}, {108.408, 30.801}, {108.408, 30.804}, {108.405, 30.801}}), triangle()[0]}
	for _, zone := range []int{36, 37} {
		got, err := ReadText(WriteSurvey(holed, zone), Options{Datum: CGCS2000})
		if err != nil || got.Zone != zone {
			t.Fatalf("zone %d: %v, %v", zone, got.Zone, err)
		}
		sameAreas(t, got.Areas, holed, 2e-9)
	}
}

// Whatever bytes arrive, reading ends with an answer.
func TestReadersNeverPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"[属性描述]", "[孔]", "带号=36", "坐标系=", "J1,1,3400000,36540000", "108.4,30.8", "@", "", ",,,", "°", "1°2°3°4 5", "<Polygon>", "<coordinates>", "</Polygon>", "\xff"})).Draw(t, "words")
		data := []byte(strings.Join(words, "\n") + rapid.String().Draw(t, "noise"))
		for _, order := range Orders() {
			_, _ = ReadText(data, Options{Datum: CGCS2000, Order: order, Zone: rapid.IntRange(0, 45).Draw(t, "zone")})
		}
		_, _ = ReadKML(data, Options{Datum: WGS84})
	})
}
