package api

import (
	"encoding/json"

	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/wording"
)

type openInput struct {
	Keyed
	Body struct {
		ZoneID string `json:"zone_id" maxLength:"64"`
		Year   int    `json:"year" minimum:"2000" maximum:"2200"`
		Due    string `json:"due,omitempty" maxLength:"10" doc:"last day of the self-report; absent: the rule set's"`
	}
}

func (a *API) openEvaluation(c *call, in *openInput) (*reply[outcomeBody], error) {
	return started(a.Evaluations.Open(c.ctx, c.actor, evaluation.Opening{ZoneID: in.Body.ZoneID, Year: in.Body.Year, Due: in.Body.Due, Key: in.Key}))
}

type sheetInput struct {
	Case
	Versioned
	Body struct {
		Sheet   json.RawMessage `json:"sheet" doc:"the whole column: figures, targets, bonuses, deductions, vetoes, notes, carried"`
		Version int64           `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

// keptBody is the answer to a save of what may still be incomplete.
type keptBody struct {
	Version int64         `json:"version"`
	Missing []missingBody `json:"missing"`
}

func (a *API) kept(lang wording.Lang, s evaluation.Saved, err error) (*reply[keptBody], error) {
	if err != nil {
		return nil, err
	}
	return &reply[keptBody]{ETag: etag(s.Version), Body: keptBody{Version: s.Version, Missing: a.missing(lang, s.Problems)}}, nil
}

func (a *API) missing(lang wording.Lang, fields []fault.Field) []missingBody {
	return each(fields, func(f fault.Field) missingBody {
		return missingBody{Path: f.Path, Code: f.Code, Message: a.Teller.Text(lang, f.Code, f.Params)}
	})
}

func (a *API) saveSelf(c *call, in *sheetInput) (*reply[keptBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	s, err := a.Evaluations.SaveSelf(c.ctx, c.actor, in.ID, version, in.Body.Sheet)
	return a.kept(c.lang, s, err)
}

func (a *API) saveChecked(c *call, in *sheetInput) (*reply[keptBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	s, err := a.Evaluations.SaveChecked(c.ctx, c.actor, in.ID, version, in.Body.Sheet)
	return a.kept(c.lang, s, err)
}

type itemDone struct {
	ID     string `json:"id" maxLength:"64"`
	Result string `json:"result" maxLength:"8000" doc:"what the unit did; empty: nothing yet"`
}

type itemChecked struct {
	ID      string `json:"id" maxLength:"64"`
	Verdict string `json:"verdict" enum:"pass,fail," doc:"empty: not looked at yet"`
	Note    string `json:"note,omitempty" maxLength:"8000" doc:"required with fail"`
}

type itemsInput struct {
	Case
	Versioned
	Body struct {
		Items   []itemDone `json:"items" maxItems:"200"`
		Version int64      `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) saveItems(c *call, in *itemsInput) (*reply[keptBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	items := make([]evaluation.ItemResult, 0, len(in.Body.Items))
	for _, it := range in.Body.Items {
		items = append(items, evaluation.ItemResult{ID: it.ID, Result: it.Result})
	}
	s, err := a.Rectifications.SaveItems(c.ctx, c.actor, in.ID, version, items)
	return a.kept(c.lang, s, err)
}

type recheckInput struct {
	Case
	Versioned
	Body struct {
		Items   []itemChecked `json:"items" maxItems:"200"`
		Version int64         `json:"version,omitempty" minimum:"1" doc:"If-Match may say it instead"`
	}
}

func (a *API) saveRecheck(c *call, in *recheckInput) (*reply[keptBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	items := make([]evaluation.ItemVerdict, 0, len(in.Body.Items))
	for _, it := range in.Body.Items {
		items = append(items, evaluation.ItemVerdict{ID: it.ID, Verdict: it.Verdict, Note: it.Note})
	}
	s, err := a.Rectifications.SaveRecheck(c.ctx, c.actor, in.ID, version, items)
	return a.kept(c.lang, s, err)
}
