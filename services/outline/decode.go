//go:build ignore

// Decode turns the map of Chongqing in the npm package echarts 4.9.0 into chongqing.json. It takes the path of that
// package's map/json/province/chongqing.json; see README.md.
package main

import (
	"encoding/json"
	"log"
	"math"
	"os"
	"unicode/utf16"
)

type encoded struct {
	Features []struct {
		ID       string
		Geometry struct {
			Type          string
			Coordinates   json.RawMessage
			EncodeOffsets json.RawMessage
		}
	}
}

// today maps the codes of counties that have become districts since the map was drawn.
var today = map[string]string{"500228": "500155", "500232": "500156"}

func main() {
	data, err := os.ReadFile(os.Args[1])
	check(err)
	var in encoded
	check(json.Unmarshal(data, &in))
	out := map[string][][]float64{}
	for _, f := range in.Features {
		texts, offsets := [][]string{nil}, [][][2]int{nil}
		if f.Geometry.Type == "Polygon" {
			check(json.Unmarshal(f.Geometry.Coordinates, &texts[0]))
			check(json.Unmarshal(f.Geometry.EncodeOffsets, &offsets[0]))
		} else {
			check(json.Unmarshal(f.Geometry.Coordinates, &texts))
			check(json.Unmarshal(f.Geometry.EncodeOffsets, &offsets))
		}
		code := f.ID
		if now, ok := today[code]; ok {
			code = now
		}
		for i, part := range texts {
			if r := ring(part[0], offsets[i][0]); len(r) > 12 { // the rest are slivers of a few points
				out[code] = append(out[code], r)
			}
		}
	}
	text, err := json.Marshal(out)
	check(err)
	check(os.WriteFile("chongqing.json", append(text, '\n'), 0o644))
}

// ring undoes the encoding: each character is a step in zigzag form plus 64, in 1024ths of a degree, longitude and
// latitude in turn. The result is "lon, lat, lon, lat, …" to three decimals, without the vertices that lie within about
// 100 m of the line between those kept.
func ring(text string, offset [2]int) []float64 {
	units := utf16.Encode([]rune(text))
	at := offset
	var points [][2]float64
	for i := 0; i+1 < len(units); i += 2 {
		for k := range 2 {
			v := int(units[i+k]) - 64
			at[k] += (v >> 1) ^ -(v & 1)
		}
		points = append(points, [2]float64{float64(at[0]) / 1024, float64(at[1]) / 1024})
	}
	var out []float64
	for _, p := range simplified(points) {
		out = append(out, math.Round(p[0]*1000)/1000, math.Round(p[1]*1000)/1000)
	}
	return out
}

// tolerance of the simplification in degrees.
const tolerance = 0.001

// simplified keeps the first vertex, the one farthest from it, and of both halves what Douglas and Peucker keep.
func simplified(ring [][2]float64) [][2]float64 {
	if len(ring) < 8 {
		return ring
	}
	far := 0
	for i, p := range ring {
		if math.Hypot(p[0]-ring[0][0], p[1]-ring[0][1]) > math.Hypot(ring[far][0]-ring[0][0], ring[far][1]-ring[0][1]) {
			far = i
		}
	}
	return append(line(ring[:far+1]), line(ring[far:])[1:]...)
}

func line(points [][2]float64) [][2]float64 {
	first, last := points[0], points[len(points)-1]
	worst, at := 0.0, 0
	for i := 1; i+1 < len(points); i++ {
		if d := apart(points[i], first, last); d > worst {
			worst, at = d, i
		}
	}
	if worst <= tolerance {
		return [][2]float64{first, last}
	}
	return append(line(points[:at+1]), line(points[at:])[1:]...)
}

// apart is the distance of a point from a line.
func apart(p, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	length := math.Hypot(dx, dy)
	if length == 0 {
		return math.Hypot(p[0]-a[0], p[1]-a[1])
	}
	return math.Abs(dx*(p[1]-a[1])-dy*(p[0]-a[0])) / length
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
