// Package outline holds rough outlines of the county-level units of Chongqing: the ground of maps, and what the check
// "inside the unit" measures against. They are schematic, show no border and serve no purpose of law. Units without one
// (the development zones, districts made later) simply have none. Where the data come from stands in README.md.
package outline

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

//go:embed chongqing.json
var chongqing []byte

// Tolerance is how far, in metres, a boundary may lie outside an outline before the check speaks: the outlines are drawn
// to a tenth of a minute and their reference system is not stated.
const Tolerance = 2_000

// Point is a longitude and a latitude in degrees.
type Point = [2]float64

// Book is the outlines by GB/T 2260 code.
type Book struct {
	units map[string][][]Point
}

// Open gives the outlines in the binary, which are read once. The error can only come from a broken build.
func Open() (*Book, error) { return open() }

var open = sync.OnceValues(read)

func read() (*Book, error) {
	var flat map[string][][]float64
	if err := json.Unmarshal(chongqing, &flat); err != nil {
		return nil, fmt.Errorf("read outlines: %w", err)
	}
	b := &Book{units: map[string][][]Point{}}
	for code, rings := range flat {
		for _, numbers := range rings {
			if len(numbers) < 8 || len(numbers)%2 != 0 {
				return nil, fmt.Errorf("read outlines: %s has a ring of %d numbers", code, len(numbers))
			}
			b.units[code] = append(b.units[code], pairs(numbers))
		}
	}
	return b, nil
}

func pairs(numbers []float64) []Point {
	ring := make([]Point, 0, len(numbers)/2)
	for i := 0; i < len(numbers); i += 2 {
		ring = append(ring, Point{numbers[i], numbers[i+1]})
	}
	return ring
}

// Codes lists the units that have an outline.
func (b *Book) Codes() []string { return slices.Sorted(maps.Keys(b.units)) }

// Of gives the rings of a unit's outline, each the outer ring of one part, closed; false for a unit without one. The
// rings are shared: they must not be changed.
func (b *Book) Of(code string) (rings [][]Point, ok bool) {
	rings, ok = b.units[code]
	return rings, ok
}

// Geometry is the outline of a unit as a GeoJSON geometry; nil for a unit without one.
func (b *Book) Geometry(code string) map[string]any {
	rings, ok := b.units[code]
	if !ok {
		return nil
	}
	parts := make([][][]Point, len(rings))
	for i, ring := range rings {
		parts[i] = [][]Point{ring}
	}
	return map[string]any{"type": "MultiPolygon", "coordinates": parts}
}
