package mapsheet

import (
	"fmt"
	"math"

	"clusterzone/services/survey"
)

// steps of the graticule in seconds of arc.
func steps() []float64 {
	return []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000}
}

// graticule draws ticks of round longitudes and latitudes on the frame, with their degrees, and crosses inside.
func (s *sheet) graticule() {
	southWest, northEast := s.ground(-1, -1), s.ground(1, 1)
	step := steps()[0]
	for _, candidate := range steps() {
		step = candidate
		if (northEast[0]-southWest[0])*3600/step < 5 {
			break
		}
	}
	lons, lats := between(southWest[0], northEast[0], step), between(southWest[1], northEast[1], step)
	_, _ = fmt.Fprintf(s, `<g class="map-ticks" stroke="%s" stroke-width="0.2" data-seconds="%g">`, black, step)
	for _, lon := range lons {
		s.tickLon(lon/3600, southWest[1], northEast[1])
	}
	for _, lat := range lats {
		s.tickLat(lat / 3600)
	}
	for _, lon := range lons {
		for _, lat := range lats {
			s.cross(survey.Point{lon / 3600, lat / 3600})
		}
	}
	s.WriteString(`</g>`)
}

// ground is the point of a corner of the frame; -1, -1 is south-west.
func (s *sheet) ground(right, up float64) survey.Point {
	return s.projection.Inverse(s.north+up*frameHeight/2*s.scale, s.east+right*frameWidth/2*s.scale)
}

// between lists the multiples of step, in seconds, between two degrees.
func between(from, to, step float64) (out []float64) {
	for v := math.Ceil(from * 3600 / step); v*step <= to*3600; v++ {
		out = append(out, v*step)
	}
	return out
}

func (s *sheet) tickLon(lon, south, north float64) {
	bottom, _ := s.paper(survey.Point{lon, south})
	top, _ := s.paper(survey.Point{lon, north})
	if bottom < frameLeft+8 || bottom > frameRight-8 {
		return
	}
	_, _ = fmt.Fprintf(s, `<path d="M%.3f %gv2M%.3f %gv-2" fill="none"/><text x="%.3f" y="%g" text-anchor="middle" stroke="none" font-size="2.4">%s</text>`,
		bottom, frameBottom, top, frameTop, bottom, frameBottom+5.0, arc(lon, "E"))
}

func (s *sheet) tickLat(lat float64) {
	_, y := s.paper(survey.Point{s.centre[0], lat})
	if y < frameTop+6 || y > frameBottom-6 {
		return
	}
	_, _ = fmt.Fprintf(s, `<path d="M%g %.3fh-2M%g %.3fh2" fill="none"/><text transform="translate(%g %.3f) rotate(-90)" text-anchor="middle" stroke="none" font-size="2.4">%s</text>`,
		frameLeft, y, frameRight, y, frameLeft-3.2, y, arc(lat, "N"))
}

func (s *sheet) cross(at survey.Point) {
	x, y := s.paper(at)
	if x > frameLeft+2 && x < frameRight-2 && y > frameTop+2 && y < frameBottom-2 {
		_, _ = fmt.Fprintf(s, `<path d="M%.3f %.3fh2.4M%.3f %.3fv2.4" fill="none" stroke-opacity="0.55"/>`, x-1.2, y, x, y-1.2)
	}
}

// arc writes degrees, minutes and seconds.
func arc(degrees float64, side string) string {
	seconds := int(math.Round(degrees * 3600))
	return fmt.Sprintf("%d°%02d′%02d″%s", seconds/3600, seconds/60%60, seconds%60, side)
}
