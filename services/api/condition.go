package api

import (
	"net/http"
	"time"

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
}

func (a *API) condition(c *call, in *oneInput) (*reply[conditionView], error) {
	x, err := a.Applications.Conditions().View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[conditionView]{ETag: etag(x.Version), Body: conditionView{Condition: conditionOf(x.Condition),
		Course: courseOf(c.lang, workflows.Condition.Kind, x.Clocks, x.History, x.Choices)}}, nil
}
