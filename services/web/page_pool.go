package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// poolRoutes are the pool of evaluators, draws from it, and recusals.
func poolRoutes() []route {
	officer := only(workflows.Officer)
	out := []route{
		{get, "/experts", (*site).poolPage, only(watchers()...), false},
		{get, "/experts/own", (*site).ownRecord, only(workflows.Evaluator), false},
		{get, "/experts/:id", (*site).expertPage, only(append(watchers(), workflows.Evaluator)...), false},
		{post, "/experts/:id", (*site).saveExpert, only(workflows.Officer, workflows.Evaluator), false},
		{get, "/draws", (*site).drawsPage, only(watchers()...), false},
		{post, "/draws", (*site).makeDraw, officer, false},
		{get, "/draws/new", (*site).newDrawPage, officer, false},
		{get, "/draws/:id", (*site).drawPage, only(watchers()...), false},
		{post, "/draws/:id/check", (*site).checkDraw, only(watchers()...), false},
		{get, "/draws/:id/replace", (*site).replacePage, officer, false},
		{post, "/draws/:id/replace", (*site).replaceSeat, officer, false},
		{post, "/draws/:id/confirm", (*site).confirmDraw, officer, false},
	}
	for _, w := range []*workflows.Workflow{workflows.Application, workflows.Evaluation} {
		path := "/" + string(w.Kind) + "s/:id/recusals"
		out = append(out, route{get, path, recusalsPage(w), only(watchers()...), false}, route{post, path, declareRecusal(w), only(watchers()...), false},
			route{post, path + "/ask", askOverride(w), only(workflows.Director), false}, route{post, path + "/answer", answerOverride(w), only(workflows.Director), false})
	}
	return out
}

// poolPage lists the pool with what each expert has done.
func (s *site) poolPage(r *request) error {
	f := review.ExpertFilter{Text: r.text("q"), Sector: r.text("sector"), Pool: r.text("pool")}
	found, err := s.Reviews.Experts(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	units, err := r.units()
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("pool.title"), Empty: views.Empty{Text: r.T("pool.empty"), Help: r.T("pool.empty.help")}, Columns: []views.Column{
		{Label: r.T("review.field.evaluator"), Keep: true}, {Label: r.T("review.field.fields")}, {Label: r.T("column.state"), Keep: true}, {Label: r.T("pool.open"), Numeric: true},
		{Label: r.T("pool.scored"), Numeric: true}, {Label: r.T("pool.declined"), Numeric: true}, {Label: r.T("pool.recused"), Numeric: true}, {Label: r.T("pool.lean"), Numeric: true}}}
	for _, e := range found {
		t.Rows = append(t.Rows, views.Row{ID: e.ID, Name: e.Name, Cells: []views.Cell{
			{Text: e.Name, Href: "/experts/" + e.ID, Sub: strings.TrimSpace(e.Title + " " + workplace(e, units))}, {Text: r.sectorNames(e.Fields)},
			{View: views.StateBadge(r.poolBadge(e))}, {Text: strconv.Itoa(e.Record.Open)}, {Text: strconv.Itoa(e.Record.Scored)},
			{Text: strconv.Itoa(e.Record.Declined + e.Record.Expired)}, {Text: strconv.Itoa(e.Record.Recused)}, {Text: lean(e)}}})
	}
	pool := views.Field{Name: "pool", Label: r.T("column.state"), Value: f.Pool, Options: r.options("pool.filter.", "in", "out")}
	v := views.ListView{Header: views.Header{Title: r.T("pool.title"), Lead: r.T("pool.lead", "Count", len(found))}, Table: t,
		Filter: &views.Filter{Action: "/experts", Search: r.searchField(r.text("q")), Lists: []views.Field{r.sectorField(f.Sector), pool}, Active: f != (review.ExpertFilter{})}}
	v.Actions = []views.Action{{Label: r.T("draw.title"), Href: "/draws", Get: true, Icon: "list-check"}}
	return s.simple(r, 200, v.Header.Title, views.ListPage(v))
}

func workplace(e review.Expert, units map[string]string) string {
	if e.Employer != "" {
		return e.Employer
	}
	return units[e.Unit]
}

func lean(e review.Expert) string {
	if e.Record.Lean == nil {
		return "–"
	}
	text := wording.Hundredths(int64(*e.Record.Lean))
	if *e.Record.Lean > 0 {
		return "+" + text
	}
	return text
}

func (r *request) poolBadge(e review.Expert) views.Badge {
	if e.Serves(r.today()) {
		return views.Badge{Label: r.T("pool.filter.in"), Tone: views.Good}
	}
	return views.Badge{Label: r.T("pool.filter.out"), Tone: views.Quiet}
}

// ownRecord leads evaluators from the menu to their own record.
func (s *site) ownRecord(r *request) error { return r.redirect("/experts/" + r.actor.ID) }

// expertForm is a record as it is sent: three lines of new employments at most beside those
// that stand.
type expertForm struct {
	Version  int64             `form:"version"`
	Title    string            `form:"title,200"`
	Employer string            `form:"employer,200"`
	Fields   []string          `form:"fields,60"`
	Pool     string            `form:"pool,10"`
	Until    string            `form:"until_on,20"`
	Remark   string            `form:"remark,4000"`
	Posts    map[string]string `form:"post.*"`
}

func (f expertForm) edit() review.ExpertEdit {
	e := review.ExpertEdit{Title: f.Title, Employer: f.Employer, Fields: f.Fields, InPool: f.Pool != "out", UntilOn: f.Until, Remark: f.Remark}
	for i := range 40 {
		at := func(name string) string { return f.Posts[fmt.Sprintf("%d.%s", i, name)] }
		e.Posts = append(e.Posts, review.Post{Employer: at("employer"), Title: at("title"), From: at("from"), To: at("to")})
	}
	e.Posts = slices.DeleteFunc(e.Posts, func(p review.Post) bool { return p == review.Post{} })
	return e
}

// expertPage shows one record: to read, and to change for whom it is given to.
func (s *site) expertPage(r *request) error {
	e, err := s.Reviews.Expert(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showExpert(r, e, editOf(e), refusal{})
}

func editOf(e review.Expert) review.ExpertEdit {
	return review.ExpertEdit{Title: e.Title, Employer: e.Employer, Fields: e.Fields, InPool: e.InPool, UntilOn: e.UntilOn, Remark: e.Remark, Posts: e.Posts}
}

// saveExpert stores a record; conflicts that it brings to light take effect at once.
func (s *site) saveExpert(r *request) error {
	var in expertForm
	err := r.bind(&in)
	if err == nil {
		_, err = s.Reviews.SaveExpert(r.ctx(), r.actor, r.Param("id"), in.Version, in.edit())
	}
	if err == nil {
		s.wake()
		return r.done("/experts/"+r.Param("id"), "pool.saved")
	}
	labels := map[string]string{"title": r.T("pool.field.title"), "employer": r.T("person.employer"), "fields": r.T("review.field.fields"), "until_on": r.T("pool.field.until"),
		"remark": r.T("pool.field.remark"), "posts": r.T("pool.posts")}
	for i := range 40 {
		for _, f := range []string{"employer", "from", "to"} {
			labels[fmt.Sprintf("posts[%d].%s", i, f)] = r.T("pool.post.of", "No", i+1, "Label", r.T("pool.post."+f))
		}
	}
	told, err := r.refused(err, labels)
	if err != nil {
		return err
	}
	e, err := s.Reviews.Expert(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showExpert(r, e, in.edit(), told)
}

func (s *site) showExpert(r *request, e review.Expert, in review.ExpertEdit, told refusal) error {
	units, err := r.units()
	if err != nil {
		return err
	}
	own, office := e.ID == r.actor.ID, r.actor.Has(workflows.Officer)
	badge := r.poolBadge(e)
	v := views.SectionsView{Header: views.Header{Title: e.Name, Badge: &badge, Lead: strings.TrimSpace(e.Title + " " + workplace(e, units))}}
	if !own {
		v.Header.Crumbs = []views.Link{{Label: r.T("pool.title"), Href: "/experts"}}
	}
	confirmed := r.T("pool.unconfirmed")
	if e.ConfirmedAt != nil {
		confirmed = wording.DateTime(r.lang, *e.ConfirmedAt)
	}
	facts := []views.Item{{Term: r.T("column.unit"), Text: units[e.Unit]}, {Term: r.T("person.employer"), Text: e.Employer}, {Term: r.T("review.field.fields"), Text: r.sectorNames(e.Fields)},
		{Term: r.T("pool.field.until"), Text: e.UntilOn}, {Term: r.T("pool.confirmed"), Text: confirmed}}
	c := e.Record
	record := []views.Item{{Term: r.T("pool.asked"), Text: strconv.Itoa(c.Asked)}, {Term: r.T("pool.open"), Text: strconv.Itoa(c.Open)}, {Term: r.T("pool.scored"), Text: strconv.Itoa(c.Scored)},
		{Term: r.T("pool.declined"), Text: strconv.Itoa(c.Declined + c.Expired)}, {Term: r.T("pool.recused"), Text: strconv.Itoa(c.Recused)}}
	if !own {
		facts = append(facts, views.Item{Term: r.T("pool.field.remark"), Text: e.Remark})
		record = append(record, views.Item{Term: r.T("pool.lean"), Text: lean(e)})
	}
	v.Sections = []views.Section{{Items: slices.DeleteFunc(facts, func(i views.Item) bool { return i.Text == "" })}, {Title: r.T("pool.record"), Items: record}}
	v.Sections = append(v.Sections, views.Section{Title: r.T("pool.posts"), Text: r.T("pool.posts.help"), Table: r.postTable(e.Posts)})
	if own || office {
		v.Sections = append(v.Sections, views.Section{Title: r.T("pool.edit"), Text: r.editNote(own, office), Forms: []views.InputForm{r.expertInputs(e, in, told, office)}})
	}
	return s.simple(r, told.status(), e.Name, views.SectionsPage(v))
}

func (r *request) editNote(own, office bool) string {
	if own && !office {
		return r.T("pool.edit.own")
	}
	return r.T("pool.edit.office")
}

func (r *request) postTable(posts []review.Post) *views.Table {
	t := views.Table{Caption: r.T("pool.posts"), Dense: true, Empty: views.Empty{Text: r.T("pool.posts.empty"), Help: r.T("pool.posts.empty.help")}, Columns: []views.Column{
		{Label: r.T("pool.post.employer")}, {Label: r.T("pool.post.title")}, {Label: r.T("pool.post.from"), Keep: true}, {Label: r.T("pool.post.to"), Keep: true}}}
	for _, p := range posts {
		to := p.To
		if to == "" {
			to = r.T("pool.post.still")
		}
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(p.Employer, p.Title, p.From, to)})
	}
	return &t
}

// expertInputs are the fields that the reader may change: an expert's own part, or all.
func (r *request) expertInputs(e review.Expert, in review.ExpertEdit, told refusal, office bool) views.InputForm {
	line := func(name, key, value string, kind views.InputKind) views.Input {
		return views.Input{Kind: kind, Field: views.Field{Name: name, Label: r.T(key), Value: value, Error: told.Of(name)}}
	}
	f := views.InputForm{Form: views.Form{Action: "/experts/" + e.ID, Version: e.Version, Problems: told.Problems}, Submit: r.T("pool.save")}
	f.Inputs = []views.Input{line("title", "pool.field.title", in.Title, views.LineInput), line("employer", "person.employer", in.Employer, views.LineInput)}
	if office {
		fields := views.Field{Name: "fields", Label: r.T("review.field.fields"), Error: told.Of("fields")}
		for _, sector := range r.site.Book.Sectors {
			fields.Options = append(fields.Options, views.Option{Value: sector.Code, Label: sector.Name.In(string(r.lang)), Chosen: slices.Contains(in.Fields, sector.Code)})
		}
		pool := views.Field{Name: "pool", Label: r.T("pool.field.pool"), Value: map[bool]string{true: "in", false: "out"}[in.InPool], Options: r.options("pool.field.pool.", "in", "out")}
		f.Inputs = append(f.Inputs, views.Input{Kind: views.ManyInput, Field: fields}, views.Input{Kind: views.RadioInput, Field: pool},
			line("until_on", "pool.field.until", in.UntilOn, views.DateInput), line("remark", "pool.field.remark", in.Remark, views.AreaInput))
	}
	for i := range len(in.Posts) + 2 {
		p := review.Post{}
		if i < len(in.Posts) {
			p = in.Posts[i]
		}
		for _, x := range []struct {
			name, value string
			kind        views.InputKind
		}{{"employer", p.Employer, views.LineInput}, {"title", p.Title, views.LineInput}, {"from", p.From, views.DateInput}, {"to", p.To, views.DateInput}} {
			f.Inputs = append(f.Inputs, views.Input{Kind: x.kind, Field: views.Field{Name: fmt.Sprintf("post.%d.%s", i, x.name), Value: x.value,
				Label: r.T("pool.post.of", "No", i+1, "Label", r.T("pool.post."+x.name)), Error: told.Of(fmt.Sprintf("posts[%d].%s", i, x.name))}})
		}
	}
	return f
}

// query writes an address with values.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}
