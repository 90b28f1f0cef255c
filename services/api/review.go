package api

import (
	"time"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type opinionBody struct {
	ID         string          `json:"id"`
	Number     string          `json:"number"`
	Unit       string          `json:"unit" doc:"the asked department"`
	Sectors    []string        `json:"sectors"`
	State      stateBody       `json:"state"`
	Version    int64           `json:"version"`
	Stance     string          `json:"stance,omitempty" doc:"agree, conditional or disagree"`
	Grounds    string          `json:"grounds,omitempty"`
	Conditions []conditionBody `json:"conditions,omitempty" doc:"as they stand now"`
	Late       bool            `json:"late"`
	GivenAt    *time.Time      `json:"given_at,omitempty"`
	Clocks     []clockBody     `json:"clocks"`
}

func opinionOf(o application.Opinion) opinionBody {
	return opinionBody{ID: o.ID, Number: o.Number, Unit: o.Unit, Sectors: orNone(o.Sectors), State: stateOf(workflows.Opinion.Kind, o.State), Version: o.Version,
		Stance: o.Stance, Grounds: o.Grounds, Conditions: each(o.Conditions, conditionOf), Late: o.Late, GivenAt: utc(o.GivenAt), Clocks: each(o.Clocks, clockOf)}
}

type opinionView struct {
	Opinion     opinionBody     `json:"opinion"`
	Application applicationBody `json:"application" doc:"as the asked department reads it"`
}

func (a *API) opinion(c *call, in *oneInput) (*reply[opinionView], error) {
	o, app, err := a.Applications.Opinions().View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[opinionView]{ETag: etag(o.Version), Body: opinionView{Opinion: opinionOf(o), Application: a.applicationOf(c.lang, app)}}, nil
}

type candidateBody struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Unit     string   `json:"unit"`
	Employer string   `json:"employer"`
	Fields   []string `json:"fields" doc:"sectors"`
	Load     int      `json:"load" doc:"open reviews"`
	Excluded string   `json:"excluded,omitempty" doc:"why this person cannot be invited"`
}

// pool lists who could review a case of the kind. To those who may not read the case it is
// absent, before their role is looked at.
func (a *API) pool(kind workflows.Kind, may reading) func(*call, *oneInput) (*reply[list[candidateBody]], error) {
	return func(c *call, in *oneInput) (*reply[list[candidateBody]], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		found, err := a.Reviews.Pool(c.ctx, c.actor, casework.Ref{Kind: kind, ID: in.ID})
		return page(each(found, func(x review.Candidate) candidateBody {
			b := candidateBody{ID: x.ID, Name: x.Name, Unit: x.Unit, Employer: x.Employer, Fields: orNone(x.Fields), Load: x.Load}
			if x.Excluded != "" {
				b.Excluded = a.Teller.Text(c.lang, x.Excluded, nil)
			}
			return b
		}), ""), err
	}
}

// mayRead is nil for those who may read the case, NotFound for all others.
func (a *API) mayRead(c *call, may reading, id string) error {
	return a.DB.View(c.ctx, func(tx *database.Tx) error { return may.Reading(tx, c.actor, id) })
}

type inviteInput struct {
	Case
	Keyed
	Body struct {
		Evaluators []string `json:"evaluators" maxItems:"100"`
	}
}

// invite asks evaluators to review a case of the kind.
func (a *API) invite(kind workflows.Kind, may reading) func(*call, *inviteInput) (*reply[list[outcomeBody]], error) {
	return func(c *call, in *inviteInput) (*reply[list[outcomeBody]], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		for _, id := range in.Body.Evaluators {
			if !plain(id) {
				return nil, fault.BadField("evaluators", "not_text")
			}
		}
		out, err := a.Reviews.Invite(c.ctx, c.actor, casework.Ref{Kind: kind, ID: in.ID}, in.Body.Evaluators, in.Key)
		return page(each(out, outcomeOf), ""), err
	}
}

type reviewLine struct {
	ReviewID    string     `json:"review_id,omitempty" doc:"absent: an anonymous total"`
	Number      string     `json:"number,omitempty"`
	EvaluatorID string     `json:"evaluator_id,omitempty"`
	Evaluator   string     `json:"evaluator,omitempty"`
	State       *stateBody `json:"state,omitempty"`
	Total       *string    `json:"total,omitempty" doc:"decimal"`
	Vetoed      bool       `json:"vetoed"`
	Own         bool       `json:"own"`
	Mean        bool       `json:"mean" doc:"the total is the panel's result"`
	DueOn       string     `json:"due_on,omitempty"`
}

// reviewsOf tells how the review of a case stands, to those who may read the case.
func (a *API) reviewsOf(kind workflows.Kind, may reading) func(*call, *oneInput) (*reply[list[reviewLine]], error) {
	return func(c *call, in *oneInput) (out *reply[list[reviewLine]], err error) {
		err = a.DB.View(c.ctx, func(tx *database.Tx) error {
			if err := may.Reading(tx, c.actor, in.ID); err != nil {
				return err
			}
			found, err := a.Reviews.ForSubject(tx, c.actor, casework.Ref{Kind: kind, ID: in.ID})
			out = page(each(found, reviewLineOf), "")
			return err
		})
		return out, err
	}
}

func reviewLineOf(s review.Summary) reviewLine {
	l := reviewLine{ReviewID: s.ReviewID, Number: s.Number, EvaluatorID: s.EvaluatorID, Evaluator: s.Evaluator, Total: points(s.Total), Vetoed: s.Vetoed,
		Own: s.Own, Mean: s.Mean, DueOn: s.DueOn}
	if s.State != "" {
		state := stateOf(workflows.Review.Kind, s.State)
		l.State = &state
	}
	return l
}

type subjectBody struct {
	Kind      workflows.Kind  `json:"kind"`
	ID        string          `json:"id"`
	Number    string          `json:"number"`
	Title     string          `json:"title"`
	State     workflows.State `json:"state"`
	Unit      string          `json:"unit"`
	BodyName  string          `json:"body_name"`
	RuleSetID string          `json:"rule_set_id"`
}

type missingBody struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

type reviewBody struct {
	ID          string        `json:"id"`
	Number      string        `json:"number"`
	State       stateBody     `json:"state"`
	Version     int64         `json:"version"`
	Own         bool          `json:"own" doc:"the caller is the asked evaluator"`
	EvaluatorID string        `json:"evaluator_id"`
	Evaluator   string        `json:"evaluator"`
	Subject     subjectBody   `json:"subject"`
	Rubric      policy.Review `json:"rubric"`
	Draft       *review.Draft `json:"draft,omitempty" doc:"one's own, or handed in"`
	Total       *string       `json:"total,omitempty" doc:"decimal, as last handed in"`
	Vetoed      bool          `json:"vetoed"`
	Missing     []missingBody `json:"missing" doc:"own, while scoring: what handing in would refuse"`
	Others      []string      `json:"others" doc:"own, once in: the others' totals without names"`
	CommittedAt *time.Time    `json:"committed_at,omitempty"`
	ScoredAt    *time.Time    `json:"scored_at,omitempty"`
	InvitedAt   time.Time     `json:"invited_at"`
	Course
}

func (a *API) review(c *call, in *oneInput) (*reply[reviewBody], error) {
	v, err := a.Reviews.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[reviewBody]{ETag: etag(v.Version), Body: a.reviewOf(c.lang, v)}, nil
}

func (a *API) reviewOf(lang wording.Lang, v review.View) reviewBody {
	kind, s := workflows.Review.Kind, v.Subject
	b := reviewBody{ID: v.ID, Number: v.Number, State: stateOf(kind, v.State), Version: v.Version, Own: v.Own, EvaluatorID: v.EvaluatorID, Evaluator: v.Evaluator,
		Subject: subjectBody{Kind: s.Ref.Kind, ID: s.Ref.ID, Number: s.Number, Title: s.Title, State: s.State, Unit: s.Unit, BodyName: s.BodyName, RuleSetID: s.RuleSetID},
		Rubric:  v.Rubric, Total: points(v.Total), Vetoed: v.Vetoed, CommittedAt: utc(v.Committed), ScoredAt: utc(v.Scored), InvitedAt: v.Invited.UTC(),
		Others: each(v.Others, policy.Points.String), Course: courseOf(lang, kind, v.Clocks, v.History, v.Choices)}
	b.Missing = a.missing(lang, v.Missing)
	if v.Written {
		b.Draft = &v.Draft
	}
	return b
}

type scoresInput struct {
	Case
	Versioned
	Body struct {
		Scores  map[string]markBody `json:"scores" maxProperties:"100" doc:"by criterion"`
		Vetoes  []raisedBody        `json:"vetoes,omitempty" maxItems:"50"`
		Comment string              `json:"comment,omitempty" maxLength:"20000"`
		Version int64               `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

type markBody struct {
	Points string `json:"points" maxLength:"20" doc:"decimal, at most two places; empty: not scored yet"`
	Reason string `json:"reason,omitempty" maxLength:"8000"`
}

type raisedBody struct {
	Code   string `json:"code" maxLength:"60"`
	Reason string `json:"reason,omitempty" maxLength:"8000"`
}

func (a *API) saveScores(c *call, in *scoresInput) (*reply[savedBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	d := review.Draft{Scores: map[string]review.Mark{}, Comment: in.Body.Comment}
	for code, m := range in.Body.Scores {
		d.Scores[code] = review.Mark{Points: m.Points, Reason: m.Reason}
	}
	for _, v := range in.Body.Vetoes {
		d.Vetoes = append(d.Vetoes, review.Raised{Code: v.Code, Reason: v.Reason})
	}
	return saved(a.Reviews.SaveScores(c.ctx, c.actor, in.ID, version, d))
}
