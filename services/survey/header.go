package survey

import (
	"strconv"
	"strings"
)

// headerLine is one "key=value" with where it stands.
type headerLine struct {
	value string
	line  int
}

// The keys that decide how a file is read, as the land survey file and plain files write them.
const (
	keyDatum      = "datum"
	keyProjection = "projection"
	keyWidth      = "width"
	keyZone       = "zone"
	keyMeridian   = "meridian"
	keyOrder      = "order"
	keyUnit       = "unit"
)

func keyOf(name string) (key string, ok bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "坐标系", "坐标系统", "datum":
		return keyDatum, true
	case "投影类型", "投影", "projection":
		return keyProjection, true
	case "几度分带", "分带", "zone_width":
		return keyWidth, true
	case "带号", "zone":
		return keyZone, true
	case "中央子午线", "中央经线", "central_meridian":
		return keyMeridian, true
	case "坐标顺序", "order":
		return keyOrder, true
	case "计量单位", "单位", "unit":
		return keyUnit, true
	}
	return "", false
}

// key keeps a line of the header. In the attribute section of a survey file there are others, which say nothing about
// the coordinates; elsewhere an unknown key is more likely a misspelt one.
func (t *text) key(line string, no int) error {
	if t.settled {
		return refuseLine("header_late", no)
	}
	name, value, _ := strings.Cut(strings.ReplaceAll(line, "\uff1d", "="), "=")
	key, ok := keyOf(name)
	if !ok {
		if t.attributes {
			return nil
		}
		return refuseLine("header_unknown", no, "Text", excerpt(line))
	}
	if t.header == nil {
		t.header = map[string]headerLine{}
	}
	if value = strings.TrimSpace(value); value != "" {
		t.header[key] = headerLine{value, no}
	}
	return nil
}

// settle holds, at the first point, what the header says against what the person says. Where they differ the file is
// refused; where both are silent, too.
func (t *text) settle(no int) error {
	if t.settled {
		return nil
	}
	t.settled = true
	for _, check := range []func() error{t.settleDatum, t.settlePlane, t.settleZone, t.settleOrder} {
		if err := check(); err != nil {
			return err
		}
	}
	if t.order == FromHeader {
		return refuseLine("order_missing", no)
	}
	return nil
}

func (t *text) settleDatum() error {
	said, ok := t.header[keyDatum]
	if !ok {
		return nil
	}
	found, ok := datumNamed(said.value)
	if !ok {
		return refuseLine("datum_unknown", said.line, "Text", excerpt(said.value))
	}
	if err := CheckDatum(found); err != nil {
		return err
	}
	if found != t.asked.Datum {
		return refuseLine("datum_conflict", said.line, "Text", excerpt(said.value))
	}
	return nil
}

// datumNamed knows the ways in which files name a datum.
func datumNamed(value string) (Datum, bool) {
	value = strings.ToLower(value)
	for _, name := range []struct {
		part  string
		datum Datum
	}{{"2000", CGCS2000}, {"4490", CGCS2000}, {"wgs", WGS84}, {"4326", WGS84}, {"80", Xian80}, {"西安", Xian80}, {"54", Beijing54}, {"北京", Beijing54}, {"gcj", GCJ02}} {
		if strings.Contains(value, name.part) {
			return name.datum, true
		}
	}
	return "", false
}

func (t *text) settlePlane() error {
	if said, ok := t.header[keyProjection]; ok && !strings.Contains(said.value, "高斯") && !strings.Contains(strings.ToLower(said.value), "gauss") {
		return refuseLine("projection_unknown", said.line, "Text", excerpt(said.value))
	}
	if said, ok := t.header[keyWidth]; ok && said.value != "3" {
		return refuseLine("width_unknown", said.line, "Text", excerpt(said.value))
	}
	if said, ok := t.header[keyUnit]; ok && said.value != "米" && said.value != "度" && !strings.EqualFold(said.value, "m") {
		return refuseLine("unit_unknown", said.line, "Text", excerpt(said.value))
	}
	return nil
}

// settleZone takes the zone from its number or its central meridian; both must agree with each other and with the form.
func (t *text) settleZone() error {
	for _, key := range []string{keyZone, keyMeridian} {
		said, ok := t.header[key]
		if !ok {
			continue
		}
		zone, ok := zoneSaid(key, said.value)
		if !ok {
			return refuseLine("zone_unknown", said.line, "Text", excerpt(said.value))
		}
		if t.zone != 0 && t.zone != zone {
			return refuseLine("zone_conflict", said.line, "Found", strconv.Itoa(zone), "Said", strconv.Itoa(t.zone))
		}
		t.zone = zone
	}
	return nil
}

func zoneSaid(key, value string) (int, bool) {
	v, ok := number(strings.TrimRight(value, "°度Ee "))
	if key == keyMeridian {
		v /= 3
	}
	zone := int(v)
	return zone, ok && float64(zone) == v && knownZone(zone)
}

// settleOrder: the survey file fixes X = north before Y = east by its format; a plain file says its order itself.
func (t *text) settleOrder() error {
	said, ok := t.header[keyOrder]
	found, line := FromHeader, said.line
	switch {
	case ok:
		if found = orderNamed(said.value); found == FromHeader {
			return refuseLine("order_unknown", said.line, "Text", excerpt(said.value))
		}
	case t.survey && t.planeHeader():
		found, line = NorthEast, t.header[keyProjection].line
	}
	if found == FromHeader {
		return nil
	}
	if t.order != FromHeader && t.order != found {
		return refuseLine("order_conflict", line)
	}
	t.order = found
	return nil
}

// planeHeader: the header speaks of a projection or a zone.
func (t *text) planeHeader() bool {
	for _, key := range []string{keyProjection, keyZone, keyMeridian, keyWidth} {
		if _, ok := t.header[key]; ok {
			return true
		}
	}
	return false
}

// orderNamed reads the value of the header line that says what the two numbers are. "X,Y" alone is not taken: in
// surveys X points north, in map programs east.
func orderNamed(value string) Order {
	switch strings.ToLower(strings.Map(withoutSigns, value)) {
	case "经纬", "经度纬度", "lonlat":
		return LonLat
	case "纬经", "纬度经度", "latlon":
		return LatLon
	case "北东", "x北y东", "北坐标东坐标", "northingeasting", "northeast":
		return NorthEast
	case "东北", "y东x北", "东坐标北坐标", "eastingnorthing", "eastnorth":
		return EastNorth
	}
	return FromHeader
}

func withoutSigns(r rune) rune {
	if strings.ContainsRune(" ,;()/-_=、\uff0c\uff1b\uff08\uff09", r) {
		return -1
	}
	return r
}
