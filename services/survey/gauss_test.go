package survey

import (
	"math"
	"math/cmplx"
	"testing"

	"pgregory.net/rapid"
)

// arcByIntegration is the length of the meridian from the equator, by Simpson's rule over the radius of curvature: no
// series is shared with the code under test.
func arcByIntegration(lat float64) float64 {
	const steps = 20_000
	e2 := flattening * (2 - flattening)
	radius := func(phi float64) float64 {
		return majorAxis * (1 - e2) / math.Pow(1-e2*math.Sin(phi)*math.Sin(phi), 1.5)
	}
	end := lat * math.Pi / 180
	h := end / steps
	sum := radius(0) + radius(end)
	for i := 1; i < steps; i++ {
		sum += radius(float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

func TestMeridianArc(t *testing.T) {
	p := NewProjection(108)
	for _, lat := range []float64{0, 1, 15, 28, 29.5, 32.2, 45, 60, 80} {
		n, e := p.Forward(Point{108, lat})
		if want := arcByIntegration(lat); math.Abs(n-want) > 1e-5 || e != 0 {
			t.Errorf("at %v: %.6f, %v; want %.6f, 0", lat, n, e, want)
		}
	}
}

// byContinuation is the projection by its definition: the meridian arc continued analytically along the isometric
// latitude q + il, integrated by Runge and Kutta.
func byContinuation(lon, lat float64) (north, east float64) {
	const steps = 4_000
	e2 := complex(flattening*(2-flattening), 0)
	h := complex(0, lon*math.Pi/180/steps)
	phi, z := complex(lat*math.Pi/180, 0), complex(arcByIntegration(lat), 0)
	rate := func(phi complex128) (dphi, dz complex128) {
		w := 1 - e2*cmplx.Sin(phi)*cmplx.Sin(phi)
		return w * cmplx.Cos(phi) / (1 - e2), majorAxis * cmplx.Cos(phi) / cmplx.Sqrt(w)
	}
	for range steps {
		a1, b1 := rate(phi)
		a2, b2 := rate(phi + h/2*a1)
		a3, b3 := rate(phi + h/2*a2)
		a4, b4 := rate(phi + h*a3)
		phi += h / 6 * (a1 + 2*a2 + 2*a3 + a4)
		z += h / 6 * (b1 + 2*b2 + 2*b3 + b4)
	}
	return real(z), imag(z)
}

func TestProjectionByItsDefinition(t *testing.T) {
	p := NewProjection(105)
	for _, at := range []Point{{0.1, 28.2}, {1.5, 29.55}, {-1.5, 32.2}, {2.2, 30}, {0.7, 31.3}} {
		n, e := p.Forward(Point{105 + at[0], at[1]})
		wantN, wantE := byContinuation(at[0], at[1])
		if math.Abs(n-wantN) > 1e-4 || math.Abs(e-wantE) > 1e-4 {
			t.Errorf("at %v: %.6f %.6f, want %.6f %.6f", at, n, e, wantN, wantE)
		}
	}
}

// There and back again within a thousandth of a millimetre, over all of China's zones and half as far again.
func TestProjectionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.IntRange(25, 45).Draw(t, "zone")
		at := Point{Meridian(zone) + rapid.Float64Range(-2.3, 2.3).Draw(t, "lon"), rapid.Float64Range(3, 54).Draw(t, "lat")}
		n, e := NewProjection(Meridian(zone)).Forward(at)
		back := NewProjection(Meridian(zone)).Inverse(n, e)
		if math.Abs(back[0]-at[0]) > 1e-11 || math.Abs(back[1]-at[1]) > 1e-11 {
			t.Fatalf("%v came back as %v", at, back)
		}
	})
}

func TestZones(t *testing.T) {
	for _, tt := range []struct {
		lon  float64
		zone int
	}{{105, 35}, {106.4, 35}, {106.6, 36}, {108, 36}, {109.4, 36}} {
		if got := ZoneOf(tt.lon); got != tt.zone {
			t.Errorf("%v lies in zone %d, want %d", tt.lon, got, tt.zone)
		}
	}
}
