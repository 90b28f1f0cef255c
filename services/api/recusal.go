package api

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

type recusalBody struct {
	PersonID string    `json:"person_id"`
	Person   string    `json:"person"`
	Kind     string    `json:"kind" doc:"unit, employer, named, financial or other"`
	Source   string    `json:"source" doc:"declared, office or detected"`
	Reason   string    `json:"reason"`
	Evidence string    `json:"evidence,omitempty"`
	By       string    `json:"by,omitempty" doc:"absent: the machine"`
	At       time.Time `json:"at"`
	Version  int64     `json:"case_version"`
}

type overrideBody struct {
	ID         string     `json:"id"`
	PersonID   string     `json:"person_id"`
	Person     string     `json:"person"`
	Direction  string     `json:"direction" doc:"lift or restore"`
	Reason     string     `json:"reason"`
	UntilOn    string     `json:"until_on,omitempty"`
	AskedBy    string     `json:"asked_by"`
	AskedAt    time.Time  `json:"asked_at"`
	Answer     string     `json:"answer,omitempty" doc:"confirmed or refused"`
	Answerer   string     `json:"answered_by,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Over       bool       `json:"over" doc:"a lift that has ended"`
}

type recusalsBody struct {
	InForce  []recusalBody  `json:"in_force"`
	Requests []overrideBody `json:"requests" doc:"newest first"`
}

// recusals lists who is recused from a case, to the commission and supervision.
func (a *API) recusals(kind workflows.Kind, may reading) func(*call, *oneInput) (*reply[recusalsBody], error) {
	return func(c *call, in *oneInput) (*reply[recusalsBody], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		return a.readRecusals(c, casework.Ref{Kind: kind, ID: in.ID})
	}
}

func (a *API) readRecusals(c *call, ref casework.Ref) (*reply[recusalsBody], error) {
	x, err := a.Reviews.Recusals(c.ctx, c.actor, ref)
	if err != nil {
		return nil, err
	}
	b := recusalsBody{InForce: []recusalBody{}, Requests: []overrideBody{}}
	for _, r := range x.InForce {
		b.InForce = append(b.InForce, recusalBody{PersonID: r.PersonID, Person: r.Person, Kind: r.Kind, Source: r.Source, Reason: r.Reason, Evidence: r.Evidence, By: r.By, At: r.At.UTC(), Version: r.Version})
	}
	for _, o := range x.Overrides {
		b.Requests = append(b.Requests, overrideBody{ID: o.ID, PersonID: o.PersonID, Person: o.Person, Direction: o.Direction, Reason: o.Reason, UntilOn: o.UntilOn, AskedBy: o.Asker,
			AskedAt: o.AskedAt.UTC(), Answer: o.Answer, Answerer: o.Answerer, AnsweredAt: utc(o.AnsweredAt), Over: o.Over})
	}
	return &reply[recusalsBody]{Body: b}, nil
}

type declareInput struct {
	Case
	Keyed
	Body struct {
		PersonID string `json:"person_id,omitempty" maxLength:"64" doc:"absent: oneself"`
		Kind     string `json:"kind" maxLength:"20"`
		Reason   string `json:"reason" maxLength:"8000"`
	}
}

// declaredBody says that a recusal is recorded; a person who declares the own one can read
// nothing more of the case.
type declaredBody struct {
	PersonID string `json:"person_id"`
	Kind     string `json:"kind"`
}

func (a *API) declareRecusal(kind workflows.Kind, may reading) func(*call, *declareInput) (*reply[declaredBody], error) {
	return func(c *call, in *declareInput) (*reply[declaredBody], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		b := declaredBody{in.Body.PersonID, in.Body.Kind}
		if b.PersonID == "" {
			b.PersonID = c.actor.ID
		}
		if !plain(b.PersonID) {
			return nil, fault.BadField("person_id", "not_text")
		}
		err := a.Reviews.DeclareFor(c.ctx, c.actor, casework.Ref{Kind: kind, ID: in.ID}, review.Recusal{PersonID: b.PersonID, Kind: b.Kind, Reason: in.Body.Reason})
		if fault.Is(err, fault.NotFound) {
			err = fault.BadField("person_id", "unknown")
		}
		return &reply[declaredBody]{Body: b}, err
	}
}

type askInput struct {
	Case
	Keyed
	Body struct {
		PersonID  string `json:"person_id" maxLength:"64"`
		Direction string `json:"direction" enum:"lift,restore"`
		Reason    string `json:"reason" maxLength:"8000"`
		UntilOn   string `json:"until_on,omitempty" maxLength:"10" doc:"last day of a lift"`
	}
}

func (a *API) askOverride(kind workflows.Kind, may reading) func(*call, *askInput) (*reply[recusalsBody], error) {
	return func(c *call, in *askInput) (*reply[recusalsBody], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		ref := casework.Ref{Kind: kind, ID: in.ID}
		if !plain(in.Body.PersonID) {
			return nil, fault.BadField("person_id", "not_text")
		}
		_, err := a.Reviews.AskOverride(c.ctx, c.actor, ref, review.Ask{PersonID: in.Body.PersonID, Direction: in.Body.Direction, Reason: in.Body.Reason, UntilOn: in.Body.UntilOn})
		if err != nil {
			return nil, err
		}
		return a.readRecusals(c, ref)
	}
}

type overrideInput struct {
	Case
	Keyed
	Item string `path:"item" maxLength:"64"`
	Body struct {
		Confirm bool `json:"confirm"`
	}
}

func (a *API) answerOverride(kind workflows.Kind, may reading) func(*call, *overrideInput) (*reply[recusalsBody], error) {
	return func(c *call, in *overrideInput) (*reply[recusalsBody], error) {
		if err := a.mayRead(c, may, in.ID); err != nil {
			return nil, err
		}
		ref := casework.Ref{Kind: kind, ID: in.ID}
		if err := a.Reviews.AnswerOverride(c.ctx, c.actor, ref, in.Item, in.Body.Confirm); err != nil {
			return nil, err
		}
		return a.readRecusals(c, ref)
	}
}
