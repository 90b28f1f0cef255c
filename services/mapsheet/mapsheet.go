// Package mapsheet draws a boundary as a map for paper: an SVG in millimetres at a round scale, with a scale bar, a north
// arrow and ticks of longitude and latitude. It knows shapes and labels only; what may be shown is decided by whoever
// calls it.
package mapsheet

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"clusterzone/services/survey"
)

// Sheet is what is drawn, all in degrees of CGCS2000. Unit and Others are rings of rough outlines, Neighbours the ground
// of other zones, Mark a place to point at.
type Sheet struct {
	Areas      []survey.Area
	Unit       [][][2]float64
	Others     [][][2]float64
	Neighbours []Neighbour
	Mark       *survey.Point
	Words      Words
}

// Neighbour is a zone with the name that is written on it.
type Neighbour struct {
	Name  string
	Areas []survey.Area
}

// Words are the labels, in the language of the reader.
type Words struct {
	Title string // what the picture shows, for those who do not see it
	North string
	Scale string // before "1:10 000"
}

// The paper in millimetres: the picture, and the frame of the map within it.
const (
	paperWidth, paperHeight                        = 180.0, 165.0
	frameLeft, frameTop, frameRight, frameBottom   = 13.0, 6.0, 174.0, 157.0
	frameWidth, frameHeight                        = frameRight - frameLeft, frameBottom - frameTop
	filled                                         = 0.8 // how much of the frame the boundary may fill
	ground, grey, line, own, black, neighbour, red = "#f7f8fa", "#d3d9e0", "#5a6675", "#1f4e9c", "#1c2733", "#c3cad3", "#c0282d"
)

// sheet is a drawing under way.
type sheet struct {
	Sheet
	strings.Builder
	projection survey.Projection
	north      float64 // plane metres of the centre
	east       float64
	scale      float64 // metres on the ground per millimetre of paper
	centre     survey.Point
}

// Draw gives the map as an SVG element; empty for a boundary without any point.
func Draw(in Sheet) string {
	s, ok := laid(in)
	if !ok {
		return ""
	}
	_, _ = fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" class="map-sheet" width="%gmm" height="%gmm" viewBox="0 0 %g %g" role="img" aria-label="%s" font-family="sans-serif" font-size="2.6" fill="%s">`,
		paperWidth, paperHeight, paperWidth, paperHeight, html.EscapeString(in.Words.Title), black)
	_, _ = fmt.Fprintf(s, `<defs><clipPath id="map-frame"><rect x="%g" y="%g" width="%g" height="%g"/></clipPath></defs>`, frameLeft, frameTop, frameWidth, frameHeight)
	_, _ = fmt.Fprintf(s, `<rect x="%g" y="%g" width="%g" height="%g" fill="%s"/><g clip-path="url(#map-frame)">`, frameLeft, frameTop, frameWidth, frameHeight, ground)
	s.shapes()
	s.WriteString(`</g>`)
	s.graticule()
	_, _ = fmt.Fprintf(s, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="%s" stroke-width="0.4"/>`, frameLeft, frameTop, frameWidth, frameHeight, black)
	s.northArrow()
	s.scaleBar()
	s.WriteString(`</svg>`)
	return s.String()
}

// laid chooses the centre and the scale: the next round one at which the boundary fits.
func laid(in Sheet) (*sheet, bool) {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	each(in.Areas, func(at survey.Point) {
		west, east = min(west, at[0]), max(east, at[0])
		south, north = min(south, at[1]), max(north, at[1])
	})
	if west > east {
		return nil, false
	}
	s := &sheet{Sheet: in, centre: survey.Point{(west + east) / 2, (south + north) / 2}}
	s.projection = survey.NewProjection(s.centre[0])
	s.north, s.east = s.projection.Forward(s.centre)
	width, height := 0.0, 0.0
	each(in.Areas, func(at survey.Point) {
		n, e := s.projection.Forward(at)
		width, height = max(width, 2*math.Abs(e-s.east)), max(height, 2*math.Abs(n-s.north))
	})
	s.scale = roundScale(max(width/(frameWidth*filled), height/(frameHeight*filled))*1000) / 1000
	return s, true
}

func each(areas []survey.Area, do func(survey.Point)) {
	for _, area := range areas {
		for _, ring := range area {
			for _, at := range ring {
				do(at)
			}
		}
	}
}

// roundScale is the next scale number 1, 2, 2.5 or 5 times a power of ten, from 1:500 on.
func roundScale(least float64) float64 {
	for power := 100.0; ; power *= 10 {
		for _, step := range []float64{1, 2, 2.5, 5} {
			if scale := step * power; scale >= max(least, 500) {
				return scale
			}
		}
	}
}

// paper is where a point lies, in millimetres.
func (s *sheet) paper(at survey.Point) (x, y float64) {
	n, e := s.projection.Forward(at)
	return frameLeft + frameWidth/2 + (e-s.east)/s.scale, frameTop + frameHeight/2 - (n-s.north)/s.scale
}

func (s *sheet) shapes() {
	for _, ring := range s.Others {
		s.outline(ring, grey, "0.25", "")
	}
	for _, n := range s.Neighbours {
		s.areas(n.Areas, fmt.Sprintf(`fill="%s" fill-opacity="0.7" stroke="%s" stroke-width="0.25"`, neighbour, line))
	}
	for _, ring := range s.Unit {
		s.outline(ring, line, "0.45", "2.4 1.4")
	}
	s.areas(s.Areas, fmt.Sprintf(`class="map-own" fill="%s" fill-opacity="0.16" stroke="%s" stroke-width="0.6" stroke-linejoin="round"`, own, own))
	for _, n := range s.Neighbours {
		s.name(n)
	}
	if s.Mark != nil {
		x, y := s.paper(*s.Mark)
		_, _ = fmt.Fprintf(s, `<circle class="map-mark" cx="%.2f" cy="%.2f" r="2.6" fill="none" stroke="%s" stroke-width="0.8"/>`, x, y, red)
	}
}

// outline draws a ring of a rough outline where it comes near the frame.
func (s *sheet) outline(ring [][2]float64, colour, width, dash string) {
	points := make([]survey.Point, len(ring))
	for i, at := range ring {
		points[i] = survey.Point(at)
	}
	if !s.near(points) {
		return
	}
	_, _ = fmt.Fprintf(s, `<path d="%s" fill="none" stroke="%s" stroke-width="%s"`, s.path([][]survey.Point{points}), colour, width)
	if dash != "" {
		_, _ = fmt.Fprintf(s, ` stroke-dasharray="%s"`, dash)
	}
	s.WriteString("/>")
}

func (s *sheet) areas(areas []survey.Area, paint string) {
	for _, area := range areas {
		if len(area) > 0 && s.near(area[0]) {
			_, _ = fmt.Fprintf(s, `<path d="%s" fill-rule="evenodd" %s/>`, s.path(area), paint)
		}
	}
}

// near reports whether the extent of a ring meets the frame.
func (s *sheet) near(ring []survey.Point) bool {
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, at := range ring {
		x, y := s.paper(at)
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
	}
	return left < frameRight && right > frameLeft && top < frameBottom && bottom > frameTop
}

func (s *sheet) path(rings [][]survey.Point) string {
	var b strings.Builder
	for _, ring := range rings {
		for i, at := range ring {
			x, y := s.paper(at)
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			fmt.Fprintf(&b, "%s%.3f %.3f", letter, x, y)
		}
		b.WriteString("Z")
	}
	return b.String()
}

// name writes a neighbour's name on the middle of its first part.
func (s *sheet) name(n Neighbour) {
	if len(n.Areas) == 0 || len(n.Areas[0]) == 0 || !s.near(n.Areas[0][0]) {
		return
	}
	x, y, count := 0.0, 0.0, 0.0
	for _, at := range n.Areas[0][0] {
		px, py := s.paper(at)
		x, y, count = x+px, y+py, count+1
	}
	_, _ = fmt.Fprintf(s, `<text x="%.2f" y="%.2f" text-anchor="middle" fill="%s">%s</text>`, x/count, y/count, line, html.EscapeString(n.Name))
}

func (s *sheet) northArrow() {
	x, y := frameRight-8.0, frameTop+5.0
	_, _ = fmt.Fprintf(s, `<g class="map-north"><path d="M%g %gl3 9l-3 -2l-3 2z" fill="%s"/><text x="%g" y="%g" text-anchor="middle" font-size="3.4">%s</text></g>`,
		x, y, black, x, y+13.5, html.EscapeString(s.Words.North))
}

// scaleBar draws a bar of a round number of metres, about a quarter of the frame long.
func (s *sheet) scaleBar() {
	metres := roundDown(frameWidth / 4 * s.scale)
	length := metres / s.scale
	x, y := frameLeft+5.0, frameBottom-7.0
	_, _ = fmt.Fprintf(s, `<g class="map-scale" data-metres="%g" data-millimetres="%.4f"><rect x="%g" y="%g" width="%g" height="10.5" fill="#fff" fill-opacity="0.85"/>`,
		metres, length, x-3, y-5, length+16)
	for i := range 4 {
		fill := black
		if i%2 == 1 {
			fill = "#fff"
		}
		_, _ = fmt.Fprintf(s, `<rect x="%.4f" y="%g" width="%.4f" height="1.2" fill="%s" stroke="%s" stroke-width="0.2"/>`, x+float64(i)*length/4, y, length/4, fill, black)
	}
	for _, at := range []float64{0, 0.5, 1} {
		_, _ = fmt.Fprintf(s, `<text x="%.3f" y="%g" text-anchor="middle">%s</text>`, x+at*length, y-1, distance(metres, at))
	}
	_, _ = fmt.Fprintf(s, `<text x="%g" y="%g">%s 1:%s</text></g>`, x, y+4.6, html.EscapeString(s.Words.Scale), thousands(s.scale*1000))
}

// roundDown is 1, 2 or 5 times a power of ten, at most v.
func roundDown(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	switch {
	case v >= 5*power:
		return 5 * power
	case v >= 2*power:
		return 2 * power
	}
	return power
}

func distance(metres, part float64) string {
	v := metres * part
	switch {
	case v == 0:
		return "0"
	case metres >= 1000:
		return strconv.FormatFloat(v/1000, 'f', -1, 64) + " km"
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + " m"
}

func thousands(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + " " + text[i:]
	}
	return text
}
