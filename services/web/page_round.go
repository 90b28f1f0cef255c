package web

import (
	"net/http"
	"strconv"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func roundRoutes() []route {
	setters := only(workflows.Officer, workflows.Director)
	return []route{
		{get, "/rounds", (*site).rounds, only(append(watchers(), workflows.Filler, workflows.Leader)...), false},
		{get, "/rounds/new", (*site).newRoundPage, setters, false},
		{post, "/rounds/new", (*site).openRound, setters, false},
	}
}

// rounds lists the filing windows.
func (s *site) rounds(r *request) error {
	var all []policy.Round
	err := r.view(func(tx *database.Tx) (err error) {
		all, err = s.Book.Rounds(tx)
		return err
	})
	if err != nil {
		return err
	}
	v := views.ListView{Header: views.Header{Title: r.T("round.title"), Lead: r.T("round.lead")}, Table: views.Table{Caption: r.T("round.title"),
		Columns: []views.Column{{Label: r.T("round.field.name")}, {Label: r.T("round.field.opens"), Keep: true}, {Label: r.T("round.field.closes"), Keep: true},
			{Label: r.T("round.field.quota"), Numeric: true}, {Label: r.T("column.state"), Keep: true}, {Label: r.T("round.applications"), Keep: true}},
		Empty: views.Empty{Text: r.T("round.empty"), Help: r.T("round.empty.help")}}}
	if r.actor.Any(workflows.Officer, workflows.Director) {
		v.Actions = []views.Action{{Label: r.T("round.new"), Href: "/rounds/new", Get: true, Icon: "plus", Primary: true}}
	}
	for _, x := range all {
		v.Table.Rows = append(v.Table.Rows, views.Row{ID: x.ID, Name: x.Code, Cells: []views.Cell{{Text: r.pick(x.Name, x.NameEn), Sub: x.Code},
			{Text: wording.DateTime(r.lang, x.OpensAt)}, {Text: r.closing(x.ClosesAt)}, {Text: strconv.Itoa(x.Quota)},
			{View: views.StateBadge(r.roundBadge(x, s.DB.Now()))}, {Text: r.T("round.applications.open"), Href: "/applications?round=" + x.ID}}})
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

// closing writes the end of a window; midnight is the end of the day before.
func (r *request) closing(at time.Time) string {
	if wording.Clock(at) != "00:00" {
		return wording.DateTime(r.lang, at)
	}
	return r.T("round.midnight", "Date", wording.Date(r.lang, at.Add(-time.Minute)))
}

func (r *request) roundBadge(x policy.Round, now time.Time) views.Badge {
	switch {
	case x.Open(now):
		return views.Badge{Label: r.T("round.state.open"), Tone: views.Active}
	case now.Before(x.OpensAt):
		return views.Badge{Label: r.T("round.state.ahead"), Tone: views.Waiting}
	}
	return views.Badge{Label: r.T("round.state.closed"), Tone: views.Quiet}
}

// roundForm is a filing window as it is typed: days, the last of them included.
type roundForm struct {
	Version int64  `form:"version"`
	Code    string `form:"code,60"`
	Name    string `form:"name,200"`
	NameEn  string `form:"name_en,200"`
	Opens   string `form:"opens_at,20"`
	Closes  string `form:"closes_at,20"`
	Quota   string `form:"quota,10"`
}

func (s *site) newRoundPage(r *request) error {
	return s.showNewRound(r, roundForm{Opens: r.today()}, refusal{})
}

// round is the window as the service takes it: from the first minute of the first day to the
// end of the last, Shanghai time. An empty quota is the rule set's.
func (f roundForm) round() (policy.NewRound, error) {
	out := policy.NewRound{Code: f.Code, Name: f.Name, NameEn: f.NameEn}
	var problems []fault.Field
	opens, err := workflows.ParseDate(f.Opens)
	if err != nil {
		problems = append(problems, fault.Field{Path: "opens_at", Code: "not_a_date"})
	}
	closes, err := workflows.ParseDate(f.Closes)
	if err != nil {
		problems = append(problems, fault.Field{Path: "closes_at", Code: "not_a_date"})
	}
	if f.Quota != "" {
		if out.Quota, err = strconv.Atoi(f.Quota); err != nil || out.Quota < 1 {
			problems = append(problems, fault.Field{Path: "quota", Code: "round.quota"})
		}
	}
	if len(problems) > 0 {
		return out, fault.Bad(problems...)
	}
	out.OpensAt, out.ClosesAt = opens.Start(), closes.End()
	return out, nil
}

// openRound announces a filing window under the newest rule set.
func (s *site) openRound(r *request) error {
	var in roundForm
	err := r.bind(&in)
	var fresh policy.NewRound
	if err == nil {
		fresh, err = in.round()
	}
	if err == nil {
		_, err = s.Book.OpenRound(r.ctx(), s.DB, r.actor, fresh)
	}
	if err == nil {
		return r.done("/rounds", "round.opened", "Name", r.pick(fresh.Name, fresh.NameEn))
	}
	if f, ok := asFault(err); ok && f.Code == "duplicate" {
		err = fault.BadField("code", "round.taken")
	}
	told, err := r.refused(err, map[string]string{"code": r.T("round.field.code"), "name": r.T("round.field.name"), "name_en": r.T("round.field.name_en"),
		"opens_at": r.T("round.field.opens"), "closes_at": r.T("round.field.closes"), "quota": r.T("round.field.quota")})
	if err != nil {
		return err
	}
	return s.showNewRound(r, in, told)
}

func (s *site) showNewRound(r *request, in roundForm, told refusal) error {
	line := func(name, value string, most int) views.Input {
		f := views.Field{Name: name, Label: r.T("round.field." + name), Value: value, Required: true, Max: most, Error: told.Of(name)}
		if help := "round.help." + name; s.Words.Has(help) {
			f.Help = r.T(help)
		}
		return views.Input{Kind: views.LineInput, Field: f}
	}
	day := func(name, key, value string) views.Input {
		return views.Input{Kind: views.DateInput, Field: views.Field{Name: name, Label: r.T("round.field." + key), Help: r.T("round.help." + key), Value: value, Required: true, Error: told.Of(name)}}
	}
	quota := line("quota", in.Quota, 3)
	quota.Field.Required = false
	v := views.InputPage{Header: views.Header{Title: r.T("round.new"), Crumbs: []views.Link{{Label: r.T("round.title"), Href: "/rounds"}}},
		Text: []string{r.T("round.new.text")}, Back: "/rounds", Form: views.InputForm{Form: views.Form{Action: "/rounds/new", Problems: told.Problems}, Submit: r.T("round.new.do"),
			Inputs: []views.Input{line("name", in.Name, 80), line("name_en", in.NameEn, 80), line("code", in.Code, 31), day("opens_at", "opens", in.Opens),
				day("closes_at", "closes", in.Closes), quota}}}
	return s.simple(r, told.status(), v.Header.Title, views.OneFormPage(v))
}
