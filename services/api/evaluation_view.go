package api

import (
	"time"

	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type evaluationQuery struct {
	State  string `query:"state" maxLength:"40"`
	Year   int    `query:"year" minimum:"2000" maximum:"2200"`
	Unit   string `query:"unit" maxLength:"40"`
	Zone   string `query:"zone_id" maxLength:"64"`
	Cursor string `query:"after" maxLength:"64" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (q evaluationQuery) filter() evaluation.Filter {
	return evaluation.Filter{State: workflows.State(q.State), Year: q.Year, Unit: q.Unit, Zone: q.Zone, Cursor: q.Cursor, Limit: q.Limit}
}

type evaluationLine struct {
	ID         string    `json:"id"`
	Number     string    `json:"number"`
	ZoneID     string    `json:"zone_id"`
	ZoneNumber string    `json:"zone_number"`
	ZoneName   string    `json:"zone_name"`
	Unit       string    `json:"unit"`
	Year       int       `json:"year"`
	State      stateBody `json:"state"`
	Total      *string   `json:"total,omitempty" doc:"decimal, once the caller may see it"`
	Grade      string    `json:"grade,omitempty"`
	DueOn      string    `json:"due_on,omitempty"`
	Overdue    bool      `json:"overdue"`
	Demo       bool      `json:"demo"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func evaluationLines(kind workflows.Kind, p evaluation.Page) *reply[list[evaluationLine]] {
	return page(each(p.Rows, func(r evaluation.ListRow) evaluationLine {
		return evaluationLine{ID: r.ID, Number: r.Number, ZoneID: r.ZoneID, ZoneNumber: r.ZoneNumber, ZoneName: r.ZoneName, Unit: r.Unit, Year: r.Year,
			State: stateOf(kind, r.State), Total: points(r.Total), Grade: r.Grade, DueOn: r.DueOn, Overdue: r.Overdue, Demo: r.Demo, UpdatedAt: r.UpdatedAt.UTC()}
	}), p.Next)
}

func (a *API) evaluations(c *call, in *evaluationQuery) (*reply[list[evaluationLine]], error) {
	found, err := a.Evaluations.List(c.ctx, c.actor, in.filter())
	return evaluationLines(workflows.Evaluation.Kind, found), err
}

func (a *API) rectifications(c *call, in *evaluationQuery) (*reply[list[evaluationLine]], error) {
	found, err := a.Rectifications.List(c.ctx, c.actor, in.filter())
	return evaluationLines(workflows.Rectification.Kind, found), err
}

type evaluationBody struct {
	ID              string            `json:"id"`
	Number          string            `json:"number"`
	ZoneID          string            `json:"zone_id"`
	ZoneNumber      string            `json:"zone_number"`
	ZoneName        string            `json:"zone_name"`
	Unit            string            `json:"unit"`
	Sector          string            `json:"sector" doc:"main sector of the zone"`
	Year            int               `json:"year"`
	RuleSetID       string            `json:"rule_set_id"`
	Rules           policy.Evaluation `json:"rules" doc:"the indicators as they are asked and scored"`
	State           stateBody         `json:"state"`
	Version         int64             `json:"version"`
	Self            evaluation.Sheet  `json:"self"`
	Working         bool              `json:"working" doc:"self is the draft, not what was signed"`
	Checked         *evaluation.Sheet `json:"checked,omitempty"`
	Last            *evaluation.Sheet `json:"last,omitempty" doc:"the checked column of the year before"`
	Result          *resultBody       `json:"result,omitempty"`
	Preview         bool              `json:"preview" doc:"the result is calculated now and not stored"`
	Total           *string           `json:"total,omitempty" doc:"decimal"`
	Grade           string            `json:"grade,omitempty"`
	SubmittedNo     int               `json:"submitted_no"`
	Digest          string            `json:"digest,omitempty"`
	SignedAt        *time.Time        `json:"signed_at,omitempty"`
	Files           []fileBody        `json:"files"`
	Slots           []policy.Slot     `json:"slots"`
	Missing         []missingBody     `json:"missing" doc:"of the column that is open to the caller"`
	RectificationID string            `json:"rectification_id,omitempty"`
	Demo            bool              `json:"demo"`
	UpdatedAt       time.Time         `json:"updated_at"`
	Course
}

type resultBody struct {
	Lines   []lineBody  `json:"lines" doc:"the column that counts: checked figures with the experts' points"`
	Self    columnBody  `json:"self"`
	Check   columnBody  `json:"check"`
	Expert  columnBody  `json:"expert"`
	Peers   int         `json:"peers" doc:"other zones of the sector that were compared"`
	Lowered bool        `json:"lowered" doc:"the cap on the best grade took it one down"`
	Note    policy.Text `json:"note"`
	Absent  bool        `json:"absent" doc:"took no part"`
}

type columnBody struct {
	Base      string     `json:"base" doc:"decimal, as all points"`
	Bonus     string     `json:"bonus"`
	Deduction string     `json:"deduction"`
	Total     string     `json:"total"`
	Grade     string     `json:"grade"`
	Vetoes    []string   `json:"vetoes"`
	Lines     []lineBody `json:"lines"`
}

type lineBody struct {
	Code    string      `json:"code"`
	Label   policy.Text `json:"label"`
	Formula policy.Text `json:"formula"`
	Inputs  []inputBody `json:"inputs"`
	Note    policy.Text `json:"note"`
	Mark    string      `json:"mark"`
	Weight  string      `json:"weight"`
	Points  string      `json:"points"`
}

type inputBody struct {
	Name  policy.Text `json:"name"`
	Value string      `json:"value"`
}

func (a *API) evaluation(c *call, in *oneInput) (*reply[evaluationBody], error) {
	v, err := a.Evaluations.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[evaluationBody]{ETag: etag(v.Version), Body: a.evaluationOf(c.lang, v)}, nil
}

func (a *API) evaluationOf(lang wording.Lang, v evaluation.View) evaluationBody {
	kind := workflows.Evaluation.Kind
	b := evaluationBody{ID: v.ID, Number: v.Number, ZoneID: v.ZoneID, ZoneNumber: v.ZoneNumber, ZoneName: v.ZoneName, Unit: v.Unit, Sector: v.Sector, Year: v.Year,
		RuleSetID: v.RuleSetID, Rules: v.Rules, State: stateOf(kind, v.State), Version: v.Version, Self: v.Self, Working: v.Working, Checked: v.Checked,
		Last: v.Last, Preview: v.Preview, Total: points(v.Total), Grade: v.Grade, SubmittedNo: v.SubmittedNo, Digest: v.Digest, SignedAt: utc(v.SignedAt),
		Files: each(v.Files, fileOf), Slots: orNone(v.Slots), Missing: a.missing(lang, v.Problems), RectificationID: v.RectificationID, Demo: v.Demo,
		UpdatedAt: v.UpdatedAt.UTC(), Course: courseOf(lang, kind, v.Clocks, v.History, v.Choices)}
	if v.Result != nil {
		b.Result = resultOf(*v.Result)
	}
	return b
}

func resultOf(r evaluation.Result) *resultBody {
	return &resultBody{Lines: each(r.Expert.Lines, lineOf), Self: columnOf(r.Self), Check: columnOf(r.Check), Expert: columnOf(r.Expert), Peers: r.Peers,
		Lowered: r.Lowered, Note: r.Note, Absent: r.Absent}
}

func columnOf(o policy.Outcome) columnBody {
	return columnBody{Base: o.Base.String(), Bonus: o.Bonus.String(), Deduction: o.Deduction.String(), Total: o.Total.String(), Grade: o.Grade.Code,
		Vetoes: each(o.Vetoes, func(v policy.Veto) string { return v.Code }), Lines: each(o.Lines, lineOf)}
}

func lineOf(c policy.Calculation) lineBody {
	return lineBody{Code: c.Code, Label: c.Label, Formula: c.Formula, Note: c.Note, Mark: c.Mark.String(), Weight: c.Weight.String(), Points: c.Points.String(),
		Inputs: each(c.Inputs, func(i policy.Input) inputBody { return inputBody{Name: i.Name, Value: i.Value} })}
}

type rectificationBody struct {
	ID               string            `json:"id"`
	Number           string            `json:"number"`
	EvaluationID     string            `json:"evaluation_id"`
	EvaluationNumber string            `json:"evaluation_number"`
	Year             int               `json:"year"`
	ZoneID           string            `json:"zone_id"`
	ZoneNumber       string            `json:"zone_number"`
	ZoneName         string            `json:"zone_name"`
	Unit             string            `json:"unit"`
	State            stateBody         `json:"state"`
	Version          int64             `json:"version"`
	Items            []evaluation.Item `json:"items"`
	Extensions       int               `json:"extensions"`
	ExtensionDays    int               `json:"extension_days" doc:"what one extension adds"`
	Files            []fileBody        `json:"files"`
	Slots            []policy.Slot     `json:"slots"`
	Missing          []missingBody     `json:"missing" doc:"what handing in would refuse"`
	Demo             bool              `json:"demo"`
	UpdatedAt        time.Time         `json:"updated_at"`
	Course
}

func (a *API) rectification(c *call, in *oneInput) (*reply[rectificationBody], error) {
	v, err := a.Rectifications.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	kind := workflows.Rectification.Kind
	return &reply[rectificationBody]{ETag: etag(v.Version), Body: rectificationBody{ID: v.ID, Number: v.Number, EvaluationID: v.EvaluationID,
		EvaluationNumber: v.EvaluationNumber, Year: v.Year, ZoneID: v.ZoneID, ZoneNumber: v.ZoneNumber, ZoneName: v.ZoneName, Unit: v.Unit,
		State: stateOf(kind, v.State), Version: v.Version, Items: orNone(v.Items), Extensions: v.Extensions, ExtensionDays: v.ExtensionDays,
		Files: each(v.Files, fileOf), Slots: orNone(v.Slots), Missing: a.missing(c.lang, v.Problems), Demo: v.Demo, UpdatedAt: v.UpdatedAt.UTC(),
		Course: courseOf(c.lang, kind, v.Clocks, v.History, v.Choices)}}, nil
}
