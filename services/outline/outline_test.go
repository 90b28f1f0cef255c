package outline_test

import (
	"testing"

	"clusterzone/services/outline"
	"clusterzone/services/policy"
)

// Every unit with a GB code has an outline and nothing else has one; towns known by their
// coordinates lie in the right one.
func TestOutlinesFitTheUnits(t *testing.T) {
	b, err := outline.Open()
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(b.Codes()); got != 38 {
		t.Errorf("%d outlines, want 38", got)
	}
	for _, u := range book.GBUnits() {
		if _, ok := b.Of(u.Code); !ok {
			t.Errorf("%s %s has no outline", u.Code, u.Name.ZH)
		}
	}
	for _, code := range b.Codes() {
		if u, ok := book.Unit(code); !ok || !u.GB {
			t.Errorf("the outline %s belongs to no unit", code)
		}
		rings, _ := b.Of(code)
		for i, ring := range rings {
			if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
				t.Errorf("%s, ring %d: %d points, closed %v", code, i, len(ring), ring[0] == ring[len(ring)-1])
			}
		}
	}
	if b.Geometry("none") != nil || b.Geometry("500103") == nil {
		t.Error("a geometry for a unit without an outline, or none for one with it")
	}
}

func TestTownsLieInTheirUnit(t *testing.T) {
	b, err := outline.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, town := range []struct {
		code     string
		lon, lat float64
	}{
		{"500103", 106.577, 29.557}, // 解放碑
		{"500101", 108.408, 30.807},
		{"500155", 107.802, 30.672}, // 梁平, a county when the map was drawn
		{"500156", 107.757, 29.325}, // 武隆
		{"500154", 108.413, 31.168},
		{"500241", 109.000, 28.448},
	} {
		for _, code := range b.Codes() {
			if got := inside(b, code, town.lon, town.lat); got != (code == town.code) {
				t.Errorf("%v %v in %s: %v", town.lon, town.lat, code, got)
			}
		}
	}
}

func inside(b *outline.Book, code string, lon, lat float64) bool {
	in := false
	rings, _ := b.Of(code)
	for _, ring := range rings {
		for i := 1; i < len(ring); i++ {
			p, q := ring[i-1], ring[i]
			if (p[1] > lat) != (q[1] > lat) && lon < p[0]+(lat-p[1])/(q[1]-p[1])*(q[0]-p[0]) {
				in = !in
			}
		}
	}
	return in
}
