package api

import (
	"encoding/json"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/notice"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

// What anybody may read and do without an account.

type publicLine struct {
	ID        string   `json:"id"`
	Number    string   `json:"number"`
	Name      string   `json:"name"`
	Unit      string   `json:"unit"`
	UnitName  string   `json:"unit_name"`
	Sectors   []string `json:"sectors"`
	Area      string   `json:"area"`
	AreaM2    int64    `json:"area_m2"`
	StateZh   string   `json:"state_zh"`
	StateEn   string   `json:"state_en"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	Demo      bool     `json:"demo" doc:"invented, for demonstration"`
}

func (a *API) publicZones(c *call, in *zoneQuery) (*reply[list[publicLine]], error) {
	found, err := a.Zones.PublicZones(c.ctx, in.filter())
	return page(each(found.Rows, func(r registry.Row) publicLine {
		l := publicLabel(workflows.Zone.Kind, r.State)
		return publicLine{ID: r.ID, Number: r.Number, Name: r.Name, Unit: r.Unit, UnitName: r.UnitName, Sectors: orNone(r.Sectors), Area: r.Area, AreaM2: r.AreaM2,
			StateZh: l.Zh, StateEn: l.En, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Demo: r.Demo}
	}), found.Next), err
}

func publicLabel(kind workflows.Kind, s workflows.State) workflows.Label {
	row, _ := workflows.ByKind(kind).State(s)
	return row.Public
}

type publicZoneBody struct {
	ID             string          `json:"id"`
	Number         string          `json:"number"`
	Name           string          `json:"name"`
	Unit           string          `json:"unit"`
	UnitNameZh     string          `json:"unit_name_zh"`
	UnitNameEn     string          `json:"unit_name_en"`
	BodyName       string          `json:"body_name"`
	Sectors        []string        `json:"sectors"`
	Area           string          `json:"area"`
	AreaM2         int64           `json:"area_m2"`
	StateZh        string          `json:"state_zh"`
	StateEn        string          `json:"state_en"`
	ValidFrom      string          `json:"valid_from"`
	ValidTo        string          `json:"valid_to"`
	DocumentNumber string          `json:"document_number"`
	DecidedOn      string          `json:"decided_on"`
	East           string          `json:"east"`
	South          string          `json:"south"`
	West           string          `json:"west"`
	North          string          `json:"north"`
	GeoJSON        json.RawMessage `json:"geojson"`
	Measures       []measureBody   `json:"measures"`
	Grades         []gradeBody     `json:"grades"`
	Demo           bool            `json:"demo"`
}

func publicZoneOf(z registry.PublicZone) publicZoneBody {
	l := publicLabel(workflows.Zone.Kind, z.State)
	return publicZoneBody{ID: z.ID, Number: z.Number, Name: z.Name, Unit: z.Unit, UnitNameZh: z.UnitName, UnitNameEn: z.UnitEn, BodyName: z.BodyName,
		Sectors: orNone(z.Sectors), Area: z.Area, AreaM2: z.AreaM2, StateZh: l.Zh, StateEn: l.En, ValidFrom: z.ValidFrom, ValidTo: z.ValidTo,
		DocumentNumber: z.DocumentNumber, DecidedOn: z.DecidedOn, East: z.Texts[0], South: z.Texts[1], West: z.Texts[2], North: z.Texts[3],
		GeoJSON: rawOf(z.GeoJSON), Measures: each(z.Measures, measureOf), Grades: each(z.Grades, gradeOf), Demo: z.Demo}
}

func (a *API) publicZone(c *call, in *oneInput) (*reply[publicZoneBody], error) {
	z, err := a.Zones.PublicZone(c.ctx, in.ID)
	return &reply[publicZoneBody]{Body: publicZoneOf(z)}, err
}

type certificateInput struct {
	Number string `path:"number" maxLength:"128" doc:"the number, or the check code on the paper"`
}

type checkedBody struct {
	Number   string         `json:"number"`
	State    string         `json:"state" doc:"issued, revoked, expired or superseded"`
	IssuedOn string         `json:"issued_on"`
	ByCode   bool           `json:"by_code" doc:"asked by the code on the paper: whoever asks holds it"`
	Zone     publicZoneBody `json:"zone"`
}

func (a *API) checkCertificate(c *call, in *certificateInput) (*reply[checkedBody], error) {
	p, err := a.Zones.CheckCertificate(c.ctx, in.Number)
	return &reply[checkedBody]{Body: checkedBody{Number: p.Number, State: p.State, IssuedOn: p.IssuedOn.String(), ByCode: p.ByCode, Zone: publicZoneOf(p.Zone)}}, err
}

type noticeBody struct {
	ID          string       `json:"id"`
	Number      string       `json:"number"`
	Title       string       `json:"title"`
	Text        string       `json:"text"`
	StartsOn    string       `json:"starts_on" doc:"first day"`
	EndsOn      string       `json:"ends_on" doc:"last day"`
	PublishedAt time.Time    `json:"published_at"`
	Phase       notice.Phase `json:"phase" doc:"upcoming, running, ended or withdrawn"`
	Demo        bool         `json:"demo"`
}

func noticeOf(p notice.Public) noticeBody {
	return noticeBody{ID: p.ID, Number: p.Number, Title: p.Title, Text: p.Body, StartsOn: p.StartsOn.String(), EndsOn: p.EndsOn.String(),
		PublishedAt: p.PublishedAt.UTC(), Phase: p.Phase, Demo: p.Demo}
}

func (a *API) publicNotices(c *call, _ *nothing) (out *reply[list[noticeBody]], err error) {
	err = a.DB.View(c.ctx, func(tx *database.Tx) error {
		found, err := a.Notices.Running(tx)
		out = page(each(found, noticeOf), "")
		return err
	})
	return out, err
}

func (a *API) publicNotice(c *call, in *oneInput) (out *reply[noticeBody], err error) {
	err = a.DB.View(c.ctx, func(tx *database.Tx) error {
		p, err := a.Notices.ByID(tx, in.ID)
		out = &reply[noticeBody]{Body: noticeOf(p)}
		return err
	})
	return out, err
}

type objectionInput struct {
	Case
	Keyed
	Body struct {
		Kind    notice.ObjectorKind `json:"objector_kind" enum:"unit,individual"`
		Name    string              `json:"name" maxLength:"400" doc:"of the unit, or the real name"`
		Contact string              `json:"contact" maxLength:"400" doc:"a telephone number or a mail address; the commission only reads it"`
		Text    string              `json:"body" maxLength:"20000" doc:"what is objected to, and the grounds"`
		Draft   string              `json:"draft,omitempty" maxLength:"64" doc:"token of the draft that holds the evidence; of a unit the letter with its seal lies in it"`
	}
}

type receiptBody struct {
	Receipt string    `json:"receipt" doc:"with the contact it lets you follow the objection"`
	FiledAt time.Time `json:"filed_at"`
}

func (a *API) fileObjection(c *call, in *objectionInput) (*reply[receiptBody], error) {
	b := in.Body
	out, receipt, err := a.Notices.File(c.ctx, c.actor, notice.Objection{NoticeID: in.ID, ObjectorKind: b.Kind, Name: b.Name, Contact: b.Contact, Body: b.Text,
		Draft: b.Draft}, in.Key)
	return &reply[receiptBody]{Body: receiptBody{Receipt: receipt, FiledAt: out.At.UTC()}}, err
}

type trackInput struct {
	Number  string `path:"number" maxLength:"128"`
	Contact string `query:"contact" required:"true" maxLength:"256" doc:"as it was given"`
}

type trackedBody struct {
	Number       string    `json:"number"`
	NoticeNumber string    `json:"notice_number"`
	NoticeTitle  string    `json:"notice_title"`
	StateZh      string    `json:"state_zh"`
	StateEn      string    `json:"state_en"`
	Closed       bool      `json:"closed"`
	FiledAt      time.Time `json:"filed_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func (a *API) trackObjection(c *call, in *trackInput) (*reply[trackedBody], error) {
	t, err := a.Notices.Track(c.ctx, in.Number, in.Contact)
	return &reply[trackedBody]{Body: trackedBody{Number: t.Number, NoticeNumber: t.NoticeNumber, NoticeTitle: t.NoticeTitle, StateZh: t.State.Zh, StateEn: t.State.En,
		Closed: t.Closed, FiledAt: t.FiledAt.UTC(), UpdatedAt: t.UpdatedAt.UTC()}}, err
}
