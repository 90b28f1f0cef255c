package web

import (
	"net/http"
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/notice"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// notices lists the public notices, those that run first.
func (s *site) notices(r *request) error {
	table, err := s.noticeTable(r, 0)
	if err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, r.T("menu.notices"), views.ListPage(views.ListView{
		Header: views.Header{Title: r.T("menu.notices"), Lead: r.T("notices.lead")}, Table: table,
		Actions: []views.Action{{Label: r.T("objection.track"), Get: true, Href: "/objections/track", Icon: "search"}}}))
}

// noticeTable shows the notices that have begun, the newest first; most bounds them, 0 does
// not.
func (s *site) noticeTable(r *request, most int) (views.Table, error) {
	t := views.Table{Caption: r.T("menu.notices"), Empty: views.Empty{Text: r.T("public_notice.empty")}, Columns: []views.Column{
		{Label: r.T("public_notice.field.title")}, {Label: r.T("notices.period"), Keep: true}, {Label: r.T("column.state"), Keep: true}}}
	var all []notice.Public
	err := r.view(func(tx *database.Tx) (err error) {
		all, err = s.Notices.Running(tx)
		return err
	})
	for _, n := range all {
		if most > 0 && len(t.Rows) == most {
			break
		}
		t.Rows = append(t.Rows, views.Row{ID: n.ID, Name: n.Number, Cells: []views.Cell{{Text: n.Title, Href: "/notices/" + n.ID, Sub: n.Number},
			{Text: r.day(n.StartsOn), Sub: r.T("page.until", "Date", r.day(n.EndsOn))}, {View: views.StateBadge(r.phaseBadge(n.Phase))}}})
	}
	return t, err
}

func (r *request) phaseBadge(p notice.Phase) views.Badge {
	b := views.Badge{Label: r.T("public_notice.phase." + string(p)), Tone: views.Quiet}
	if p == notice.Current {
		b.Tone = views.Active
	}
	return b
}

// day writes a local date.
func (r *request) day(d workflows.Date) string { return wording.Date(r.lang, d.Start()) }

func (r *request) period(from, to workflows.Date) string {
	return r.T("page.period", "From", r.day(from), "To", r.day(to))
}

// objectionForm is what an objector sends.
type objectionForm struct {
	Kind    string `form:"objector_kind,20"`
	Name    string `form:"name,200"`
	Contact string `form:"contact,200"`
	Body    string `form:"body"`
}

// notice shows a notice with the form for objections while it runs.
func (s *site) notice(r *request) error { return s.showNotice(r, objectionForm{}, refusal{}) }

// object takes an objection; the receipt's number is the only thing that later opens its
// trace, together with the contact.
func (s *site) object(r *request) error {
	var in objectionForm
	receipt, err := s.sendObjection(r, &in)
	if err == nil {
		http.SetCookie(r.Writer, s.draftCookie(r.Param("id"), ""))
		s.wake()
		return r.done("/objections/track", "objection.receipt", "Number", receipt)
	}
	told, err := r.refused(err, objectionLabels(r))
	if err != nil {
		return err
	}
	return s.showNotice(r, in, told)
}

// sendObjection files what the form says with the files that wait for it and those that came
// along. A browser that keeps no cookie can still send all at once.
func (s *site) sendObjection(r *request, in *objectionForm) (receipt string, err error) {
	if r.Request.ContentLength < 0 || r.Request.ContentLength > maxForm { // what nobody will take is not read
		if err := s.Notices.Taking(r.ctx(), r.actor, r.Param("id")); err != nil {
			return "", err
		}
	}
	if err := r.bindFiles(in, maxObject); err != nil {
		return "", err
	}
	token := r.draftToken()
	if token == "" {
		token = notice.NewToken()
		http.SetCookie(r.Writer, s.draftCookie(r.Param("id"), token))
		r.Request.AddCookie(s.draftCookie(r.Param("id"), token))
	}
	if err := s.takeEvidence(r, token); err != nil {
		return "", err
	}
	o := notice.Objection{NoticeID: r.Param("id"), ObjectorKind: notice.ObjectorKind(in.Kind), Name: in.Name, Contact: in.Contact, Body: in.Body}
	_, drafted, err := r.draftOf(o.NoticeID)
	if err != nil {
		return "", err
	}
	if drafted {
		o.Draft = token
	}
	_, receipt, err = s.Notices.File(r.ctx(), r.actor, o, "")
	return receipt, err
}

func objectionLabels(r *request) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"objector_kind", "name", "contact", "body", notice.SlotLetter, notice.SlotEvidence} {
		out[name] = r.T("objection.field." + name)
	}
	return out
}

func (s *site) showNotice(r *request, in objectionForm, told refusal) error {
	var n notice.Public
	err := r.view(func(tx *database.Tx) (err error) {
		n, err = s.Notices.ByID(tx, r.Param("id"))
		return err
	})
	if err != nil {
		return err
	}
	badge := r.phaseBadge(n.Phase)
	v := views.NoticeView{Header: views.Header{Title: n.Title, Badge: &badge, Crumbs: []views.Link{{Label: r.T("menu.notices"), Href: "/notices"}}},
		Facts: []views.Item{{Term: r.T("public_notice.field.number"), Text: n.Number}, {Term: r.T("notices.period"), Text: r.period(n.StartsOn, n.EndsOn)}},
		Body:  strings.Split(n.Body, "\n"), Withdrawn: n.Phase == notice.Withdrawn}
	if n.Phase == notice.Current {
		v.Form = r.objectionFields(n.ID, in, told)
		if v.Form.Places, err = r.evidencePlaces(n.ID, told); err != nil {
			return err
		}
		if r.Request.Method == http.MethodGet {
			err = r.keepDraft(n.ID)
		}
	}
	if err != nil {
		return err
	}
	p, err := s.page(r, n.Title)
	if err != nil {
		return err
	}
	p.Demo = p.Demo || n.Demo
	return s.showStatus(r, told.status(), p, views.NoticePage(v))
}

func (r *request) objectionFields(id string, in objectionForm, told refusal) *views.ObjectionForm {
	labels := objectionLabels(r)
	return &views.ObjectionForm{
		Action: "/notices/" + id + "/objections", Problems: told.Problems,
		Kind: views.Field{Name: "objector_kind", Label: labels["objector_kind"], Value: in.Kind, Required: true, Error: told.Of("objector_kind"),
			Options: []views.Option{{Value: string(notice.ByUnit), Label: r.T("objection.kind.unit"), Help: r.T("objection.kind.unit.help")},
				{Value: string(notice.ByIndividual), Label: r.T("objection.kind.individual"), Help: r.T("objection.kind.individual.help")}}},
		Name: views.Field{Name: "name", Label: labels["name"], Value: in.Name, Required: true, Max: 60, Error: told.Of("name"), Autocomplete: "name"},
		Contact: views.Field{Name: "contact", Label: labels["contact"], Value: in.Contact, Help: r.T("objection.contact.hint"), Required: true, Max: 100,
			Error: told.Of("contact")},
		Body: views.Field{Name: "body", Label: labels["body"], Value: in.Body, Help: r.T("objection.body.help"), Required: true, Max: 5000, Rows: 8, Error: told.Of("body")},
	}
}

// trackForm asks after an objection; both values travel in the body, not in the address.
type trackForm struct {
	Number  string `form:"number,60"`
	Contact string `form:"contact,100"`
}

func (s *site) trackPage(r *request) error {
	return s.showTrack(r, http.StatusOK, trackForm{}, nil, "")
}

// track tells how an objection stands to whoever knows its receipt and contact.
func (s *site) track(r *request) error {
	var in trackForm
	if err := r.bind(&in); err != nil {
		told, err := r.refused(err, map[string]string{"number": r.T("objection.field.number"), "contact": r.T("objection.field.contact")})
		if err != nil {
			return err
		}
		return s.showTrack(r, told.status(), in, nil, told.Problems[0].Text)
	}
	found, err := s.Notices.Track(r.ctx(), in.Number, in.Contact)
	if notThere(err) {
		return s.showTrack(r, http.StatusNotFound, in, nil, r.T("objection.track.none"))
	}
	if err != nil {
		return err
	}
	label := found.State.In(string(r.lang))
	facts := []views.Item{{Term: r.T("objection.field.number"), Text: found.Number}, {Term: r.T("column.state"), Text: label},
		{Term: r.T("menu.notices"), Text: found.NoticeTitle, Href: ""}, {Term: r.T("public_notice.field.number"), Text: found.NoticeNumber},
		{Term: r.T("objection.field.filed_at"), Text: wording.DateTime(r.lang, found.FiledAt)},
		{Term: r.T("objection.updated_at"), Text: wording.DateTime(r.lang, found.UpdatedAt)}}
	return s.showTrack(r, http.StatusOK, in, facts, "")
}

func (s *site) showTrack(r *request, status int, in trackForm, facts []views.Item, problem string) error {
	v := views.TrackView{Facts: facts, Problem: problem,
		Number:  views.Field{Name: "number", Label: r.T("objection.field.number"), Value: in.Number, Required: true, Max: 60, Hint: "YY-2026-0001-XXXXXXXX"},
		Contact: views.Field{Name: "contact", Label: r.T("objection.field.contact"), Value: in.Contact, Help: r.T("objection.track.contact.help"), Required: true, Max: 100}}
	return s.simple(r, status, r.T("objection.track"), views.TrackPage(v))
}
