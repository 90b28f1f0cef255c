package api

import (
	"encoding/json"
	"time"

	"clusterzone/services/registry"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type zoneQuery struct {
	State  string `query:"state" maxLength:"40"`
	Unit   string `query:"unit" maxLength:"40"`
	Sector string `query:"sector" maxLength:"40"`
	Search string `query:"q" maxLength:"100" doc:"part of the number, the name or the development body"`
	Cursor string `query:"after" maxLength:"256" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (q zoneQuery) filter() registry.Filter {
	return registry.Filter{State: workflows.State(q.State), Unit: q.Unit, Sector: q.Sector, Search: q.Search, Cursor: q.Cursor, Limit: q.Limit}
}

type zoneLine struct {
	ID           string    `json:"id"`
	Number       string    `json:"number"`
	Name         string    `json:"name"`
	Unit         string    `json:"unit"`
	UnitName     string    `json:"unit_name"`
	Sectors      []string  `json:"sectors"`
	Area         string    `json:"area"`
	AreaM2       int64     `json:"area_m2"`
	State        stateBody `json:"state"`
	ValidFrom    string    `json:"valid_from"`
	ValidTo      string    `json:"valid_to"`
	RenewalAsked bool      `json:"renewal_asked"`
	Demo         bool      `json:"demo"`
}

func zoneLineOf(r registry.Row) zoneLine {
	return zoneLine{ID: r.ID, Number: r.Number, Name: r.Name, Unit: r.Unit, UnitName: r.UnitName, Sectors: orNone(r.Sectors), Area: r.Area, AreaM2: r.AreaM2,
		State: stateOf(workflows.Zone.Kind, r.State), ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, RenewalAsked: r.RenewalAsked, Demo: r.Demo}
}

func (a *API) zones(c *call, in *zoneQuery) (*reply[list[zoneLine]], error) {
	found, err := a.Zones.Zones(c.ctx, c.actor, in.filter())
	return page(each(found.Rows, zoneLineOf), found.Next), err
}

type zoneBody struct {
	ID             string            `json:"id"`
	Number         string            `json:"number"`
	Name           string            `json:"name"`
	Unit           string            `json:"unit"`
	UnitNameZh     string            `json:"unit_name_zh"`
	UnitNameEn     string            `json:"unit_name_en"`
	ApplicationID  string            `json:"application_id,omitempty"`
	RuleSetID      string            `json:"rule_set_id"`
	State          stateBody         `json:"state"`
	Version        int64             `json:"version"`
	BodyName       string            `json:"body_name" doc:"the development body"`
	CreditCode     string            `json:"credit_code"`
	Sectors        []string          `json:"sectors"`
	Area           string            `json:"area" doc:"functional area"`
	AreaM2         int64             `json:"area_m2"`
	ValidFrom      string            `json:"valid_from"`
	ValidTo        string            `json:"valid_to"`
	DocumentNumber string            `json:"document_number"`
	DecidedOn      string            `json:"decided_on"`
	Statement      string            `json:"statement,omitempty" doc:"the unit's answer to a proposal to revoke"`
	RenewalAsked   bool              `json:"renewal_asked"`
	RenewalFrom    string            `json:"renewal_from" doc:"first day on which a renewal may be filed"`
	Demo           bool              `json:"demo"`
	Boundaries     []boundaryBody    `json:"boundaries" doc:"newest first"`
	Measures       []measureBody     `json:"measures"`
	Certificates   []certificateBody `json:"certificates" doc:"newest first"`
	Grades         []gradeBody       `json:"grades" doc:"newest first"`
	UpdatedAt      time.Time         `json:"updated_at"`
	Course
}

type boundaryBody struct {
	No        int             `json:"no"`
	GeoJSON   json.RawMessage `json:"geojson"`
	East      string          `json:"east"`
	South     string          `json:"south"`
	West      string          `json:"west"`
	North     string          `json:"north"`
	AreaM2    int64           `json:"area_m2"`
	ValidFrom string          `json:"valid_from"`
	Source    string          `json:"source"`
}

type measureBody struct {
	Code        string    `json:"code"`
	Number      int       `json:"number" doc:"in part four; 0 is the entitlement of part five"`
	TitleZh     string    `json:"title_zh"`
	TitleEn     string    `json:"title_en"`
	Departments []string  `json:"departments"`
	UnlockedAt  time.Time `json:"unlocked_at"`
}

type certificateBody struct {
	Number    string    `json:"number"`
	CheckCode string    `json:"check_code"`
	State     string    `json:"state" doc:"issued, revoked, expired or superseded"`
	Printed   bool      `json:"printed"`
	SHA256    string    `json:"sha256"`
	IssuedAt  time.Time `json:"issued_at"`
}

type gradeBody struct {
	Year  int    `json:"year"`
	Grade string `json:"grade"`
}

func (a *API) zone(c *call, in *oneInput) (*reply[zoneBody], error) {
	v, err := a.Zones.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[zoneBody]{ETag: etag(v.Version), Body: zoneOf(c.lang, v)}, nil
}

func zoneOf(lang wording.Lang, v registry.View) zoneBody {
	kind := workflows.Zone.Kind
	return zoneBody{ID: v.ID, Number: v.Number, Name: v.Name, Unit: v.Unit, UnitNameZh: v.UnitName, UnitNameEn: v.UnitEn, ApplicationID: v.ApplicationID,
		RuleSetID: v.RuleSetID, State: stateOf(kind, v.State), Version: v.Version, BodyName: v.BodyName, CreditCode: v.CreditCode, Sectors: orNone(v.Sectors),
		Area: v.Area, AreaM2: v.AreaM2, ValidFrom: v.ValidFrom, ValidTo: v.ValidTo, DocumentNumber: v.DocumentNumber, DecidedOn: v.DecidedOn,
		Statement: v.Statement, RenewalAsked: v.RenewalAsked, RenewalFrom: v.RenewalFrom, Demo: v.Demo, Boundaries: each(v.Boundaries, boundaryOf),
		Measures: each(v.Measures, measureOf), Certificates: each(v.Certificates, certificateOf), Grades: each(v.Grades, gradeOf),
		UpdatedAt: v.UpdatedAt.UTC(), Course: courseOf(lang, kind, v.Clocks, v.History, v.Choices)}
}

func boundaryOf(b registry.BoundaryVersion) boundaryBody {
	return boundaryBody{No: b.No, GeoJSON: rawOf(b.GeoJSON), East: b.Texts[0], South: b.Texts[1], West: b.Texts[2], North: b.Texts[3], AreaM2: b.AreaM2,
		ValidFrom: b.ValidFrom, Source: b.Source}
}

// rawOf writes nothing as null: an empty raw message is no JSON.
func rawOf(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

func measureOf(m registry.Measure) measureBody {
	return measureBody{Code: m.Code, Number: m.Number, TitleZh: m.Title, TitleEn: m.En, Departments: orNone(m.Departments), UnlockedAt: m.UnlockedAt.UTC()}
}

func certificateOf(c registry.Certificate) certificateBody {
	return certificateBody{Number: c.Number, CheckCode: c.CheckCode, State: c.State, Printed: c.Printed, SHA256: c.SHA256, IssuedAt: c.IssuedAt.UTC()}
}

func gradeOf(g registry.Grade) gradeBody { return gradeBody{Year: g.Year, Grade: g.Grade} }
