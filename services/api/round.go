package api

import (
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

type roundBody struct {
	ID        string    `json:"id"`
	Code      string    `json:"code"`
	NameZh    string    `json:"name_zh"`
	NameEn    string    `json:"name_en"`
	Year      int       `json:"year"`
	OpensAt   time.Time `json:"opens_at"`
	ClosesAt  time.Time `json:"closes_at"`
	Open      bool      `json:"open" doc:"filing is possible now"`
	Quota     int       `json:"quota" doc:"submitted applications per unit"`
	RuleSetID string    `json:"rule_set_id"`
	Demo      bool      `json:"demo"`
	Version   int64     `json:"version"`
}

func roundOf(r policy.Round, now time.Time) roundBody {
	return roundBody{ID: r.ID, Code: r.Code, NameZh: r.Name, NameEn: r.NameEn, Year: r.Year, OpensAt: r.OpensAt.UTC(), ClosesAt: r.ClosesAt.UTC(), Open: r.Open(now),
		Quota: r.Quota, RuleSetID: r.RuleSetID, Demo: r.Demo, Version: r.Version}
}

func (a *API) rounds(c *call, _ *nothing) (out *reply[list[roundBody]], err error) {
	err = a.DB.View(c.ctx, func(tx *database.Tx) error {
		found, err := a.Book.Rounds(tx)
		out = page(each(found, func(r policy.Round) roundBody { return roundOf(r, tx.Now()) }), "")
		return err
	})
	return out, err
}

func (a *API) round(c *call, in *oneInput) (out *reply[roundBody], err error) {
	err = a.DB.View(c.ctx, func(tx *database.Tx) error {
		r, err := a.Book.RoundByID(tx, in.ID)
		out = &reply[roundBody]{ETag: etag(r.Version), Body: roundOf(r, tx.Now())}
		return err
	})
	return out, err
}

type newRoundInput struct {
	Keyed
	Body struct {
		Code     string    `json:"code" minLength:"1" maxLength:"20" pattern:"^[A-Za-z0-9-]+$"`
		Name     string    `json:"name" minLength:"2" maxLength:"100"`
		NameEn   string    `json:"name_en" minLength:"2" maxLength:"100"`
		OpensAt  time.Time `json:"opens_at"`
		ClosesAt time.Time `json:"closes_at"`
		Quota    int       `json:"quota,omitempty" minimum:"1" maximum:"1000" doc:"submitted applications per unit; absent: the rule set's"`
	}
}

// check refuses instants that no round can have.
func (in *newRoundInput) check() error {
	var fields []fault.Field
	for path, t := range map[string]time.Time{"opens_at": in.Body.OpensAt, "closes_at": in.Body.ClosesAt} {
		if y := t.Year(); y < 2016 || y > 2200 {
			fields = append(fields, fault.Field{Path: path, Code: "out_of_range", Params: map[string]string{"Min": "2016", "Max": "2200"}})
		}
	}
	for path, text := range map[string]string{"name": in.Body.Name, "name_en": in.Body.NameEn} {
		if strings.TrimSpace(text) == "" {
			fields = append(fields, fault.Field{Path: path, Code: "required"})
		}
	}
	if len(fields) > 0 {
		return fault.Bad(fields...)
	}
	return nil
}

// openRound opens a filing window under the newest published rule set; the commission's
// officers and directors may.
func (a *API) openRound(c *call, in *newRoundInput) (out *reply[roundBody], err error) {
	if !c.actor.Any(workflows.Officer, workflows.Director) {
		return nil, fault.New(fault.Forbidden, "forbidden")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	err = a.DB.Update(c.ctx, func(tx *database.Tx) error {
		r, err := a.putRound(tx, c, in)
		out = &reply[roundBody]{ETag: etag(r.Version), Location: Prefix + "/rounds/" + r.ID, Body: roundOf(r, tx.Now())}
		return err
	})
	return out, err
}

func (a *API) putRound(tx *database.Tx, c *call, in *newRoundInput) (policy.Round, error) {
	id, rules, err := a.Book.CurrentRuleSet(tx)
	if err != nil {
		return policy.Round{}, err
	}
	b := in.Body
	if b.Quota == 0 {
		b.Quota = rules.Filing.Quota.Value
	}
	r, err := a.Book.PutRound(tx, policy.Round{Code: b.Code, Name: strings.TrimSpace(b.Name), NameEn: strings.TrimSpace(b.NameEn), Year: workflows.DateOf(b.OpensAt).Year,
		OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, Quota: b.Quota, RuleSetID: id})
	if err != nil {
		return r, err
	}
	if !r.CreatedAt.Equal(tx.Now()) {
		return r, fault.New(fault.Conflict, "duplicate")
	}
	return r, casework.Record(tx, c.actor, "round.open", casework.Ref{Kind: "round", ID: r.ID}, map[string]any{"code": r.Code, "name": r.Name,
		"opens_at": r.OpensAt, "closes_at": r.ClosesAt, "quota": r.Quota, "rule_set": id})
}
