package application

import (
	"fmt"
	"testing"
)

// The outline of the unit warns beyond its tolerance and never refuses; a unit without one is held against its extent.
func TestInsideUnitByItsOutline(t *testing.T) {
	at := func(lon, lat float64) []byte {
		return []byte(polygon(fmt.Sprintf("%[1]v %[2]v, %[3]v %[2]v, %[3]v %[4]v, %[1]v %[2]v", lon, lat, lon+0.002, lat+0.002)))
	}
	for _, tt := range []struct {
		name, unit string
		lon, lat   float64
		warned     bool
	}{
		{"解放碑 in 渝中", "500103", 106.577, 29.557, false},
		{"a kilometre over the river", "500103", 106.577, 29.573, false},
		{"万州 for 渝中", "500103", 108.4, 30.8, true},
		{"the corner of its box that is not 渝北", "500112", 106.95, 29.59, true},
		{"no outline", "liangjiang", 108.4, 30.8, false},
	} {
		g := mustParse(t, string(at(tt.lon, tt.lat)))
		if got := g.outside(tt.unit) > 0; got != tt.warned {
			t.Errorf("%s: %d m outside", tt.name, g.outside(tt.unit))
		}
		c := checker{in: CheckInput{Unit: tt.unit}, geometry: g}
		c.insideUnit()
		if (len(c.problems) == 1) != tt.warned || tt.warned && (c.problems[0].Severity == Refuse || c.problems[0].Code != "boundary.outside_outline") {
			t.Errorf("%s: %+v", tt.name, c.problems)
		}
	}
}
