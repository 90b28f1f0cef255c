package application

import (
	"bytes"
	"encoding/json"
)

// Corners lists the rings of a stored polygon with their corners as longitude and latitude,
// in the digits of the document; nil where nothing is drawn.
func Corners(polygon json.RawMessage) [][][2]json.Number {
	d := json.NewDecoder(bytes.NewReader(polygon))
	d.UseNumber()
	var g struct {
		Coordinates any `json:"coordinates"`
	}
	if d.Decode(&g) != nil {
		return nil
	}
	return rings(g.Coordinates)
}

// rings finds the lists of positions in nested coordinates.
func rings(node any) (out [][][2]json.Number) {
	list, _ := node.([]any)
	ring := make([][2]json.Number, 0, len(list))
	for _, x := range list {
		position, _ := x.([]any)
		if len(position) < 2 {
			return nil
		}
		lon, okLon := position[0].(json.Number)
		lat, okLat := position[1].(json.Number)
		if !okLon || !okLat {
			out = append(out, rings(x)...)
			continue
		}
		ring = append(ring, [2]json.Number{lon, lat})
	}
	if len(ring) > 0 {
		out = append(out, ring)
	}
	return out
}
