package api

import (
	"net/http"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/condition"
	"clusterzone/workflows"
)

type conditionBody struct {
	ID          string     `json:"id"`
	Number      string     `json:"number"`
	Case        refBody    `json:"case" doc:"the application it was set on"`
	ZoneID      string     `json:"zone_id,omitempty" doc:"the zone that it was carried to"`
	Source      string     `json:"source" doc:"opinion or decision"`
	SetBy       string     `json:"set_by" doc:"the unit that set it"`
	Text        string     `json:"text"`
	Proof       string     `json:"proof" doc:"what shows that it is met"`
	Moment      string     `json:"moment" doc:"before_decision or after_accreditation"`
	DueOn       string     `json:"due_on,omitempty"`
	Responsible string     `json:"responsible" doc:"the unit that must meet it"`
	State       stateBody  `json:"state"`
	Version     int64      `json:"version"`
	Evidence    string     `json:"evidence,omitempty" doc:"what the responsible unit has reported"`
	ReportedAt  *time.Time `json:"reported_at,omitempty"`
	Reason      string     `json:"reason,omitempty" doc:"of the confirmation, the waiver or the return"`
	SettledAt   *time.Time `json:"settled_at,omitempty"`
}

func conditionOf(x condition.Condition) conditionBody {
	return conditionBody{ID: x.ID, Number: x.Number, Case: refOf(x.Subject), ZoneID: x.ZoneID, Source: string(x.Source), SetBy: x.SetUnit,
		Text: x.Text, Proof: x.Proof, Moment: string(x.Moment), DueOn: x.DueOn, Responsible: x.Responsible, State: stateOf(workflows.Condition.Kind, x.State),
		Version: x.Version, Evidence: x.Evidence, ReportedAt: utc(x.ReportedAt), Reason: x.Reason, SettledAt: utc(x.SettledAt)}
}

type conditionView struct {
	Condition conditionBody `json:"condition"`
	Course
}

func (a *API) conditionRoutes() {
	add(a, spec{method: http.MethodGet, path: "/conditions/{id}", id: "read-condition", summary: "One condition of an opinion or a decision"}, a.condition)
	desk := []workflows.Role{workflows.Department, workflows.Officer}
	add(a, spec{method: http.MethodGet, path: "/opinions/{id}/draft", id: "read-opinion-draft", summary: "What is typed of an opinion so far; empty off its desk"}, a.opinionDraft)
	add(a, spec{method: http.MethodPut, path: "/opinions/{id}/draft", id: "save-opinion-draft", summary: "Keep an opinion while it is written", roles: desk}, a.saveOpinionDraft)
}

func (a *API) condition(c *call, in *oneInput) (*reply[conditionView], error) {
	x, err := a.Applications.Conditions().View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[conditionView]{ETag: etag(x.Version), Body: conditionView{Condition: conditionOf(x.Condition),
		Course: courseOf(c.lang, workflows.Condition.Kind, x.Clocks, x.History, x.Choices)}}, nil
}

type conditionDraft struct {
	Text        string           `json:"text,omitempty" maxLength:"2000"`
	Proof       string           `json:"proof,omitempty" maxLength:"2000" doc:"what shows that it is met"`
	Moment      condition.Moment `json:"moment,omitempty" maxLength:"40" doc:"before_decision or after_accreditation"`
	DueOn       string           `json:"due_on,omitempty" maxLength:"20" doc:"YYYY-MM-DD; needed after accreditation"`
	Responsible string           `json:"responsible,omitempty" maxLength:"40" doc:"unit code; empty: the unit that filed"`
}

type opinionDraftBody struct {
	DraftVersion int64            `json:"draft_version" minimum:"0" doc:"the version of the draft that was read; 0: there was none"`
	Stance       string           `json:"stance,omitempty" maxLength:"20" doc:"agree, conditional or disagree"`
	Grounds      string           `json:"grounds,omitempty" maxLength:"2000"`
	Conditions   []conditionDraft `json:"conditions,omitempty" maxItems:"20"`
}

type opinionDraftInput struct {
	oneInput
	Body opinionDraftBody
}

// opinionDraft reads what is typed of an opinion so far, for those on whose desk it is.
func (a *API) opinionDraft(c *call, in *oneInput) (*reply[opinionDraftBody], error) {
	saved, err := a.Applications.Opinions().Draft(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[opinionDraftBody]{Body: opinionDraftBody{DraftVersion: saved.Version, Stance: saved.Draft.Stance, Grounds: saved.Draft.Grounds,
		Conditions: each(saved.Draft.Conditions, func(d condition.Draft) conditionDraft { return conditionDraft(d) })}}, nil
}

// saveOpinionDraft keeps what is typed of an opinion.
func (a *API) saveOpinionDraft(c *call, in *opinionDraftInput) (*reply[opinionDraftBody], error) {
	d := application.OpinionDraft{Stance: in.Body.Stance, Grounds: in.Body.Grounds}
	for _, x := range in.Body.Conditions {
		d.Conditions = append(d.Conditions, condition.Draft(x))
	}
	version, err := a.Applications.Opinions().SaveDraft(c.ctx, c.actor, in.ID, in.Body.DraftVersion, d)
	if err != nil {
		return nil, err
	}
	out := in.Body
	out.DraftVersion = version
	return &reply[opinionDraftBody]{Body: out}, nil
}
