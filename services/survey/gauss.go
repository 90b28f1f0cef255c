package survey

import (
	"math"
	"math/cmplx"
)

// The CGCS2000 ellipsoid: semi-major axis in metres and flattening.
const (
	majorAxis  = 6378137.0
	flattening = 1 / 298.257222101
)

// falseEasting is added to eastings, so that none is negative.
const falseEasting = 500_000.0

// ZoneOf is the 3-degree zone in which a longitude lies. Chongqing lies in 35 (105° E) and 36 (108° E).
func ZoneOf(lon float64) int { return int(math.Round(lon / 3)) }

// Meridian is the central meridian of a 3-degree zone in degrees.
func Meridian(zone int) float64 { return float64(3 * zone) }

// Projection is the Gauss-Krüger projection of CGCS2000 about a central meridian, scale 1 on it. It follows Krüger's
// series in the third flattening to the sixth power (Karney, Transverse Mercator with an accuracy of a few nanometers,
// 2011): within a zone its own error is below a micrometre.
type Projection struct {
	meridian    float64 // degrees
	radius      float64 // of the rectifying sphere, metres
	alpha, beta [6]float64
}

// NewProjection is the projection about a central meridian in degrees.
func NewProjection(meridian float64) Projection {
	const n = flattening / (2 - flattening)
	n2, n3, n4, n5, n6 := n*n, n*n*n, n*n*n*n, n*n*n*n*n, n*n*n*n*n*n
	return Projection{
		meridian: meridian,
		radius:   majorAxis / (1 + n) * (1 + n2/4 + n4/64 + n6/256),
		alpha: [6]float64{
			n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180 - 127*n5/288 + 7891*n6/37800,
			13*n2/48 - 3*n3/5 + 557*n4/1440 + 281*n5/630 - 1983433*n6/1935360,
			61*n3/240 - 103*n4/140 + 15061*n5/26880 + 167603*n6/181440,
			49561*n4/161280 - 179*n5/168 + 6601661*n6/7257600,
			34729*n5/80640 - 3418889*n6/1995840,
			212378941 * n6 / 319334400,
		},
		beta: [6]float64{
			n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
			n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
			17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
			4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
			4583*n5/161280 - 108847*n6/3991680,
			20648693 * n6 / 638668800,
		},
	}
}

// Forward gives northing and easting in metres; the easting is counted from the central meridian, without 500 km.
func (p Projection) Forward(at Point) (northing, easting float64) {
	lambda, phi := radians(at[0]-p.meridian), radians(at[1])
	tau := conformal(math.Tan(phi))
	z := complex(math.Atan2(tau, math.Cos(lambda)), math.Asinh(math.Sin(lambda)/math.Hypot(tau, math.Cos(lambda))))
	sum := z
	for i, a := range p.alpha {
		sum += complex(a, 0) * cmplx.Sin(complex(float64(2*i+2), 0)*z)
	}
	return p.radius * real(sum), p.radius * imag(sum)
}

// Inverse takes northing and easting from the central meridian in metres back to degrees.
func (p Projection) Inverse(northing, easting float64) Point {
	z := complex(northing/p.radius, easting/p.radius)
	sum := z
	for i, b := range p.beta {
		sum -= complex(b, 0) * cmplx.Sin(complex(float64(2*i+2), 0)*z)
	}
	xi, eta := real(sum), imag(sum)
	tau := geodetic(math.Sin(xi) / math.Hypot(math.Sinh(eta), math.Cos(xi)))
	lambda := math.Atan2(math.Sinh(eta), math.Cos(xi))
	return Point{p.meridian + lambda*180/math.Pi, math.Atan(tau) * 180 / math.Pi}
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

func eccentricity() float64 { return math.Sqrt(flattening * (2 - flattening)) }

// conformal is the tangent of the conformal latitude for the tangent of a geodetic one.
func conformal(tau float64) float64 {
	e := eccentricity()
	sigma := math.Sinh(e * math.Atanh(e*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

// geodetic inverts conformal by Newton's method, which here converges in three steps.
func geodetic(target float64) float64 {
	e2 := flattening * (2 - flattening)
	tau := target / (1 - e2)
	for range 8 {
		got := conformal(tau)
		step := (target - got) / math.Hypot(1, got) * (1 + (1-e2)*tau*tau) / ((1 - e2) * math.Hypot(1, tau))
		tau += step
		if math.Abs(step) < 1e-15*math.Hypot(1, tau) {
			break
		}
	}
	return tau
}
