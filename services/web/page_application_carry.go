package web

import (
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// carriedFrom names where the values of a draft came from.
func (r *request) carriedFrom(v application.View) string {
	if v.Carried.Kind == "profile" {
		return r.T("filing.carried.profile")
	}
	return r.T("filing.carried.from", "Year", v.Carried.Year, "Number", v.Carried.Number)
}

// layCarried says what of the part came along, and offers to keep the body for next time.
func (s *site) layCarried(r *request, e *editor, out *views.EditorView) error {
	part := e.form.part
	if c := e.view.Carried; c != nil && out.Stale == nil {
		unchanged := 0
		for _, path := range c.Unchanged {
			if partOfPath(path) == part {
				unchanged++
			}
		}
		if unchanged > 0 {
			out.Carried = r.carriedBox(e.view, part, unchanged)
		}
	}
	if part != "body" || e.view.Content.Body.Name == "" || refusals(e.view.Problems, "body") > 0 {
		return nil
	}
	profile, err := s.Applications.Profile(r.ctx(), r.actor)
	if err != nil || profile.Has(e.view.Content.Body) {
		return err
	}
	text := r.T("filing.profile.offer.new")
	if profile.Knows(e.view.Content.Body) {
		text = r.T("filing.profile.offer.changed")
	}
	out.Offer = &views.OfferView{Text: text, Action: casework.Path(workflows.Application.Kind, e.view.ID) + "/keep-body", Submit: r.T("filing.profile.keep"),
		Link: views.Link{Label: r.T("filing.profile.title"), Href: "/unit-profile"}}
	return nil
}

func (r *request) carriedBox(v application.View, part string, unchanged int) *views.CarriedView {
	open := v.Carried.OpenIn(part)
	box := &views.CarriedView{Action: casework.Path(workflows.Application.Kind, v.ID) + "/carried", Part: part, Done: open == 0}
	if open == 0 {
		box.Text = r.T("filing.carried.confirmed", "From", r.carriedFrom(v), "Count", unchanged)
	} else {
		box.Text = r.T("filing.carried.open", "From", r.carriedFrom(v), "Count", open)
	}
	return box
}

// carriedGoals names the indicators whose values came along and are unchanged.
func (r *request) carriedGoals(e *editor) string {
	var names []string
	for _, indicator := range e.form.indicators {
		if e.view.Carried.Open(goalPath(indicator)+".planned") || e.view.Carried.Open(goalPath(indicator)+".base") {
			names = append(names, r.indicatorName(indicator))
		}
	}
	return strings.Join(names, r.T("web.list.comma"))
}

type carriedForm struct {
	Part string `form:"part,40"`
}

// confirmCarried records that the values of a part that came along are still right.
func (s *site) confirmCarried(r *request) error {
	var in carriedForm
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Applications.ConfirmCarried(r.ctx(), r.actor, r.Param("id"), in.Part); err != nil {
		return err
	}
	return r.done(editHref(r.Param("id"), in.Part, ""), "filing.carried.done")
}

// keepBody keeps the development body of an application in the unit's profile.
func (s *site) keepBody(r *request) error {
	if err := r.bind(&struct{}{}); err != nil {
		return err
	}
	if _, err := s.Applications.KeepBody(r.ctx(), r.actor, r.Param("id")); err != nil {
		return err
	}
	return r.done(editHref(r.Param("id"), "body", ""), "filing.profile.kept")
}
