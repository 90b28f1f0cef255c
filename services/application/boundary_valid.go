package application

import (
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Validate says whether the boundary is a valid area: rings of at least four positions, closed, not crossing
// themselves or each other, holes inside, parts apart. The error is a *GeometryError that names the place.
func (g Geometry) Validate() (err error) {
	defer recoverGeometry(&err)
	if len(g.polygons) == 0 {
		return geometryFault("empty")
	}
	for _, polygon := range g.polygons {
		for _, ring := range polygon {
			if fault := ringFault(ring); fault != nil {
				return fault
			}
		}
	}
	if g.plane().Validate() == nil {
		return nil
	}
	return g.explain()
}

// ringFault finds what is wrong with a ring before its lines are looked at.
func ringFault(ring orb.Ring) error {
	if len(ring) == 0 {
		return geometryFault("empty")
	}
	if ring[0] != ring[len(ring)-1] {
		return geometryFault("not_closed", "Lon", degrees(ring[0][0]), "Lat", degrees(ring[0][1]))
	}
	if len(edgesOf(ring)) < 3 {
		return geometryFault("too_few_vertices", "Lon", degrees(ring[0][0]), "Lat", degrees(ring[0][1]))
	}
	return nil
}

// explain finds the place and kind of the fault in a boundary that the library refuses without saying where.
func (g Geometry) explain() error {
	for i, polygon := range g.polygons {
		for j, ring := range polygon {
			if c, found := selfCrossing(edgesOf(ring)); found {
				return c.fault("self_crossing", "Part", strconv.Itoa(i+1), "Ring", strconv.Itoa(j+1))
			}
		}
		if fault := explainHoles(polygon); fault != nil {
			return fault
		}
	}
	return g.explainParts()
}

func explainHoles(polygon orb.Polygon) error {
	for j, hole := range polygon[1:] {
		for _, other := range polygon[:j+1] {
			if c, found := crossing(edgesOf(hole), edgesOf(other)); found {
				return c.fault("rings_crossing")
			}
		}
		if !planar.RingContains(polygon[0], hole[0]) {
			return geometryFault("hole_outside", "Lon", degrees(hole[0][0]), "Lat", degrees(hole[0][1]))
		}
		for k, other := range polygon[1:] {
			if k != j && planar.RingContains(other, hole[0]) {
				return geometryFault("holes_nested", "Lon", degrees(hole[0][0]), "Lat", degrees(hole[0][1]))
			}
		}
	}
	return nil
}

func (g Geometry) explainParts() error {
	for i, a := range g.polygons {
		for _, b := range g.polygons[:i] {
			if c, found := crossing(edgesOf(a[0]), edgesOf(b[0])); found {
				return c.fault("parts_overlap")
			}
			for _, in := range []struct{ point, ring orb.Ring }{{a[0], b[0]}, {b[0], a[0]}} {
				if planar.RingContains(in.ring, in.point[0]) {
					return geometryFault("parts_overlap",
						"Lon", degrees(in.point[0][0]), "Lat", degrees(in.point[0][1]))
				}
			}
		}
	}
	return geometryFault("invalid")
}

// edge is one side of a ring; at is the number of its first vertex, from 1.
type edge struct {
	a, b orb.Point
	at   int
}

// edgesOf lists the sides of a closed ring, leaving out repeated positions.
func edgesOf(ring orb.Ring) []edge {
	edges := make([]edge, 0, len(ring))
	for i := 1; i < len(ring); i++ {
		if ring[i] != ring[i-1] {
			edges = append(edges, edge{ring[i-1], ring[i], i})
		}
	}
	return edges
}

// meeting is where two sides share a point they must not share.
type meeting struct {
	point         orb.Point
	first, second int
}

func (m meeting) fault(code string, pairs ...string) error {
	return geometryFault(code, append(pairs,
		"Lon", degrees(m.point[0]), "Lat", degrees(m.point[1]),
		"First", strconv.Itoa(m.first), "Second", strconv.Itoa(m.second))...)
}

// selfCrossing finds the first place where two sides of one ring meet other than as neighbours at their corner.
func selfCrossing(edges []edge) (meeting, bool) {
	n := len(edges)
	return firstMeeting(edges, edges, func(i, j int) (orb.Point, bool) {
		if i >= j {
			return orb.Point{}, false
		}
		if j == i+1 {
			return foldedBack(edges[i], edges[j])
		}
		if i == 0 && j == n-1 {
			return foldedBack(edges[j], edges[i])
		}
		p, kind := meet(edges[i], edges[j])
		return p, kind != apart
	})
}

// foldedBack reports a spike: the second side runs back over the first.
func foldedBack(first, second edge) (orb.Point, bool) {
	u, v := minus(first.b, first.a), minus(second.b, second.a)
	return first.b, cross(u, v) == 0 && u[0]*v[0]+u[1]*v[1] < 0
}

// crossing finds the first place where sides of two rings cross or run over each other; touching at a point is allowed.
func crossing(as, bs []edge) (meeting, bool) {
	return firstMeeting(as, bs, func(i, j int) (orb.Point, bool) {
		p, kind := meet(as[i], bs[j])
		return p, kind == crossed || kind == overlaid
	})
}

// firstMeeting tests the pairs whose extents in longitude overlap and returns the hit with the lowest numbers, so the
// answer depends on the boundary alone.
func firstMeeting(as, bs []edge, test func(i, j int) (orb.Point, bool)) (meeting, bool) {
	order := make([]int, len(bs))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(x, y int) int {
		switch west := bs[x].west() - bs[y].west(); {
		case west < 0:
			return -1
		case west > 0:
			return 1
		}
		return x - y
	})
	for i, a := range as {
		best, found := meeting{}, false
		for _, j := range order {
			if bs[j].west() > a.east() {
				break
			}
			if p, hit := test(i, j); hit && (!found || bs[j].at < best.second) {
				best, found = meeting{p, a.at, bs[j].at}, true
			}
		}
		if found {
			return best, true
		}
	}
	return meeting{}, false
}

// crossings counts how often the sides of two boundaries meet, up to just over maxCrossings.
func (g Geometry) crossings(other Geometry) int {
	as, bs := g.edges(), other.edges()
	count := 0
	for _, a := range as {
		for _, b := range bs {
			if _, kind := meet(a, b); kind == apart {
				continue
			}
			if count++; count > maxCrossings {
				return count
			}
		}
	}
	return count
}

func (g Geometry) edges() []edge {
	var all []edge
	for _, polygon := range g.polygons {
		for _, ring := range polygon {
			all = append(all, edgesOf(ring)...)
		}
	}
	return all
}

func (e edge) west() float64 { return min(e.a[0], e.b[0]) }
func (e edge) east() float64 { return max(e.a[0], e.b[0]) }

// meetingKind is how two sides meet.
type meetingKind int

const (
	apart meetingKind = iota
	touching
	crossed
	overlaid
)

// meet finds a common point of two sides.
func meet(e, f edge) (orb.Point, meetingKind) {
	if e.east() < f.west() || f.east() < e.west() ||
		max(e.a[1], e.b[1]) < min(f.a[1], f.b[1]) || max(f.a[1], f.b[1]) < min(e.a[1], e.b[1]) {
		return orb.Point{}, apart
	}
	u, v := minus(e.b, e.a), minus(f.b, f.a)
	toA, toB := cross(u, minus(f.a, e.a)), cross(u, minus(f.b, e.a))
	fromA, fromB := cross(v, minus(e.a, f.a)), cross(v, minus(e.b, f.a))
	if toA == 0 && toB == 0 {
		return meetInLine(e, f)
	}
	if opposite(toA, toB) && opposite(fromA, fromB) {
		t := fromA / (fromA - fromB)
		return orb.Point{e.a[0] + t*u[0], e.a[1] + t*u[1]}, crossed
	}
	return meetAtEnd(e, f)
}

// meetInLine is meet for sides on one straight line.
func meetInLine(e, f edge) (orb.Point, meetingKind) {
	var shared []orb.Point
	for _, p := range []orb.Point{f.a, f.b} {
		if onSide(p, e) {
			shared = append(shared, p)
		}
	}
	for _, p := range []orb.Point{e.a, e.b} {
		if onSide(p, f) && !slices.Contains(shared, p) {
			shared = append(shared, p)
		}
	}
	switch len(shared) {
	case 0:
		return orb.Point{}, apart
	case 1:
		return shared[0], touching
	}
	return shared[0], overlaid
}

func meetAtEnd(e, f edge) (orb.Point, meetingKind) {
	for _, p := range []orb.Point{f.a, f.b} {
		if onSide(p, e) {
			return p, touching
		}
	}
	for _, p := range []orb.Point{e.a, e.b} {
		if onSide(p, f) {
			return p, touching
		}
	}
	return orb.Point{}, apart
}

func onSide(p orb.Point, e edge) bool {
	return cross(minus(e.b, e.a), minus(p, e.a)) == 0 &&
		p[0] >= e.west() && p[0] <= e.east() &&
		p[1] >= min(e.a[1], e.b[1]) && p[1] <= max(e.a[1], e.b[1])
}

func opposite(x, y float64) bool { return x < 0 && y > 0 || x > 0 && y < 0 }

func minus(p, q orb.Point) orb.Point { return orb.Point{p[0] - q[0], p[1] - q[1]} }

func cross(u, v orb.Point) float64 { return u[0]*v[1] - u[1]*v[0] }

// degrees writes a coordinate for people: six decimals are a tenth of a metre.
func degrees(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}
