package web

import (
	"encoding/json"
	"fmt"

	"clusterzone/services/outline"
	"clusterzone/services/policy"
)

// outlinesFile is the name under which maps find the rough outlines of all units.
const outlinesFile = "outlines.geojson"

// outlines writes the outlines of all units as one file, which browsers keep like every other.
func outlines() ([]byte, error) {
	book, err := outline.Open()
	if err != nil {
		return nil, err
	}
	data, err := policy.Load()
	if err != nil {
		return nil, fmt.Errorf("names of outlines: %w", err)
	}
	features := []any{}
	for _, code := range book.Codes() {
		names := map[string]any{"code": code}
		if u, ok := data.Unit(code); ok {
			names["zh"], names["en"] = u.Short.ZH, u.Short.EN
		}
		features = append(features, feature(names, book.Geometry(code)))
	}
	return json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
}
