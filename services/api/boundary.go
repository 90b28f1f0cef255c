package api

import (
	"encoding/json"

	"clusterzone/services/application"
	"clusterzone/services/survey"
)

type previewInput struct {
	Case
	Keyed
	Body struct {
		File  []byte `json:"file" doc:"the file in base64: GeoJSON, KML or a coordinate text, at most 1 MB"`
		Datum string `json:"datum" enum:"cgcs2000,wgs84,xian80,beijing54,gcj02" doc:"what the coordinates refer to; never guessed"`
		Order string `json:"order,omitempty" enum:"lon-lat,lat-lon,north-east,east-north" doc:"what the two numbers of a line are, where the file does not say it"`
		Zone  int    `json:"zone,omitempty" minimum:"25" maximum:"45" doc:"3-degree zone of plane coordinates, where the file does not say it"`
	}
}

type previewBody struct {
	Geometry json.RawMessage `json:"geometry,omitempty" doc:"as it can be stored under boundary.polygon; absent where the file cannot be read"`
	Format   string          `json:"format,omitempty"`
	Order    string          `json:"order,omitempty"`
	Zone     int             `json:"zone,omitempty"`
	AreaM2   int64           `json:"area_m2" doc:"on the CGCS2000 ellipsoid"`
	Vertices int             `json:"vertices"`
	Outside  int64           `json:"outside_unit_m,omitempty" doc:"metres by which it leaves the unit's schematic outline, beyond 2 km"`
	Problems []findingBody   `json:"problems" doc:"why it cannot be read or is no valid area"`
	Overlaps []overlapBody   `json:"overlaps"`
}

type overlapBody struct {
	Kind    string `json:"kind" doc:"application or zone"`
	Name    string `json:"name,omitempty" doc:"absent for a filing that is not public"`
	ID      string `json:"id,omitempty"`
	AreaM2  int64  `json:"area_m2"`
	Unknown bool   `json:"unknown,omitempty" doc:"could not be computed"`
}

// previewBoundary tells what a boundary file holds; storing it is a change of boundary.polygon.
func (a *API) previewBoundary(c *call, in *previewInput) (*reply[previewBody], error) {
	o := survey.Options{Datum: survey.Datum(in.Body.Datum), Order: survey.Order(in.Body.Order), Zone: in.Body.Zone}
	read, m, err := a.Applications.Preview(c.ctx, c.actor, in.ID, in.Body.File, o)
	if err != nil {
		return nil, err
	}
	out := previewBody{Format: string(read.Format), Order: string(read.Order), Zone: read.Zone, AreaM2: m.AreaM2, Vertices: m.Vertices, Outside: m.OutsideUnit,
		Problems: []findingBody{}, Overlaps: []overlapBody{}}
	if read.Format != "" {
		if out.Geometry, err = json.Marshal(read.Geometry); err != nil {
			return nil, err
		}
	}
	if m.Fault != nil {
		out.Problems = a.findings(c.lang, []application.Problem{m.Fault.Problem()})
	}
	for _, x := range m.Overlaps {
		out.Overlaps = append(out.Overlaps, overlapBody{Kind: x.Kind, Name: x.Label, ID: x.ID, AreaM2: x.AreaM2, Unknown: x.Unknown})
	}
	return &reply[previewBody]{Body: out}, nil
}
