package application

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/paulmach/orb"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/outline"
	"clusterzone/services/survey"
)

// Measured is what can be said of a boundary before it is stored.
type Measured struct {
	Geometry    Geometry
	AreaM2      int64
	Vertices    int
	Fault       *GeometryError // why it is no valid area; nil where it is one
	Overlaps    []Overlap
	OutsideUnit int64 // metres by which it leaves the unit's outline, 0 within the tolerance
}

// Overlap is ground that a boundary shares. Label is empty for a filing that is not this reader's to know; Unknown says
// that the two could not be compared.
type Overlap struct {
	Kind, Label, ID string
	AreaM2          int64
	Unknown         bool
}

// Measure tells whoever may read an application what a boundary is worth, without storing it: the same area, validity
// and overlaps as the check of a filing.
func (s *Service) Measure(ctx context.Context, a identity.Actor, id string, geometry json.RawMessage) (Measured, error) {
	g, err := ParseGeometry(geometry)
	var neighbours []Neighbour
	var unit string
	if err := s.DB.View(ctx, func(tx *database.Tx) (err error) {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		unit = l.UnitCode
		if neighbours, err = s.neighbours(tx, l); err != nil {
			return err
		}
		return label(tx, a, neighbours)
	}); err != nil {
		return Measured{}, err
	}
	return measure(g, err, neighbours, unit), nil
}

func measure(g Geometry, err error, neighbours []Neighbour, unit string) Measured {
	m := Measured{Geometry: g}
	if err == nil {
		m.AreaM2, m.Vertices = g.AreaM2(), g.Vertices()
		err = g.Validate()
	}
	if err != nil {
		if !errors.As(err, &m.Fault) {
			m.Fault = &GeometryError{Code: "boundary.invalid"}
		}
		return m
	}
	m.OutsideUnit = g.outside(unit)
	for _, n := range neighbours {
		shared, err := overlapWith(g, n)
		if err != nil || shared >= minOverlapM2 {
			m.Overlaps = append(m.Overlaps, Overlap{Kind: n.Kind, Label: n.Label, ID: n.ID, AreaM2: shared, Unknown: err != nil})
		}
	}
	return m
}

// minOverlapM2 is the ground in square metres below which an overlap is the drawing's own noise.
const minOverlapM2 = 100

// outlined reports whether the outline of a unit is known.
func outlined(unit string) bool {
	book, err := outline.Open()
	if err != nil {
		return false
	}
	_, ok := book.Of(unit)
	return ok
}

// kilometres writes metres with one decimal.
func kilometres(m int64) string { return strconv.FormatFloat(float64(m)/1000, 'f', 1, 64) }

// outside is how far in metres the boundary leaves the rough outline of a unit, beyond the tolerance; 0 for a unit
// without an outline.
func (g Geometry) outside(unit string) int64 {
	book, err := outline.Open()
	if err != nil {
		return 0
	}
	rings, ok := book.Of(unit)
	if !ok {
		return 0
	}
	farthest := 0.0
	for _, polygon := range g.polygons {
		for _, ring := range polygon {
			for _, at := range ring {
				farthest = max(farthest, away(at, rings))
			}
		}
	}
	if farthest <= outline.Tolerance {
		return 0
	}
	return int64(math.Round(farthest))
}

// away is the distance of a point from the area of some rings in metres, on a plane about the point; 0 inside.
func away(at orb.Point, rings [][]outline.Point) float64 {
	const metres = majorAxis * math.Pi / 180
	width := metres * math.Cos(at[1]*math.Pi/180)
	nearest, inside := math.Inf(1), false
	for _, ring := range rings {
		for i := 1; i < len(ring); i++ {
			p, q := orb.Point(ring[i-1]), orb.Point(ring[i])
			if (p[1] > at[1]) != (q[1] > at[1]) && at[0] < p[0]+(at[1]-p[1])/(q[1]-p[1])*(q[0]-p[0]) {
				inside = !inside
			}
			nearest = min(nearest, toSide(orb.Point{(p[0] - at[0]) * width, (p[1] - at[1]) * metres},
				orb.Point{(q[0] - at[0]) * width, (q[1] - at[1]) * metres}))
		}
	}
	if inside {
		return 0
	}
	return nearest
}

// toSide is the distance of the origin from the side between two points of a plane.
func toSide(p, q orb.Point) float64 {
	d := minus(q, p)
	length := d[0]*d[0] + d[1]*d[1]
	t := 0.0
	if length > 0 {
		t = max(0, min(1, -(p[0]*d[0]+p[1]*d[1])/length))
	}
	return math.Hypot(p[0]+t*d[0], p[1]+t*d[1])
}

// At is the place of a fault as longitude and latitude, where it has one.
func (e *GeometryError) At() (at [2]float64, ok bool) {
	if e == nil {
		return at, false
	}
	for i, name := range []string{"Lon", "Lat"} {
		v, err := strconv.ParseFloat(e.Params[name], 64)
		if err != nil {
			return at, false
		}
		at[i] = v
	}
	return at, true
}

// Preview reads a boundary file for whoever may read an application and measures it; nothing is stored. Where the file
// cannot be read the fault says why, and there is nothing else.
func (s *Service) Preview(ctx context.Context, a identity.Actor, id string, data []byte, o survey.Options) (Imported, Measured, error) {
	if err := s.DB.View(ctx, func(tx *database.Tx) error { return s.Reading(tx, a, id) }); err != nil {
		return Imported{}, Measured{}, err
	}
	in, err := ImportBoundary(data, o)
	if err != nil {
		m := Measured{Fault: &GeometryError{Code: "boundary.invalid"}}
		errors.As(err, &m.Fault)
		return Imported{}, m, nil
	}
	polygon, err := in.Geometry.MarshalJSON()
	if err != nil {
		return Imported{}, Measured{}, err
	}
	m, err := s.Measure(ctx, a, id, polygon)
	return in, m, err
}

// Problem is the fault as a problem of the boundary's field.
func (e *GeometryError) Problem() Problem { return e.problem("boundary.polygon") }
