package api

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/reminder"
	"clusterzone/workflows"
)

type workQuery struct {
	Tab   string `query:"tab" enum:"todo,done,started,copied" default:"todo"`
	Kind  string `query:"kind" maxLength:"40" doc:"only this kind of case"`
	After string `query:"after" maxLength:"100" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type workBody struct {
	Items  []workLine       `json:"items"`
	Next   string           `json:"next,omitempty"`
	Counts map[string]int64 `json:"counts" doc:"cases on each tab, to at most 1000 of each kind"`
}

type workLine struct {
	Kind        workflows.Kind `json:"kind"`
	ID          string         `json:"id"`
	Number      string         `json:"number"`
	Title       string         `json:"title"`
	Unit        string         `json:"unit"`
	State       stateBody      `json:"state"`
	Clock       string         `json:"clock,omitempty" doc:"the period that ends first"`
	DueOn       string         `json:"due_on,omitempty"`
	Overdue     bool           `json:"overdue"`
	Provisional bool           `json:"provisional"`
	UpdatedAt   time.Time      `json:"updated_at"`
}

// work is one page of a tab over the kinds of case: what is due first stands first on the
// desk, elsewhere what has changed last.
func (a *API) work(c *call, in *workQuery) (*reply[workBody], error) {
	var desks []casework.Desk
	for _, w := range workflows.All() {
		if s, ok := a.Cases[w.Kind]; ok && (in.Kind == "" || in.Kind == string(w.Kind)) {
			desks = append(desks, s.Desk())
		}
	}
	out := workBody{Counts: map[string]int64{}}
	err := a.DB.View(c.ctx, func(tx *database.Tx) error {
		for _, tab := range casework.Tabs() {
			n, err := casework.CountWork(tx, desks, c.actor, tab)
			if err != nil {
				return err
			}
			out.Counts[string(tab)] = n
		}
		page, err := casework.Work(tx, desks, c.actor, casework.WorkQuery{Tab: casework.Tab(in.Tab), After: in.After, Limit: in.Limit})
		out.Items, out.Next = each(page.Items, workOf), page.Next
		return err
	})
	return &reply[workBody]{Body: out}, err
}

func workOf(w casework.WorkItem) workLine {
	return workLine{Kind: w.Kind, ID: w.ID, Number: w.Number, Title: w.Title, Unit: w.Unit, State: stateOf(w.Kind, w.State), Clock: string(w.Clock), DueOn: w.DueOn, Overdue: w.Overdue,
		Provisional: w.Provisional, UpdatedAt: w.UpdatedAt.UTC()}
}

type messageQuery struct {
	Unread bool   `query:"unread" doc:"only what has not been read"`
	Kind   string `query:"kind" maxLength:"40" doc:"only about this kind of case"`
	After  string `query:"after" maxLength:"64" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type messageLine struct {
	ID        string         `json:"id"`
	Code      string         `json:"code"`
	Title     string         `json:"title"`
	Text      string         `json:"text"`
	Kind      workflows.Kind `json:"kind"`
	CaseID    string         `json:"case_id"`
	Link      string         `json:"link"`
	CreatedAt time.Time      `json:"created_at"`
	ReadAt    *time.Time     `json:"read_at,omitempty"`
}

type inboxBody struct {
	Items  []messageLine `json:"items"`
	Next   string        `json:"next,omitempty"`
	Unread int64         `json:"unread"`
}

func (a *API) messages(c *call, in *messageQuery) (*reply[inboxBody], error) {
	var out inboxBody
	err := a.DB.View(c.ctx, func(tx *database.Tx) error {
		found, next, err := a.Inbox.List(tx, reminder.ListQuery{PersonID: c.actor.ID, Lang: string(c.lang), UnreadOnly: in.Unread, Kind: workflows.Kind(in.Kind), After: in.After, Limit: in.Limit})
		if err != nil {
			return err
		}
		out.Items, out.Next = each(found, messageOf), next
		out.Unread, err = reminder.Unread(tx, c.actor.ID)
		return err
	})
	return &reply[inboxBody]{Body: out}, err
}

func messageOf(m reminder.Message) messageLine {
	return messageLine{ID: m.ID, Code: m.Code, Title: m.Title, Text: m.Body, Kind: m.Kind, CaseID: m.CaseID, Link: m.Link, CreatedAt: m.CreatedAt.UTC(), ReadAt: utc(m.ReadAt)}
}

func (a *API) readMessage(c *call, in *keyedOneInput) (*none, error) {
	return &none{}, a.DB.Update(c.ctx, func(tx *database.Tx) error { return reminder.MarkRead(tx, c.actor.ID, []string{in.ID}) })
}

type keyedInput struct{ Keyed }

func (a *API) readAll(c *call, _ *keyedInput) (*none, error) {
	return &none{}, a.DB.Update(c.ctx, func(tx *database.Tx) error { return reminder.MarkAllRead(tx, c.actor.ID) })
}
