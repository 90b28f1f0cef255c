// Package survey reads and writes the coordinate files that surveyors and map programs exchange: lines of degrees, the
// plane coordinates of the 3-degree Gauss-Krüger projection, and KML. It owns the projection and the question of the
// datum. It knows nothing of applications, of validity, or of where a boundary may lie.
package survey

import (
	"fmt"
	"math"
	"strconv"
)

// Point is a longitude and a latitude in degrees of CGCS2000.
type Point [2]float64

// Area is one polygon: the outer ring, then the holes. Rings are closed.
type Area [][]Point

// Datum is what the coordinates of a file refer to. The person who hands the file in says it; nothing here guesses.
type Datum string

// The datums that files in China carry. Only the first two are read as they are: CGCS2000 and WGS 84 differ by less than
// a tenth of a metre. The others need a local transformation whose parameters only a surveying unit has.
const (
	CGCS2000  Datum = "cgcs2000"
	WGS84     Datum = "wgs84"
	Xian80    Datum = "xian80"
	Beijing54 Datum = "beijing54"
	GCJ02     Datum = "gcj02" // the shifted coordinates of Chinese web maps
)

// Datums lists what may be answered, in the order of the form.
func Datums() []Datum { return []Datum{CGCS2000, WGS84, Xian80, Beijing54, GCJ02} }

// Order is what the two numbers of a line are. Empty: the header of the file says it.
type Order string

// The orders of a line.
const (
	FromHeader Order = ""
	LonLat     Order = "lon-lat"
	LatLon     Order = "lat-lon"
	NorthEast  Order = "north-east" // X, Y as Chinese surveys write them: X points north
	EastNorth  Order = "east-north"
)

// Orders lists what may be answered, in the order of the form.
func Orders() []Order { return []Order{FromHeader, LonLat, LatLon, NorthEast, EastNorth} }

func (o Order) plane() bool { return o == NorthEast || o == EastNorth }

// Options are the answers of the person who hands in a file. Zone is the number of the 3-degree zone, 0 where the file
// names it.
type Options struct {
	Datum Datum
	Order Order
	Zone  int
}

// Format is the kind of a file.
type Format string

// The formats.
const (
	GeoJSON    Format = "geojson"
	KML        Format = "kml"
	DegreeText Format = "degree-text"
	PlaneText  Format = "plane-text"
)

// Reading is what a file holds. Order and Zone say how its numbers were taken; both are empty for GeoJSON and KML.
type Reading struct {
	Areas  []Area
	Format Format
	Order  Order
	Zone   int
}

// Error says what is wrong with a file. Code is the end of a message key, Params its parameters: Line counts from 1.
type Error struct {
	Code   string
	Params map[string]string
}

func (e *Error) Error() string { return fmt.Sprintf("survey: %s %v", e.Code, e.Params) }

func refuse(code string, pairs ...string) error {
	e := &Error{Code: code, Params: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Params[pairs[i]] = pairs[i+1]
	}
	return e
}

func refuseLine(code string, line int, pairs ...string) error {
	return refuse(code, append(pairs, "Line", strconv.Itoa(line))...)
}

// CheckDatum refuses a datum that has not been named and every one that cannot be taken as it is.
func CheckDatum(d Datum) error {
	switch d {
	case CGCS2000, WGS84:
		return nil
	case Xian80, Beijing54:
		return refuse("datum_old")
	case GCJ02:
		return refuse("datum_shifted")
	}
	return refuse("datum_missing")
}

func closed(ring []Point) []Point {
	if len(ring) > 0 && ring[0] != ring[len(ring)-1] {
		return append(ring, ring[0])
	}
	return ring
}

// tidy rounds a degree to a tenth of a millimetre.
func tidy(v float64) float64 { return math.Round(v*1e9) / 1e9 }
