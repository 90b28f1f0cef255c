package application

import "clusterzone/services/survey"

// Exported is a boundary as a file for other programs.
type Exported struct {
	Content              []byte
	MediaType, Extension string
}

// ExportBoundary writes a boundary in a format: geojson, kml, degree-text or plane-text, the last in metres of the
// 3-degree zone in which the middle of its extent lies. False for any other format.
func ExportBoundary(g Geometry, name, format string) (Exported, bool) {
	switch survey.Format(format) {
	case survey.GeoJSON:
		content, err := g.MarshalJSON()
		return Exported{content, "application/geo+json", ".geojson"}, err == nil
	case survey.KML:
		return Exported{survey.WriteKML(name, g.Areas()), "application/vnd.google-earth.kml+xml", ".kml"}, true
	case survey.DegreeText:
		return Exported{survey.WriteText(g.Areas()), "text/plain; charset=utf-8", ".txt"}, true
	case survey.PlaneText:
		extent := g.Extent()
		return Exported{survey.WriteSurvey(g.Areas(), survey.ZoneOf((extent[0]+extent[2])/2)), "text/plain; charset=utf-8", "-gk.txt"}, true
	}
	return Exported{}, false
}
