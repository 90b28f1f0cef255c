package mapsheet_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"clusterzone/services/mapsheet"
	"clusterzone/services/survey"
)

func square(west, south, size float64) []survey.Area {
	return []survey.Area{{{{west, south}, {west + size, south}, {west + size, south + size}, {west, south + size}, {west, south}}}}
}

func draw(t *testing.T, in mapsheet.Sheet) string {
	t.Helper()
	in.Words = mapsheet.Words{Title: "边界 <图>", North: "北", Scale: "比例尺"}
	svg := mapsheet.Draw(in)
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return svg
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
}

func number(t *testing.T, svg, pattern string) float64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(svg)
	if m == nil {
		t.Fatalf("no %s in %.400s", pattern, svg)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The bar says how long a millimetre is. It is held against the boundary's own side along a meridian, whose length is
// integrated from the ellipsoid here.
func TestScaleBarIsTrue(t *testing.T) {
	for _, size := range []float64{0.002, 0.01, 0.03, 0.2} {
		svg := draw(t, mapsheet.Sheet{Areas: square(106.57, 29.55, size)})
		metres, paper := number(t, svg, `data-metres="([\d.e+]+)"`), number(t, svg, `data-millimetres="([\d.]+)"`)
		path := regexp.MustCompile(`d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L[^"]*" fill-rule="evenodd" class="map-own"`).FindStringSubmatch(svg)
		if path == nil {
			t.Fatalf("no boundary in %.300s", svg)
		}
		value := func(i int) float64 { v, _ := strconv.ParseFloat(path[i], 64); return v }
		drawn := math.Hypot(value(5)-value(3), value(6)-value(4)) // the eastern side
		want := meridian(29.55, 29.55+size) / metres * paper
		if math.Abs(drawn-want) > 0.003+want*1e-5 {
			t.Errorf("a side of %g° is %.4f mm long, by the bar %.4f", size, drawn, want)
		}
		if drawn > 151*0.81 || drawn < 20 {
			t.Errorf("a side of %g° takes %.1f mm of the frame", size, drawn)
		}
	}
}

func meridian(from, to float64) float64 {
	const a, f, steps = 6378137.0, 1 / 298.257222101, 1000
	e2, sum := f*(2-f), 0.0
	h := (to - from) / steps
	for i := range steps {
		s := math.Sin((from + (float64(i)+0.5)*h) * math.Pi / 180)
		sum += a * (1 - e2) / math.Pow(1-e2*s*s, 1.5) * h * math.Pi / 180
	}
	return sum
}

func TestSheetShowsWhatBelongsToIt(t *testing.T) {
	near, far := square(106.572, 29.552, 0.004), square(110, 31, 0.1)
	ring := [][2]float64{{106.5, 29.5}, {106.7, 29.5}, {106.7, 29.7}, {106.5, 29.5}}
	svg := draw(t, mapsheet.Sheet{Areas: square(106.57, 29.55, 0.01), Unit: [][][2]float64{ring}, Mark: &survey.Point{106.575, 29.555},
		Neighbours: []mapsheet.Neighbour{{Name: "近<邻>", Areas: near}, {Name: "远邻", Areas: far}}})
	for _, want := range []string{"近&lt;邻&gt;", `class="map-mark"`, "stroke-dasharray", ">北<", "比例尺 1:", "106°34′30″E", "°33′", `aria-label="边界 &lt;图&gt;"`, `width="180mm"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	for _, never := range []string{"远邻", "style=", "<script"} {
		if strings.Contains(svg, never) {
			t.Errorf("the sheet holds %s", never)
		}
	}
	if mapsheet.Draw(mapsheet.Sheet{}) != "" {
		t.Error("a sheet of nothing")
	}
}
