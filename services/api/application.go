package api

import (
	"time"

	"clusterzone/services/application"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type startInput struct {
	Keyed
	Body struct {
		RoundID string `json:"round_id" maxLength:"64"`
		Name    string `json:"name" maxLength:"400" doc:"name of the zone applied for"`
		From    string `json:"from,omitempty" maxLength:"64" doc:"an earlier application of the unit whose values are carried over"`
		BodyID  string `json:"body_id,omitempty" maxLength:"64" doc:"the body of the unit profile that fills the draft; none leaves it empty"`
	}
}

func (a *API) createApplication(c *call, in *startInput) (*reply[outcomeBody], error) {
	return started(a.Applications.Create(c.ctx, c.actor, application.Start{RoundID: in.Body.RoundID, Name: in.Body.Name, Key: in.Key,
		From: in.Body.From, Body: in.Body.BodyID}))
}

type applicationQuery struct {
	State  string `query:"state" maxLength:"40"`
	Round  string `query:"round_id" maxLength:"64"`
	Unit   string `query:"unit" maxLength:"40"`
	Sector string `query:"sector" maxLength:"40"`
	Text   string `query:"q" maxLength:"100" doc:"part of the number, the name or the unit's name"`
	Before string `query:"before" maxLength:"64" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type applicationLine struct {
	ID          string     `json:"id"`
	Number      string     `json:"number"`
	Name        string     `json:"name"`
	Unit        string     `json:"unit"`
	UnitName    string     `json:"unit_name"`
	RoundID     string     `json:"round_id"`
	State       stateBody  `json:"state"`
	Version     int64      `json:"version"`
	DueOn       string     `json:"due_on,omitempty"`
	Overdue     bool       `json:"overdue"`
	SubmittedAt *time.Time `json:"submitted_at,omitempty"`
	UpdatedAt   time.Time  `json:"updated_at"`
	Demo        bool       `json:"demo" doc:"invented, for demonstration"`
}

func (a *API) listApplications(c *call, in *applicationQuery) (*reply[list[applicationLine]], error) {
	found, err := a.Applications.List(c.ctx, c.actor, application.Filter{State: workflows.State(in.State), RoundID: in.Round, Unit: in.Unit, Sector: in.Sector,
		Text: in.Text, Before: in.Before, Limit: in.Limit})
	next := ""
	if len(found) > 0 && len(found) == in.Limit {
		next = found[len(found)-1].ID
	}
	return page(each(found, func(l application.Line) applicationLine {
		return applicationLine{ID: l.ID, Number: l.Number, Name: l.Name, Unit: l.Unit, UnitName: l.UnitName, RoundID: l.RoundID,
			State: stateOf(workflows.Application.Kind, l.State), Version: l.Version, DueOn: l.DueOn, Overdue: l.Overdue, SubmittedAt: utc(l.SubmittedAt),
			UpdatedAt: l.UpdatedAt.UTC(), Demo: l.Demo}
	}), next), err
}

type applicationBody struct {
	ID             string              `json:"id"`
	Number         string              `json:"number"`
	Name           string              `json:"name"`
	Unit           string              `json:"unit"`
	RoundID        string              `json:"round_id"`
	RoundNameZh    string              `json:"round_name_zh"`
	RoundNameEn    string              `json:"round_name_en"`
	RuleSetID      string              `json:"rule_set_id"`
	State          stateBody           `json:"state"`
	Version        int64               `json:"version"`
	Content        application.Content `json:"content"`
	Working        bool                `json:"working" doc:"the content is the draft, not the submitted version"`
	SubmittedNo    int                 `json:"submitted_no"`
	Digest         string              `json:"digest,omitempty" doc:"SHA-256 of the submitted version shown"`
	SubmittedAt    *time.Time          `json:"submitted_at,omitempty"`
	AcceptedAt     *time.Time          `json:"accepted_at,omitempty"`
	DecidedAt      *time.Time          `json:"decided_at,omitempty"`
	DocumentNumber string              `json:"document_number,omitempty"`
	Recommendation string              `json:"recommendation,omitempty"`
	Demo           bool                `json:"demo"`
	OpenParts      []string            `json:"open_parts" doc:"what may be changed now; * is all"`
	Files          []fileBody          `json:"files"`
	Slots          []policy.Slot       `json:"slots"`
	Problems       []findingBody       `json:"problems"`
	Checks         []checkBody         `json:"checks"`
	Verdicts       []verdictBody       `json:"verdicts"`
	Items          []itemBody          `json:"items"`
	Opinions       []opinionBody       `json:"opinions"`
	Carried        *carriedBody        `json:"carried,omitempty" doc:"what the draft was filled from"`
	SentBack       *sentBackBody       `json:"sent_back,omitempty" doc:"why the leader did not sign"`
	UpdatedAt      time.Time           `json:"updated_at"`
	Course
}

type findingBody struct {
	Path     string `json:"path"`
	Code     string `json:"code"`
	Check    string `json:"check,omitempty"`
	Severity string `json:"severity" doc:"refuse blocks filing; warn is shown only"`
	Part     string `json:"part,omitempty"`
	Message  string `json:"message"`
}

type checkBody struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Part     string `json:"part"`
	Passed   bool   `json:"passed"`
	Problems int    `json:"problems"`
}

type verdictBody struct {
	Part    string    `json:"part"`
	Verdict string    `json:"verdict"`
	Note    string    `json:"note"`
	Person  string    `json:"person_id"`
	At      time.Time `json:"at"`
}

type itemBody struct {
	ID         string     `json:"id"`
	AnchorKind string     `json:"anchor_kind" doc:"field, clarification or slot"`
	Anchor     string     `json:"anchor"`
	Words      string     `json:"words"`
	Answer     string     `json:"answer"`
	Done       bool       `json:"done"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Version    int64      `json:"version" doc:"of the item; the answer to it names it"`
	Slot       string     `json:"slot" doc:"slot of the files that belong to the answer"`
}

func (a *API) application(c *call, in *oneInput) (*reply[applicationBody], error) {
	v, err := a.Applications.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[applicationBody]{ETag: etag(v.Version), Body: a.applicationOf(c.lang, v)}, nil
}

func (a *API) applicationOf(lang wording.Lang, v application.View) applicationBody {
	kind := workflows.Application.Kind
	return applicationBody{ID: v.ID, Number: v.Number, Name: v.Name, Unit: v.Unit, RoundID: v.RoundID, RoundNameZh: v.RoundName, RoundNameEn: v.RoundNameEn,
		RuleSetID: v.RuleSetID, State: stateOf(kind, v.State), Version: v.Version, Content: v.Content, Working: v.Working, SubmittedNo: v.SubmittedNo,
		Digest: v.Digest, SubmittedAt: utc(v.SubmittedAt), AcceptedAt: utc(v.AcceptedAt), DecidedAt: utc(v.DecidedAt), DocumentNumber: v.DocumentNumber,
		Recommendation: v.Recommendation, Demo: v.Demo, OpenParts: orNone(v.OpenParts), Files: each(v.Files, fileOf), Slots: orNone(v.Slots),
		Problems: a.findings(lang, v.Problems), Checks: a.checks(lang, v.Checks), Verdicts: each(v.Verdicts, verdictOf), Items: each(v.Items, itemOf),
		Opinions: each(v.Opinions, opinionOf), Carried: carriedOf(v.Carried), SentBack: sentBackOf(v.SentBack), UpdatedAt: v.UpdatedAt.UTC(), Course: courseOf(lang, kind, v.Clocks, v.History, v.Choices)}
}

func (a *API) findings(lang wording.Lang, problems []application.Problem) []findingBody {
	return each(problems, func(p application.Problem) findingBody {
		return findingBody{Path: p.Path, Code: p.Code, Check: p.Check, Severity: string(p.Severity), Part: p.Clarification, Message: a.Teller.Text(lang, p.Code, p.Params)}
	})
}

func (a *API) checks(lang wording.Lang, results []application.CheckResult) []checkBody {
	return each(results, func(r application.CheckResult) checkBody {
		return checkBody{Name: r.Name, Title: a.Words.Text(lang, r.TitleKey, nil), Part: r.Clarification, Passed: r.Passed, Problems: len(r.Problems)}
	})
}

func verdictOf(v application.Verdict) verdictBody {
	return verdictBody{Part: v.Part, Verdict: v.Verdict, Note: v.Note, Person: v.Person, At: v.At.UTC()}
}

func itemOf(i application.CorrectionItem) itemBody {
	return itemBody{ID: i.ID, AnchorKind: i.AnchorKind, Anchor: i.Anchor, Words: i.Words, Answer: i.Answer, Done: i.Done, AnsweredAt: utc(i.AnsweredAt),
		Version: i.Version, Slot: application.AnswerSlot(i.ID)}
}
