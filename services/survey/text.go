package survey

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ReadText reads a text file of coordinates: one point per line, as degrees or as 3-degree Gauss-Krüger metres.
//
// Before the points there may be a header of "key=value" lines; the Chinese file of land surveys begins with
// [属性描述], its points are "J1,1,X,Y" with the number of the ring second, and each parcel begins with a line that ends
// in @. In a plain file a point is "[name] number number", an empty line begins a new part and a line [孔] or [hole]
// begins a hole of the part before it. What neither the file nor the person says is refused, not assumed. The error
// is an *Error that names the line.
func ReadText(data []byte, o Options) (Reading, error) {
	if err := CheckDatum(o.Datum); err != nil {
		return Reading{}, err
	}
	t := text{asked: o, zone: o.Zone, order: o.Order}
	number := 0
	for line := range strings.Lines(string(decoded(data))) {
		number++
		if err := t.take(strings.TrimSpace(line), number); err != nil {
			return Reading{}, err
		}
	}
	t.endPart()
	if len(t.areas) == 0 {
		return Reading{}, refuse("text_empty")
	}
	return t.finished(), nil
}

// decoded drops a byte order mark and turns the GB 18030 of older survey programs into UTF-8.
func decoded(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return data
	}
	if converted, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data); err == nil {
		return converted
	}
	return data
}

// text is the state of a reading.
type text struct {
	asked      Options
	order      Order
	zone       int
	header     map[string]headerLine
	attributes bool // inside [属性描述]
	survey     bool // the file of land surveys: points carry a ring number
	settled    bool // order and zone are known and agree
	projection Projection
	areas      []Area
	area       Area
	ring       []Point
	ringNo     string
}

func (t *text) finished() Reading {
	r := Reading{Areas: t.areas, Format: DegreeText, Order: t.order}
	if t.order.plane() {
		r.Format, r.Zone = PlaneText, t.zone
	}
	return r
}

func (t *text) take(line string, no int) error {
	switch {
	case line == "":
		if !t.survey {
			t.endPart()
		}
	case strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//"):
	case strings.HasPrefix(line, "["):
		return t.section(line, no)
	case strings.HasSuffix(line, "@"):
		t.survey = true
		t.endPart()
	case strings.ContainsAny(line, "=\uff1d"):
		return t.key(line, no)
	default:
		return t.point(line, no)
	}
	return nil
}

func (t *text) section(line string, no int) error {
	switch strings.ToLower(strings.Trim(line, "[] ")) {
	case "属性描述":
		t.attributes, t.survey = true, true
	case "地块坐标":
		t.attributes, t.survey = false, true
	case "孔", "洞", "hole":
		if len(t.area) == 0 && len(t.ring) == 0 {
			return refuseLine("hole_first", no)
		}
		t.endRing()
		t.ringNo = "hole"
	default:
		return refuseLine("section_unknown", no, "Text", excerpt(line))
	}
	return nil
}

func (t *text) endRing() {
	if len(t.ring) > 0 {
		t.area = append(t.area, closed(t.ring))
	}
	t.ring = nil
}

func (t *text) endPart() {
	t.endRing()
	if len(t.area) > 0 {
		t.areas = append(t.areas, t.area)
	}
	t.area, t.ringNo = nil, ""
}

// point reads one line of coordinates.
func (t *text) point(line string, no int) error {
	if err := t.settle(no); err != nil {
		return err
	}
	words, ring, ok := t.words(line)
	if !ok {
		return refuseLine("text_line", no, "Text", excerpt(line))
	}
	if t.survey && ring != t.ringNo {
		t.endRing()
		t.ringNo = ring
	}
	first, okFirst := angle(words[0])
	second, okSecond := angle(words[1])
	if !okFirst || !okSecond {
		return refuseLine("text_line", no, "Text", excerpt(line))
	}
	at, err := t.place(first, second, no)
	if err != nil {
		return err
	}
	t.ring = append(t.ring, at)
	return nil
}

// words splits a line into its two numbers and, in a survey file, the number of the ring.
func (t *text) words(line string) (pair []string, ring string, ok bool) {
	if t.survey {
		fields := strings.Split(strings.NewReplacer("\uff0c", ",", "\t", ",").Replace(line), ",")
		if len(fields) < 4 {
			return nil, "", false
		}
		return fields[2:4], strings.TrimSpace(fields[1]), true
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;\t 、\u3000\uff0c\uff1b", r) })
	if len(fields) < 2 || len(fields) > 3 {
		return nil, "", false
	}
	return fields[len(fields)-2:], "", true
}

// angle reads a number, or degrees, minutes and seconds with their signs.
func angle(word string) (float64, bool) {
	word = strings.TrimSpace(word)
	if !strings.ContainsRune(word, '°') {
		return number(word)
	}
	parts := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune(`°′″'"`, r) })
	if len(parts) == 0 || len(parts) > 3 {
		return 0, false
	}
	sum, unit := 0.0, 1.0
	for i, part := range parts {
		v, ok := number(part)
		if !ok || v < 0 || i > 0 && v >= 60 {
			return 0, false
		}
		sum, unit = sum+v*unit, unit/60
	}
	return sum, true
}

// place turns the two numbers of a line into a longitude and a latitude.
func (t *text) place(first, second float64, no int) (Point, error) {
	switch t.order {
	case LonLat, LatLon:
		if t.order == LatLon {
			first, second = second, first
		}
		if math.Abs(first) > 180 || math.Abs(second) > 90 {
			return Point{}, refuseLine("text_not_degrees", no)
		}
		return Point{first, second}, nil
	case EastNorth:
		first, second = second, first
	}
	return t.unproject(first, second, no)
}

// The reach of a 3-degree zone in metres from its central meridian, with a wide margin for files that run over its
// edge, and the northings of China.
const (
	zoneReach   = 250_000.0
	maxNorthing = 6_500_000.0
)

// unproject takes an easting with or without the number of the zone before it.
func (t *text) unproject(northing, easting float64, no int) (Point, error) {
	if northing < 0 || northing > maxNorthing || easting < 0 {
		return Point{}, refuseLine("plane_range", no)
	}
	zone := int(easting / 1e6)
	offset := easting - float64(zone)*1e6 - falseEasting
	if math.Abs(offset) > zoneReach || zone > 0 && !knownZone(zone) {
		return Point{}, refuseLine("plane_range", no)
	}
	switch {
	case zone == 0 && t.zone == 0:
		return Point{}, refuseLine("zone_missing", no)
	case zone != 0 && t.zone != 0 && zone != t.zone:
		return Point{}, refuseLine("zone_conflict", no, "Found", strconv.Itoa(zone), "Said", strconv.Itoa(t.zone))
	case t.zone == 0:
		t.zone = zone
	}
	if t.projection.radius == 0 {
		t.projection = NewProjection(Meridian(t.zone))
	}
	at := t.projection.Inverse(northing, offset)
	return Point{tidy(at[0]), tidy(at[1])}, nil
}

// knownZone holds for the 3-degree zones of China, 75° to 135° E.
func knownZone(zone int) bool { return zone >= 25 && zone <= 45 }
