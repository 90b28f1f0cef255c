package application

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ImportBoundary reads an uploaded file into the canonical GeoJSON that Boundary.Polygon holds. It takes a GeoJSON
// Polygon, MultiPolygon, Feature or FeatureCollection, or a text file with one "longitude,latitude" per line (an
// optional point name before them, a blank line between parts, rings closed for the user). The error is a
// *GeometryError. A boundary that is readable but invalid is returned as it is: the filer corrects it on the map.
func ImportBoundary(data []byte) (polygon json.RawMessage, err error) {
	defer recoverGeometry(&err)
	if len(data) > maxGeometryBytes {
		return nil, geometryFault("too_large", "Limit", strconv.Itoa(maxGeometryBytes>>20))
	}
	if !utf8.Valid(data) {
		return nil, geometryFault("not_geojson")
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	read := coordinateText
	if bytes.HasPrefix(data, []byte("{")) {
		read = featureGeometry
	}
	g, err := read(data)
	if err != nil {
		return nil, err
	}
	return g.MarshalJSON()
}

// featureGeometry gathers the polygons of a GeoJSON object of any nesting a map program writes.
func featureGeometry(data []byte) (Geometry, error) {
	var doc geoJSON
	if json.Unmarshal(data, &doc) != nil {
		return Geometry{}, geometryFault("not_geojson")
	}
	switch doc.Type {
	case "Feature":
		return ParseGeometry(doc.Geometry)
	case "FeatureCollection":
		return doc.collection()
	}
	return doc.polygonal()
}

func (doc geoJSON) collection() (Geometry, error) {
	if doc.CRS != nil && !knownReference(doc.CRS.Properties.Name) {
		return Geometry{}, geometryFault("reference_system")
	}
	all := Geometry{}
	for _, f := range doc.Features {
		g, err := ParseGeometry(f.Geometry)
		if err != nil {
			return Geometry{}, err
		}
		all.polygons = append(all.polygons, g.polygons...)
	}
	if len(all.polygons) == 0 {
		return Geometry{}, geometryFault("empty")
	}
	if all.Vertices() > maxVertices {
		return Geometry{}, geometryFault("too_many_vertices", "Limit", strconv.Itoa(maxVertices))
	}
	return all, nil
}

// coordinateText reads lines of coordinates.
func coordinateText(data []byte) (Geometry, error) {
	var parts [][][]position
	var ring []position
	flush := func() {
		if len(ring) > 0 {
			parts = append(parts, [][]position{closedRing(ring)})
			ring = nil
		}
	}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			flush()
			continue
		}
		p, ok := coordinateLine(line)
		if !ok {
			return Geometry{}, geometryFault("coordinate_line", "Line", strconv.Itoa(number))
		}
		ring = append(ring, p)
	}
	flush()
	return newGeometry(parts)
}

// coordinateLine takes the last two numbers of a line as longitude and latitude.
func coordinateLine(line string) (position, bool) {
	words := strings.FieldsFunc(line, func(r rune) bool {
		return strings.ContainsRune(",;\t ,;、", r)
	})
	if len(words) < 2 || len(words) > 3 {
		return nil, false
	}
	p := make(position, 2)
	for i, word := range words[len(words)-2:] {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, false
		}
		p[i] = coordinate(v)
	}
	return p, true
}

func closedRing(ring []position) []position {
	first, last := ring[0], ring[len(ring)-1]
	if first[0] == last[0] && first[1] == last[1] {
		return ring
	}
	return append(ring, first)
}
