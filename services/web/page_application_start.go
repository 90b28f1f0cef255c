package web

import (
	"net/http"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// startForm is what starts an application. Key makes a second click no second application.
type startForm struct {
	RoundID string `form:"round_id,64"`
	Name    string `form:"name,400"`
	From    string `form:"from,64"`
	Body    string `form:"body_id,64"`
	Key     string `form:"key,64"`
	Version int64  `form:"version"`
}

// startPage asks for the round and the name of the zone.
func (s *site) startPage(r *request) error {
	return s.showStart(r, startForm{Key: r.actor.RequestID}, refusal{})
}

func (s *site) startApplication(r *request) error {
	var in startForm
	err := r.bind(&in)
	if err == nil {
		key := in.Key
		if key != "" {
			key = "start/" + key
		}
		out, failed := s.Applications.Create(r.ctx(), r.actor, application.Start{RoundID: in.RoundID, Name: in.Name, Key: key, From: in.From, Body: in.Body})
		if err = failed; err == nil {
			s.wake()
			return r.done("/applications/"+out.ID+"/edit", "start.done", "Number", out.Number)
		}
	}
	told, err := r.refused(err, map[string]string{"round_id": r.T("start.round"), "name": r.T("start.name"), "from": r.T("start.from"), "body_id": r.T("start.body")})
	if err != nil {
		return err
	}
	in.Key = r.actor.RequestID
	return s.showStart(r, in, told)
}

// showStart shows the form with the rounds that are open.
func (s *site) showStart(r *request, in startForm, told refusal) error {
	var rounds []policy.Round
	err := r.view(func(tx *database.Tx) (err error) {
		rounds, err = s.Book.Rounds(tx)
		return err
	})
	if err != nil {
		return err
	}
	v := views.StartView{Header: views.Header{Title: r.T("start.title"), Lead: r.T("start.lead"), Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"}}},
		Form: views.Form{Action: "/applications/new", Problems: told.Problems}, Key: in.Key,
		Round: views.Field{Name: "round_id", Label: r.T("start.round"), Value: in.RoundID, Required: true, Error: told.Of("round_id")},
		Name:  views.Field{Name: "name", Label: r.T("start.name"), Value: in.Name, Required: true, Max: 80, Help: r.T("start.name.help"), Hint: r.T("start.name.hint"), Error: told.Of("name")}}
	for _, x := range rounds {
		if x.Open(s.DB.Now()) {
			v.Round.Options = append(v.Round.Options, views.Option{Value: x.ID, Label: r.pick(x.Name, x.NameEn),
				Help: r.T("start.round.help", "Until", wording.DateTime(r.lang, x.ClosesAt), "Count", x.Quota)})
		}
	}
	if err := s.laySources(r, in, told, &v); err != nil {
		return err
	}
	if n := len(v.Round.Options); n == 0 {
		v.Empty = &views.Empty{Text: r.T("start.none"), Help: r.T("start.none.help")}
	} else if n == 1 && in.RoundID == "" {
		v.Round.Value = v.Round.Options[0].Value
	}
	return s.simple(r, max(http.StatusOK, told.status()), v.Header.Title, views.StartPage(v))
}

// laySources offers what a new draft can be filled from: earlier applications of the unit, and
// the bodies that it keeps.
func (s *site) laySources(r *request, in startForm, told refusal, v *views.StartView) error {
	sources, err := s.Applications.Sources(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	profile, err := s.Applications.Profile(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	v.From = views.Field{Name: "from", Label: r.T("start.from"), Help: r.T("start.from.help"), Value: in.From, Error: told.Of("from")}
	for _, x := range sources {
		v.From.Options = append(v.From.Options, views.Option{Value: x.ID, Label: r.T("start.from.option", "Number", x.Number, "Name", x.Name,
			"State", r.stateLabel(workflows.Application.Kind, x.State))})
	}
	v.Body = views.Field{Name: "body_id", Label: r.T("start.body"), Help: r.T("start.body.help"), Value: in.Body, Error: told.Of("body_id")}
	if len(profile.Bodies) == 0 {
		return nil
	}
	v.Body.Options = append(v.Body.Options, views.Option{Value: application.NoBody, Label: r.T("start.body.none")})
	for _, b := range profile.Bodies {
		v.Body.Options = append(v.Body.Options, views.Option{Value: b.ID, Label: b.Name})
	}
	return nil
}
