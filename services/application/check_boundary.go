package application

import (
	"errors"
	"strconv"
)

func (c *checker) boundaryTexts() {
	b := c.in.Content.Boundary
	c.require("boundary.east", b.East)
	c.require("boundary.south", b.South)
	c.require("boundary.west", b.West)
	c.require("boundary.north", b.North)
}

// readBoundary parses and validates the polygon once for all checks that use it.
func (c *checker) readBoundary() {
	raw := c.in.Content.Boundary.Polygon
	if len(raw) == 0 || string(raw) == "null" {
		c.broken = geometryFault("polygon_missing")
		return
	}
	g, err := ParseGeometry(raw)
	if err == nil {
		err = c.acceptable(g)
	}
	if err != nil && !errors.As(err, &c.broken) {
		c.broken = geometryFault("invalid")
	}
	c.geometry = g
}

// acceptable holds a boundary against the rule set's limits first, because they also bound the work of validation.
func (c *checker) acceptable(g Geometry) error {
	p := c.in.Params
	if p.MaxVertices > 0 && g.Vertices() > p.MaxVertices {
		return geometryFault("too_many_vertices", "Limit", strconv.Itoa(p.MaxVertices))
	}
	if p.Extent != nil && !g.Within(*p.Extent) {
		return geometryFault("outside_city",
			"West", degrees(p.Extent[0]), "South", degrees(p.Extent[1]),
			"East", degrees(p.Extent[2]), "North", degrees(p.Extent[3]))
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if g.AreaM2() <= 0 {
		return geometryFault("no_area")
	}
	return nil
}

func (c *checker) boundaryValid() {
	if c.broken != nil {
		c.add(c.broken.problem("boundary.polygon"))
	}
}

func (c *checker) areasStated() {
	b := c.in.Content.Boundary
	if b.AreaM2 <= 0 {
		c.refuse("boundary.area_m2", "field.required")
	}
	if b.FloorAreaM2 != nil && *b.FloorAreaM2 < 0 {
		c.refuse("boundary.floor_area_m2", "field.negative")
	}
}

func (c *checker) areaAgrees() {
	stated, limit := c.in.Content.Boundary.AreaM2, c.in.Params.AreaToleranceBP
	if c.broken != nil || stated <= 0 || limit <= 0 {
		return
	}
	computed := c.geometry.AreaM2()
	difference := float64(stated-computed) / float64(computed) * 10_000
	if difference < 0 {
		difference = -difference
	}
	if difference <= float64(limit) {
		return
	}
	c.refuse("boundary.area_m2", "boundary.area_differs",
		"Stated", UnitKm2.Format(stated), "Computed", UnitKm2.Format(computed),
		"Difference", percent(difference), "Limit", UnitPercent.Format(limit))
}

// percent writes hundredths of a percent; a difference may be beyond any integer.
func percent(bp float64) string {
	return strconv.FormatFloat(bp/100, 'f', 1, 64)
}

// insideUnit warns and never refuses: neither outline nor extent is a border.
func (c *checker) insideUnit() {
	if c.broken == nil && outlined(c.in.Unit) {
		if away := c.geometry.outside(c.in.Unit); away > 0 {
			c.warn("boundary.polygon", "boundary.outside_outline", "Distance", kilometres(away))
		}
		return
	}
	if c.broken != nil || c.in.UnitExtent == nil || c.geometry.Within(*c.in.UnitExtent) {
		return
	}
	c.warn("boundary.polygon", "boundary.outside_unit")
}

// overlap reports every neighbour that shares ground, and every one that could not be compared: silence would read as
// "no overlap".
func (c *checker) overlap() {
	if c.broken != nil {
		return
	}
	for _, n := range c.in.Neighbours {
		shared, err := overlapWith(c.geometry, n)
		if err != nil {
			c.reportOverlap(n, "boundary.overlap_unknown", "boundary.overlap_unknown_other")
			continue
		}
		if shared <= 0 || shared < c.in.Params.MinOverlapM2 {
			continue
		}
		code := "boundary.overlaps_application"
		if n.Kind == "zone" {
			code = "boundary.overlaps_zone"
		}
		c.reportOverlap(n, code, "boundary.overlaps_another",
			"Area", UnitKm2.Format(shared), "AreaM2", strconv.FormatInt(shared, 10))
	}
}

// reportOverlap names the neighbour only when the caller gave it a name.
func (c *checker) reportOverlap(n Neighbour, named, unnamed string, pairs ...string) {
	if n.Label == "" {
		c.warn("boundary.polygon", unnamed, pairs...)
		return
	}
	c.warn("boundary.polygon", named, append(pairs, "Label", n.Label, "ID", n.ID)...)
}

func overlapWith(g Geometry, n Neighbour) (int64, error) {
	other, err := ParseGeometry(n.Geometry)
	if err != nil {
		return 0, err
	}
	if !g.polygons.Bound().Intersects(other.polygons.Bound()) {
		return 0, nil
	}
	if err := other.Validate(); err != nil {
		return 0, err
	}
	return g.OverlapM2(other)
}
