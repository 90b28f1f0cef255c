package survey

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// ReadKML gathers the polygons of a KML file, however deep in folders and collections they lie. Points and lines beside
// them are no boundary and are passed over. KML is WGS 84 by its standard; the datum is still asked, because many
// programs write other coordinates into it. The error is an *Error that names the line.
func ReadKML(data []byte, o Options) (Reading, error) {
	if err := CheckDatum(o.Datum); err != nil {
		return Reading{}, err
	}
	k := kml{decoder: xml.NewDecoder(bytes.NewReader(data))}
	for {
		token, err := k.decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = k.take(token)
		} else {
			err = refuseLine("kml_unreadable", k.line())
		}
		if err != nil {
			return Reading{}, err
		}
	}
	if len(k.areas) == 0 {
		return Reading{}, refuse("kml_no_polygon")
	}
	return Reading{Areas: k.areas, Format: KML}, nil
}

// kml is the state of a reading: the polygon that is open and what it has got.
type kml struct {
	decoder  *xml.Decoder
	areas    []Area
	polygon  bool
	inner    bool
	opened   int // line of the open polygon
	outer    []Point
	holes    Area
	reading  bool // inside <coordinates> of a polygon
	text     strings.Builder
	textLine int
}

func (k *kml) line() int {
	line, _ := k.decoder.InputPos()
	return line
}

func (k *kml) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		k.open(t.Name.Local)
	case xml.EndElement:
		return k.close(t.Name.Local)
	case xml.CharData:
		if k.reading {
			k.text.Write(t)
		}
	}
	return nil
}

func (k *kml) open(name string) {
	switch name {
	case "Polygon":
		k.polygon, k.inner, k.opened, k.outer, k.holes = true, false, k.line(), nil, nil
	case "outerBoundaryIs":
		k.inner = false
	case "innerBoundaryIs":
		k.inner = true
	case "coordinates":
		k.reading, k.textLine = k.polygon, k.line()
		k.text.Reset()
	}
}

func (k *kml) close(name string) error {
	switch {
	case name == "coordinates" && k.reading:
		k.reading = false
		return k.ring()
	case name == "Polygon" && k.polygon:
		k.polygon = false
		if k.outer == nil {
			return refuseLine("kml_no_outer", k.opened)
		}
		k.areas = append(k.areas, append(Area{k.outer}, k.holes...))
	}
	return nil
}

// ring reads "lon,lat[,height] lon,lat …" and keeps it as the outer ring or a hole.
func (k *kml) ring() error {
	var ring []Point
	line := k.textLine
	for text := range strings.Lines(k.text.String()) {
		for _, tuple := range strings.Fields(text) {
			at, ok := kmlPoint(tuple)
			if !ok {
				return refuseLine("kml_coordinate", line, "Text", excerpt(tuple))
			}
			ring = append(ring, at)
		}
		line++
	}
	if len(ring) == 0 {
		return refuseLine("kml_empty_ring", k.textLine)
	}
	switch {
	case k.inner:
		k.holes = append(k.holes, closed(ring))
	case k.outer != nil:
		return refuseLine("kml_two_outer", k.textLine)
	default:
		k.outer = closed(ring)
	}
	return nil
}

func kmlPoint(tuple string) (Point, bool) {
	parts := strings.Split(tuple, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return Point{}, false
	}
	lon, okLon := number(parts[0])
	lat, okLat := number(parts[1])
	return Point{lon, lat}, okLon && okLat && math.Abs(lon) <= 180 && math.Abs(lat) <= 90
}

// number reads a plain decimal number; infinities, NaN and hexadecimal are none.
func number(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v + 0, err == nil // -0 becomes 0
}

// excerpt is the beginning of a word of a file, to be shown in a message.
func excerpt(text string) string {
	runes := []rune(text)
	if len(runes) > 24 {
		return string(runes[:24]) + "…"
	}
	return text
}
