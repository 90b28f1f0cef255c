package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// templates lists the templates of official papers with the version in force.
func (s *site) templates(r *request) error {
	all, err := s.Documents.Templates(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("document.templates"), Columns: []views.Column{{Label: r.T("document.template")}, {Label: r.T("document.template.force"), Keep: true},
		{Label: r.T("document.template.draft"), Keep: true}}}
	for _, k := range document.Kinds() {
		row := views.Row{ID: string(k), Name: r.T("document.kind." + string(k)), Cells: []views.Cell{{Text: r.T("document.kind." + string(k)), Href: "/templates/" + string(k)}, {}, {}}}
		for _, v := range all {
			switch {
			case v.Kind != k:
			case v.PublishedAt == nil:
				row.Cells[2].Text = r.T("document.template.no", "No", v.No)
			case row.Cells[1].Text == "":
				row.Cells[1] = views.Cell{Text: r.T("document.template.no", "No", v.No), Sub: wording.Date(r.lang, *v.PublishedAt)}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return s.simple(r, http.StatusOK, r.T("document.templates"), views.ListPage(views.ListView{
		Header: views.Header{Title: r.T("document.templates"), Lead: r.T("document.templates.lead")}, Table: t}))
}

// templateForm is a template as it is typed: paragraphs in lines.
type templateForm struct {
	Version    int64  `form:"version"`
	Heading    string `form:"heading"`
	Number     string `form:"number"`
	Title      string `form:"title"`
	Addressee  string `form:"addressee"`
	Paragraphs string `form:"paragraphs"`
	Items      string `form:"item_titles"`
	Closing    string `form:"closing"`
}

func lines(text string) []string {
	out := []string{}
	for _, one := range strings.Split(text, "\n") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

func (f templateForm) template() document.Template {
	return document.Template{Heading: strings.TrimSpace(f.Heading), Number: strings.TrimSpace(f.Number), Title: strings.TrimSpace(f.Title),
		Addressee: strings.TrimSpace(f.Addressee), Paragraphs: lines(f.Paragraphs), ItemTitles: lines(f.Items), Closing: lines(f.Closing)}
}

func templateFormOf(v document.TemplateVersion) templateForm {
	t := v.Template
	f := templateForm{Heading: t.Heading, Number: t.Number, Title: t.Title, Addressee: t.Addressee, Paragraphs: strings.Join(t.Paragraphs, "\n"),
		Items: strings.Join(t.ItemTitles, "\n"), Closing: strings.Join(t.Closing, "\n")}
	if v.PublishedAt == nil {
		f.Version = v.Version
	}
	return f
}

func (s *site) template(r *request) error { return s.showTemplate(r, nil, refusal{}) }

func (s *site) saveTemplate(r *request) error {
	var in templateForm
	err := r.bind(&in)
	if err == nil {
		_, err = s.Documents.SaveTemplate(r.ctx(), r.actor, document.Kind(r.Param("code")), in.template(), in.Version)
	}
	if err == nil {
		return r.done("/templates/"+r.Param("code"), "document.template.saved")
	}
	told, err := r.refused(err, r.templateLabels())
	if err != nil {
		return err
	}
	return s.showTemplate(r, &in, told)
}

func (r *request) templateLabels() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"heading", "number", "title", "addressee", "paragraphs", "item_titles", "closing"} {
		out[name] = r.T("document.template.field." + name)
	}
	return out
}

func (s *site) publishTemplate(r *request) error {
	var in struct {
		Version int64 `form:"version"`
		No      int   `form:"no"`
	}
	err := r.bind(&in)
	if err == nil {
		err = s.Documents.Publish(r.ctx(), r.actor, document.Kind(r.Param("code")), in.No, in.Version)
	}
	if err == nil {
		return r.done("/templates/"+r.Param("code"), "document.template.published")
	}
	told, err := r.refused(err, nil)
	if err != nil {
		return err
	}
	return s.showTemplate(r, nil, told)
}

// versionsOf lists the versions of one template, the newest first.
func (s *site) versionsOf(r *request, k document.Kind) ([]document.TemplateVersion, error) {
	all, err := s.Documents.Templates(r.ctx(), r.actor)
	own := slices.DeleteFunc(all, func(v document.TemplateVersion) bool { return v.Kind != k })
	slices.SortFunc(own, func(a, b document.TemplateVersion) int { return cmp.Compare(b.No, a.No) })
	if err == nil && len(own) == 0 {
		err = fault.Missing()
	}
	return own, err
}

func (s *site) showTemplate(r *request, in *templateForm, told refusal) error {
	k := document.Kind(r.Param("code"))
	own, err := s.versionsOf(r, k)
	if err != nil {
		return err
	}
	newest := own[0]
	form := templateFormOf(newest)
	if in != nil {
		form = *in
		if told.Told.Code == "stale" {
			form.Version = templateFormOf(newest).Version
		}
	}
	title := r.T("document.kind." + string(k))
	v := views.TemplateView{Header: views.Header{Title: title, Lead: r.T("document.template.lead"), Crumbs: []views.Link{{Label: r.T("document.templates"), Href: "/templates"}}},
		Form: views.Form{Action: "/templates/" + string(k), Version: form.Version, Problems: told.Problems}, Fields: r.templateFields(form, told), ReadOnly: !r.actor.Has(workflows.Officer)}
	for _, name := range document.FieldNames() {
		v.Names = append(v.Names, views.Item{Term: "{{" + name + "}}", Text: r.T("document.field." + name)})
	}
	if newest.PublishedAt == nil && r.actor.Has(workflows.Director) {
		v.Publish = &views.Action{Label: r.T("document.template.publish", "No", newest.No), Href: "/templates/" + string(k) + "/publish", Name: "no", Value: strconv.Itoa(newest.No),
			Version: newest.Version, Primary: true, Confirm: &views.Confirm{Title: r.T("document.template.publish.ask"), Text: r.T("document.template.publish.help")}}
	}
	if v.Tries, err = s.templateTries(r, k, newest.No); err != nil {
		return err
	}
	if v.Versions, err = r.versionTable(own); err != nil {
		return err
	}
	p, err := s.page(r, title)
	if err != nil {
		return err
	}
	return s.showStatus(r, told.status(), p, views.TemplatePage(v))
}

func (r *request) templateFields(f templateForm, told refusal) []views.Input {
	labels := r.templateLabels()
	line := func(name, value string, most int) views.Input {
		return views.Input{Kind: views.LineInput, Field: views.Field{Name: name, Label: labels[name], Value: value, Max: most, Error: told.Of(name), Help: r.T("document.template.help." + name)}}
	}
	area := func(name, value string, rows int) views.Input {
		return views.Input{Kind: views.AreaInput, Field: views.Field{Name: name, Label: labels[name], Value: value, Rows: rows, Error: told.Of(name), Help: r.T("document.template.help." + name)}}
	}
	return []views.Input{line("heading", f.Heading, 60), line("number", f.Number, 80), line("title", f.Title, 120), line("addressee", f.Addressee, 120),
		area("paragraphs", f.Paragraphs, 9), area("item_titles", f.Items, 2), area("closing", f.Closing, 5)}
}

// templateTries lead to previews of the newest version with real applications.
func (s *site) templateTries(r *request, k document.Kind, no int) ([]views.Link, error) {
	if !r.actor.Any(office()...) {
		return nil, nil
	}
	found, err := s.Applications.List(r.ctx(), r.actor, application.Filter{Limit: 50})
	if err != nil {
		return nil, err
	}
	var out []views.Link
	err = r.view(func(tx *database.Tx) error {
		for _, l := range found {
			ready, err := s.Documents.Ready(tx, r.actor, applicationRef(l.ID), k)
			if err != nil {
				return err
			}
			if ready {
				out = append(out, views.Link{Label: l.Number + " " + l.Name, Href: "/templates/" + string(k) + "/preview.pdf?" +
					url.Values{"no": {strconv.Itoa(no)}, "application": {l.ID}}.Encode()})
			}
			if len(out) == 5 {
				return nil
			}
		}
		return nil
	})
	return out, err
}

func (r *request) versionTable(own []document.TemplateVersion) (views.Table, error) {
	t := views.Table{Caption: r.T("document.template.versions"), Columns: []views.Column{{Label: r.T("document.template.version"), Keep: true}, {Label: r.T("column.state"), Keep: true},
		{Label: r.T("document.template.by")}, {Label: r.T("document.template.published_by")}}}
	var ids []string
	for _, v := range own {
		ids = append(ids, v.CreatedBy, v.PublishedBy)
	}
	var names map[string]string
	err := r.view(func(tx *database.Tx) (err error) {
		names, err = identity.Names(tx, ids)
		return err
	})
	name := func(id string) string {
		if id == "system" {
			return r.T("document.template.shipped")
		}
		return names[id]
	}
	for _, v := range own {
		row := views.Row{Cells: []views.Cell{{Text: strconv.Itoa(v.No)}, {View: views.StateBadge(views.Badge{Label: r.T("document.template.draft"), Tone: views.Waiting})},
			{Text: name(v.CreatedBy), Sub: wording.DateTime(r.lang, v.UpdatedAt)}, {Text: name(v.PublishedBy)}}}
		if v.PublishedAt != nil {
			row.Cells[1].View = views.StateBadge(views.Badge{Label: r.T("document.template.published.state"), Tone: views.Good})
			row.Cells[3].Sub = wording.DateTime(r.lang, *v.PublishedAt)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, err
}

// previewTemplate prints a version that need not be published with a real application.
func (s *site) previewTemplate(r *request) error {
	no, err := strconv.Atoi(r.text("no"))
	if err != nil || no < 1 {
		return fault.Missing()
	}
	return s.sendDraft(r, document.Order{Case: applicationRef(r.text("application")), Kind: document.Kind(r.Param("code")), TemplateNo: no})
}
