package api

import (
	"net/http"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// expertRoutes are the pool of evaluators, draws from it, and recusals.
func (a *API) expertRoutes() {
	officer, director := []workflows.Role{workflows.Officer}, []workflows.Role{workflows.Director}
	watchers := []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director, workflows.Supervision}
	add(a, spec{method: http.MethodGet, path: "/experts", id: "list-experts", summary: "The pool of evaluators with what they have done", roles: watchers}, a.experts)
	add(a, spec{method: http.MethodGet, path: "/experts/{id}", id: "read-expert", summary: "One evaluator's record: one's own, or any for the commission"}, a.expert)
	add(a, spec{method: http.MethodPut, path: "/experts/{id}", id: "save-expert", summary: "Replace a record; evaluators confirm the own one by it",
		roles: []workflows.Role{workflows.Officer, workflows.Evaluator}}, a.saveExpert)
	add(a, spec{method: http.MethodGet, path: "/draws", id: "list-draws", summary: "Draws of panels, newest first", roles: watchers}, a.draws)
	add(a, spec{method: http.MethodPost, path: "/draws", id: "make-draw", summary: "Draw the empty seats of cases together; nobody is asked yet", created: true, roles: officer}, a.makeDraw)
	add(a, spec{method: http.MethodGet, path: "/draws/{id}", id: "read-draw", summary: "One draw with its reasons and what it can be made again from", roles: watchers}, a.drawing)
	add(a, spec{method: http.MethodGet, path: "/draws/{id}/check", id: "check-draw", summary: "Draw again from the record and compare", roles: watchers}, a.checkDraw)
	add(a, spec{method: http.MethodPost, path: "/draws/{id}/replace", id: "replace-drawn", summary: "Put somebody else on a seat, with a reason", roles: officer}, a.replaceDrawn)
	add(a, spec{method: http.MethodPost, path: "/draws/{id}/confirm", id: "confirm-draw", summary: "Send the invitations of a draw, all or none", roles: officer}, a.confirmDraw)
	for _, w := range []*workflows.Workflow{workflows.Application, workflows.Evaluation} {
		kind, word := w.Kind, string(w.Kind)
		var may reading = a.Applications
		if kind == workflows.Evaluation.Kind {
			may = a.Evaluations
		}
		path := "/" + word + "s/{id}/recusals"
		add(a, spec{method: http.MethodGet, path: path, id: "list-" + word + "-recusals", summary: w.Label.En + ": recusals and requests about them", roles: watchers}, a.recusals(kind, may))
		add(a, spec{method: http.MethodPost, path: path, id: "declare-" + word + "-recusal", summary: w.Label.En + ": declare a recusal", created: true, roles: watchers}, a.declareRecusal(kind, may))
		add(a, spec{method: http.MethodPost, path: path + "/requests", id: "ask-" + word + "-recusal-change", summary: w.Label.En + ": ask another director to lift or restore a recusal",
			created: true, roles: director}, a.askOverride(kind, may))
		add(a, spec{method: http.MethodPost, path: path + "/requests/{item}", id: "answer-" + word + "-recusal-change", summary: w.Label.En + ": confirm or refuse such a request",
			roles: director}, a.answerOverride(kind, may))
	}
}

type postBody struct {
	Employer string `json:"employer" maxLength:"100"`
	Title    string `json:"title,omitempty" maxLength:"100"`
	From     string `json:"from" maxLength:"10" doc:"local date"`
	To       string `json:"to,omitempty" maxLength:"10" doc:"local date; empty: still"`
}

type expertBody struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Unit        string     `json:"unit"`
	Employer    string     `json:"employer"`
	Title       string     `json:"title"`
	Fields      []string   `json:"fields" doc:"sectors"`
	InPool      bool       `json:"in_pool"`
	UntilOn     string     `json:"until_on,omitempty"`
	Remark      string     `json:"remark,omitempty" doc:"for the commission"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	Version     int64      `json:"version"`
	Posts       []postBody `json:"posts"`
	Asked       int        `json:"asked" doc:"over cases that the caller may see, like the counts below"`
	Open        int        `json:"open"`
	Scored      int        `json:"scored"`
	Declined    int        `json:"declined"`
	Recused     int        `json:"recused"`
	Expired     int        `json:"expired"`
	Lean        *string    `json:"lean,omitempty" doc:"mean of the own total minus the panel's mean, decimal"`
}

func (a *API) expertOf(c *call, e review.Expert) expertBody {
	b := expertBody{ID: e.ID, Name: e.Name, Unit: e.Unit, Employer: e.Employer, Title: e.Title, Fields: orNone(e.Fields), InPool: e.InPool, UntilOn: e.UntilOn,
		ConfirmedAt: utc(e.ConfirmedAt), Version: e.Version, Asked: e.Record.Asked, Open: e.Record.Open, Scored: e.Record.Scored, Declined: e.Record.Declined,
		Recused: e.Record.Recused, Expired: e.Record.Expired, Lean: points(e.Record.Lean)}
	b.Posts = each(e.Posts, func(p review.Post) postBody {
		return postBody{Employer: p.Employer, Title: p.Title, From: p.From, To: p.To}
	})
	if b.Posts == nil {
		b.Posts = []postBody{}
	}
	if c.actor.ReadsAll() && c.actor.ID != e.ID {
		b.Remark = e.Remark
	}
	return b
}

type expertsInput struct {
	Text   string `query:"text" maxLength:"100"`
	Sector string `query:"sector" maxLength:"60"`
	Pool   string `query:"pool" maxLength:"3" enum:"in,out" doc:"only those in the pool, or not in it"`
}

func (a *API) experts(c *call, in *expertsInput) (*reply[list[expertBody]], error) {
	found, err := a.Reviews.Experts(c.ctx, c.actor, review.ExpertFilter{Text: in.Text, Sector: in.Sector, Pool: in.Pool})
	return page(each(found, func(e review.Expert) expertBody { return a.expertOf(c, e) }), ""), err
}

func (a *API) expert(c *call, in *oneInput) (*reply[expertBody], error) {
	e, err := a.Reviews.Expert(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[expertBody]{ETag: etag(e.Version), Body: a.expertOf(c, e)}, nil
}

type expertInput struct {
	Case
	Body struct {
		Version  int64      `json:"version" minimum:"0" doc:"as read; 0: no record is kept yet"`
		Title    string     `json:"title,omitempty" maxLength:"100"`
		Employer string     `json:"employer,omitempty" maxLength:"100"`
		Fields   []string   `json:"fields,omitempty" maxItems:"20"`
		InPool   bool       `json:"in_pool,omitempty"`
		UntilOn  string     `json:"until_on,omitempty" maxLength:"10"`
		Remark   string     `json:"remark,omitempty" maxLength:"1000"`
		Posts    []postBody `json:"posts,omitempty" maxItems:"30"`
	}
}

func (a *API) saveExpert(c *call, in *expertInput) (*reply[expertBody], error) {
	b := in.Body
	edit := review.ExpertEdit{Title: b.Title, Employer: b.Employer, Fields: b.Fields, InPool: b.InPool, UntilOn: b.UntilOn, Remark: b.Remark}
	for _, p := range b.Posts {
		edit.Posts = append(edit.Posts, review.Post{Employer: p.Employer, Title: p.Title, From: p.From, To: p.To})
	}
	e, err := a.Reviews.SaveExpert(c.ctx, c.actor, in.ID, b.Version, edit)
	if err != nil {
		return nil, err
	}
	return &reply[expertBody]{ETag: etag(e.Version), Body: a.expertOf(c, e)}, nil
}

type drawCaseBody struct {
	Kind string `json:"kind" enum:"application,evaluation"`
	ID   string `json:"id" maxLength:"64"`
}

func (r drawCaseBody) ref() (casework.Ref, error) {
	if !plain(r.ID) {
		return casework.Ref{}, fault.Missing()
	}
	return casework.Ref{Kind: workflows.Kind(r.Kind), ID: r.ID}, nil
}

type seatBody struct {
	Seat     int    `json:"seat"`
	ExpertID string `json:"expert_id"`
	Name     string `json:"name"`
	Sector   string `json:"sector"`
	Match    bool   `json:"match" doc:"the seat's sector is one of the evaluator's fields"`
	Load     int    `json:"load" doc:"open cases before the draw"`
	Asked    int    `json:"asked" doc:"cases of the last year"`
	Paired   int    `json:"paired" doc:"earlier reviews of this applicant"`
	Shares   int    `json:"shares" doc:"others of the same employer on the panel"`
	Changed  bool   `json:"changed"`
	Was      string `json:"was,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type outBody struct {
	ExpertID string `json:"expert_id"`
	Name     string `json:"name"`
	Why      string `json:"why"`
}

type drawnBody struct {
	Case   drawCaseBody `json:"case"`
	Number string       `json:"number"`
	Title  string       `json:"title"`
	Seats  int          `json:"seats"`
	Empty  int          `json:"empty"`
	Nth    int          `json:"nth" doc:"how many draws the case has had, this one counted"`
	Picks  []seatBody   `json:"picks"`
	Out    []outBody    `json:"out" doc:"who could not be drawn"`
}

type drawBody struct {
	ID          string      `json:"id"`
	Number      string      `json:"number"`
	Version     int64       `json:"version"`
	Seed        string      `json:"seed"`
	Digest      string      `json:"digest" doc:"SHA-256 of the recorded input"`
	Engine      int         `json:"engine" doc:"version of the rules by which it was drawn"`
	Cost        int64       `json:"cost"`
	DrawnBy     string      `json:"drawn_by"`
	DrawnAt     time.Time   `json:"drawn_at"`
	ConfirmedAt *time.Time  `json:"confirmed_at,omitempty"`
	Cases       []drawnBody `json:"cases"`
}

func (a *API) drawOf(c *call, d review.Drawing) drawBody {
	b := drawBody{ID: d.ID, Number: d.Number, Version: d.Version, Seed: d.Seed, Digest: d.Digest, Engine: d.Engine, Cost: d.Cost, DrawnBy: d.DrawnBy, DrawnAt: d.DrawnAt.UTC(),
		ConfirmedAt: utc(d.ConfirmedAt), Cases: []drawnBody{}}
	for _, x := range d.Cases {
		one := drawnBody{Case: drawCaseBody{string(x.Ref.Kind), x.Ref.ID}, Number: x.Number, Title: x.Title, Seats: x.Seats, Empty: x.Empty, Nth: x.Nth, Picks: []seatBody{}, Out: []outBody{}}
		for i, s := range x.Picks {
			one.Picks = append(one.Picks, seatBody{Seat: i, ExpertID: s.Expert, Name: s.Name, Sector: s.Sector, Match: s.Match, Load: s.Load, Asked: s.Asked, Paired: s.Paired,
				Shares: s.Shares, Changed: s.Changed, Was: s.Was, Reason: s.Reason})
		}
		for _, o := range x.Out {
			one.Out = append(one.Out, outBody{ExpertID: o.ID, Name: o.Name, Why: a.Teller.Text(c.lang, o.Why, map[string]string{"Name": o.Name})})
		}
		b.Cases = append(b.Cases, one)
	}
	return b
}

func (a *API) draws(c *call, _ *struct{}) (*reply[list[drawBody]], error) {
	found, err := a.Reviews.Drawings(c.ctx, c.actor, casework.Ref{})
	return page(each(found, func(d review.Drawing) drawBody { return a.drawOf(c, d) }), ""), err
}

func (a *API) drawing(c *call, in *oneInput) (*reply[drawBody], error) { return a.readDraw(c, in.ID) }

func (a *API) readDraw(c *call, id string) (*reply[drawBody], error) {
	d, err := a.Reviews.Drawing(c.ctx, c.actor, id)
	if err != nil {
		return nil, err
	}
	return &reply[drawBody]{ETag: etag(d.Version), Body: a.drawOf(c, d)}, nil
}

type drawInput struct {
	Body struct {
		Cases []drawCaseBody `json:"cases" maxItems:"60"`
	}
	Keyed
}

func (a *API) makeDraw(c *call, in *drawInput) (*reply[drawBody], error) {
	refs := make([]casework.Ref, len(in.Body.Cases))
	for i, x := range in.Body.Cases {
		var err error
		if refs[i], err = x.ref(); err != nil {
			return nil, err
		}
	}
	id, err := a.Reviews.Draw(c.ctx, c.actor, refs)
	if err != nil {
		return nil, err
	}
	return a.readDraw(c, id)
}

type drawCheckBody struct {
	InputWhole bool `json:"input_whole"`
	Same       bool `json:"same"`
}

func (a *API) checkDraw(c *call, in *oneInput) (*reply[drawCheckBody], error) {
	got, err := a.Reviews.Check(c.ctx, c.actor, in.ID)
	return &reply[drawCheckBody]{Body: drawCheckBody{got.InputWhole, got.Same}}, err
}

type replaceInput struct {
	Case
	Keyed
	Body struct {
		Version  int64        `json:"version" minimum:"1"`
		Case     drawCaseBody `json:"case"`
		Seat     int          `json:"seat" minimum:"0" maximum:"100"`
		ExpertID string       `json:"expert_id" maxLength:"64"`
		Reason   string       `json:"reason" maxLength:"8000"`
	}
}

func (a *API) replaceDrawn(c *call, in *replaceInput) (*reply[drawBody], error) {
	ref, err := in.Body.Case.ref()
	if err == nil {
		err = a.Reviews.Replace(c.ctx, c.actor, in.ID, review.Replacement{Ref: ref, Seat: in.Body.Seat, ExpertID: in.Body.ExpertID, Reason: in.Body.Reason, Version: in.Body.Version})
	}
	if err != nil {
		return nil, err
	}
	return a.readDraw(c, in.ID)
}

type confirmDrawInput struct {
	Case
	Keyed
	Body struct {
		Version int64 `json:"version" minimum:"1"`
	}
}

func (a *API) confirmDraw(c *call, in *confirmDrawInput) (*reply[list[outcomeBody]], error) {
	out, err := a.Reviews.Confirm(c.ctx, c.actor, in.ID, in.Body.Version)
	return page(each(out, outcomeOf), ""), err
}
