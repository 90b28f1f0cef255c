package survey

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
)

// WriteText writes areas as lines of degrees that ReadText reads back exactly.
func WriteText(areas []Area) []byte {
	var b bytes.Buffer
	b.WriteString("坐标系=CGCS2000\n坐标顺序=经度,纬度\n")
	for _, area := range areas {
		b.WriteString("\n")
		for i, ring := range area {
			if i > 0 {
				b.WriteString("[孔]\n")
			}
			for _, at := range ring {
				fmt.Fprintf(&b, "%s,%s\n", decimal(at[0]), decimal(at[1]))
			}
		}
	}
	return b.Bytes()
}

// WriteSurvey writes areas as the Chinese land survey file, in metres of a 3-degree zone to a tenth of a millimetre.
func WriteSurvey(areas []Area, zone int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "[属性描述]\n格式版本号=1.01版本\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=%d\n精度=0.0001\n[地块坐标]\n", zone)
	p := NewProjection(Meridian(zone))
	for i, area := range areas {
		points := 0
		for _, ring := range area {
			points += len(ring)
		}
		fmt.Fprintf(&b, "%d,,%d,,面,,,,@\n", points, i+1)
		for j, ring := range area {
			for k, at := range ring {
				northing, easting := p.Forward(at)
				fmt.Fprintf(&b, "J%d,%d,%.4f,%.4f\n", k+1, j+1, northing, easting+falseEasting+float64(zone)*1e6)
			}
		}
	}
	return b.Bytes()
}

// WriteKML writes areas as one KML placemark with a name.
func WriteKML(name string, areas []Area) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>`)
	_ = xml.EscapeText(&b, []byte(name)) // writing to memory does not fail
	b.WriteString("</name><MultiGeometry>\n")
	for _, area := range areas {
		b.WriteString("<Polygon>")
		for i, ring := range area {
			side := "outerBoundaryIs"
			if i > 0 {
				side = "innerBoundaryIs"
			}
			fmt.Fprintf(&b, "<%s><LinearRing><coordinates>\n", side)
			for _, at := range ring {
				fmt.Fprintf(&b, "%s,%s\n", decimal(at[0]), decimal(at[1]))
			}
			fmt.Fprintf(&b, "</coordinates></LinearRing></%s>", side)
		}
		b.WriteString("</Polygon>\n")
	}
	b.WriteString("</MultiGeometry></Placemark></Document></kml>\n")
	return b.Bytes()
}

// decimal is the shortest text that reads back as the same number.
func decimal(v float64) string {
	if math.Abs(v) < 1e-300 {
		v = 0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
