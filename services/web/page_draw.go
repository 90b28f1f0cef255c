package web

import (
	"strconv"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/review"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// drawForm names the cases to draw for, each as kind/id.
type drawForm struct {
	Version int64    `form:"version"`
	Cases   []string `form:"cases,120"`
}

func refsOf(keys []string) ([]casework.Ref, error) {
	out := make([]casework.Ref, 0, len(keys))
	for _, key := range keys {
		kind, id, ok := strings.Cut(key, "/")
		if !ok || kind != string(workflows.Application.Kind) && kind != string(workflows.Evaluation.Kind) {
			return nil, fault.BadField("cases", "unknown")
		}
		out = append(out, casework.Ref{Kind: workflows.Kind(kind), ID: id})
	}
	return out, nil
}

func keyOf(ref casework.Ref) string { return string(ref.Kind) + "/" + ref.ID }

// drawsPage lists the draws, newest first.
func (s *site) drawsPage(r *request) error {
	found, err := s.Reviews.Drawings(r.ctx(), r.actor, casework.Ref{})
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("draw.title"), Empty: views.Empty{Text: r.T("draw.empty"), Help: r.T("draw.empty.help")}, Columns: []views.Column{
		{Label: r.T("draw.number"), Keep: true}, {Label: r.T("draw.cases")}, {Label: r.T("column.state"), Keep: true}, {Label: r.T("draw.by"), Keep: true}}}
	for _, d := range found {
		titles := make([]string, len(d.Cases))
		for i, c := range d.Cases {
			titles[i] = c.Title
		}
		t.Rows = append(t.Rows, views.Row{ID: d.ID, Name: d.Number, Cells: []views.Cell{{Text: d.Number, Href: "/draws/" + d.ID}, {Text: strings.Join(titles, r.T("web.list.comma"))},
			{View: views.StateBadge(r.drawBadge(d))}, {Text: d.DrawnBy, Sub: wording.DateTime(r.lang, d.DrawnAt)}}})
	}
	v := views.ListView{Header: views.Header{Title: r.T("draw.title"), Lead: r.T("draw.lead"), Crumbs: []views.Link{{Label: r.T("pool.title"), Href: "/experts"}}}, Table: t}
	if r.actor.Has(workflows.Officer) {
		v.Actions = []views.Action{{Label: r.T("draw.new"), Href: "/draws/new", Get: true, Primary: true, Icon: "plus"}}
	}
	return s.simple(r, 200, v.Header.Title, views.ListPage(v))
}

func (r *request) drawBadge(d review.Drawing) views.Badge {
	if d.ConfirmedAt != nil {
		return views.Badge{Label: r.T("draw.confirmed"), Tone: views.Good}
	}
	return views.Badge{Label: r.T("draw.preview"), Tone: views.Waiting}
}

// newDrawPage offers the cases whose panels have empty seats.
func (s *site) newDrawPage(r *request) error { return s.showNewDraw(r, drawForm{}, refusal{}) }

func (s *site) showNewDraw(r *request, in drawForm, told refusal) error {
	var open []review.OpenPanel
	err := r.view(func(tx *database.Tx) (err error) {
		open, err = s.Reviews.OpenPanels(tx, r.actor)
		return err
	})
	if err != nil {
		return err
	}
	t := views.Table{Caption: r.T("draw.cases"), Empty: views.Empty{Text: r.T("draw.none"), Help: r.T("draw.none.help")}, Columns: []views.Column{{Label: r.T("experts.pick"), Keep: true},
		{Label: r.T("column.case")}, {Label: r.T("review.field.fields")}, {Label: r.T("draw.seats"), Numeric: true}}}
	picked := map[string]bool{}
	for _, key := range in.Cases {
		picked[key] = true
	}
	for _, p := range open {
		key := keyOf(p.Ref)
		t.Rows = append(t.Rows, views.Row{ID: key, Name: p.Title, Cells: []views.Cell{{View: views.PickBox("cases", key, r.T("web.select.row", "Name", p.Title), picked[key])},
			{Text: p.Title, Href: casework.Path(p.Ref.Kind, p.Ref.ID) + "/experts", Sub: p.Number}, {Text: r.sectorNames(p.Sectors)},
			{Text: r.T("draw.seats.of", "Empty", strconv.Itoa(p.Empty), "Size", strconv.Itoa(p.Size))}}})
	}
	h := views.Header{Title: r.T("draw.new"), Crumbs: []views.Link{{Label: r.T("pool.title"), Href: "/experts"}, {Label: r.T("draw.title"), Href: "/draws"}}}
	return s.simple(r, told.status(), h.Title, views.PickForm(h, r.T("draw.new.help"), views.Form{Action: "/draws", Problems: told.Problems}, t, r.T("draw.do")))
}

// makeDraw draws and leads to the preview; nobody is asked yet.
func (s *site) makeDraw(r *request) error {
	var in drawForm
	err := r.bind(&in)
	var refs []casework.Ref
	if err == nil {
		refs, err = refsOf(in.Cases)
	}
	if err == nil {
		var id string
		if id, err = s.Reviews.Draw(r.ctx(), r.actor, refs); err == nil {
			return r.done("/draws/"+id, "draw.made")
		}
	}
	told, err := r.refused(err, map[string]string{"cases": r.T("draw.cases")})
	if err != nil {
		return err
	}
	return s.showNewDraw(r, in, told)
}

// drawPage shows a draw: what it rests on, who sits where and why, who could not be drawn.
func (s *site) drawPage(r *request) error { return s.showDraw(r, refusal{}, nil) }

// checkDraw draws again from the record and says whether it comes to the same.
func (s *site) checkDraw(r *request) error {
	var in drawForm
	if err := r.bind(&in); err != nil {
		return err
	}
	c, err := s.Reviews.Check(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	flash := views.Flash{Kind: views.Done, Text: r.T("draw.check.same")}
	if !c.Same {
		flash = views.Flash{Kind: views.Failed, Text: r.T("draw.check.differs")}
	}
	return s.showDraw(r, refusal{}, &flash)
}

func (s *site) showDraw(r *request, told refusal, flash *views.Flash) error {
	d, err := s.Reviews.Drawing(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	badge := r.drawBadge(d)
	v := views.SectionsView{Header: views.Header{Title: d.Number, Badge: &badge, Lead: r.T("draw.made.by", "Name", d.DrawnBy, "When", wording.DateTime(r.lang, d.DrawnAt)),
		Crumbs: []views.Link{{Label: r.T("pool.title"), Href: "/experts"}, {Label: r.T("draw.title"), Href: "/draws"}}}}
	for _, p := range told.Problems {
		v.Flashes = append(v.Flashes, views.Flash{Kind: views.Failed, Text: p.Text})
	}
	if flash != nil {
		v.Flashes = append(v.Flashes, *flash)
	}
	open := d.ConfirmedAt == nil && r.actor.Has(workflows.Officer)
	if open {
		v.Actions = append(v.Actions, views.Action{Label: r.T("draw.confirm"), Href: "/draws/" + d.ID + "/confirm", Version: d.Version, Primary: true, Icon: "user-check",
			Confirm: &views.Confirm{Title: r.T("draw.confirm"), Text: r.T("draw.confirm.ask")}})
	}
	v.Actions = append(v.Actions, views.Action{Label: r.T("draw.check"), Href: "/draws/" + d.ID + "/check", Icon: "shield-check"})
	for _, c := range d.Cases {
		v.Sections = append(v.Sections, s.drawnSection(r, d, c, open))
	}
	v.Sections = append(v.Sections, r.drawRecord(d))
	return s.simple(r, told.status(), d.Number, views.SectionsPage(v))
}

// drawnSection is one case of a draw.
func (s *site) drawnSection(r *request, d review.Drawing, c review.DrawnCase, open bool) views.Section {
	out := views.Section{Title: c.Title, Text: r.T("draw.case.text", "Number", c.Number, "Sectors", r.sectorNames(c.Sectors), "Seats", strconv.Itoa(c.Seats), "Nth", strconv.Itoa(c.Nth))}
	t := views.Table{Caption: c.Title, Empty: views.Empty{Text: r.T("draw.nobody"), Help: r.T("draw.nobody.help")}, Columns: []views.Column{{Label: r.T("review.field.evaluator"), Keep: true},
		{Label: r.T("draw.seat")}, {Label: r.T("draw.why")}}}
	if open {
		t.Columns = append(t.Columns, views.Column{Label: r.T("column.action"), Keep: true})
	}
	for i, seat := range c.Picks {
		row := views.Row{ID: seat.Expert, Name: seat.Name, Cells: []views.Cell{{Text: seat.Name, Href: "/experts/" + seat.Expert}, {Text: r.sectorNames([]string{seat.Sector})}, {Text: r.seatWhy(seat)}}}
		if seat.Changed {
			row.Cells[2].Sub = r.T("draw.changed", "Was", seat.Was, "Name", seat.By, "Reason", seat.Reason)
		}
		if open {
			to := query("/draws/"+d.ID+"/replace", "case", keyOf(c.Ref), "seat", strconv.Itoa(i))
			row.Cells = append(row.Cells, views.Cell{Text: r.T("draw.replace"), Href: to})
		}
		t.Rows = append(t.Rows, row)
	}
	out.Table = &t
	fold := views.Table{Caption: r.T("draw.out"), Dense: true, Columns: []views.Column{{Label: r.T("review.field.evaluator")}, {Label: r.T("experts.why")}}}
	for _, x := range c.Out {
		fold.Rows = append(fold.Rows, views.Row{Cells: views.Cells(x.Name, s.Teller.Text(r.lang, x.Why, map[string]string{"Name": x.Name}))})
	}
	out.Fold, out.FoldAs = &fold, r.T("draw.out.count", "Count", len(fold.Rows))
	if c.Empty > 0 {
		out.Text += r.T("draw.short", "Count", c.Empty)
	}
	out.Actions = []views.Action{{Label: r.T("experts.title"), Href: casework.Path(c.Ref.Kind, c.Ref.ID) + "/experts", Get: true, Icon: "users-group"}}
	return out
}

// seatWhy says in words what spoke for a pick and what against it.
func (r *request) seatWhy(s review.Seat) string {
	out := []string{r.T("draw.why.other")}
	if s.Match {
		out[0] = r.T("draw.why.match")
	}
	out = append(out, r.T("draw.why.load", "Count", s.Load), r.T("draw.why.asked", "Count", s.Asked))
	if s.Paired > 0 {
		out = append(out, r.T("draw.why.paired", "Count", s.Paired))
	}
	if s.Shares > 0 {
		out = append(out, r.T("draw.why.shares", "Count", s.Shares))
	}
	return strings.Join(out, r.T("page.semicolon"))
}

// drawRecord is what the draw can be made again from.
func (r *request) drawRecord(d review.Drawing) views.Section {
	items := []views.Item{{Term: r.T("draw.seed"), Text: d.Seed}, {Term: r.T("draw.digest"), Text: d.Digest}, {Term: r.T("draw.engine"), Text: strconv.Itoa(d.Engine)},
		{Term: r.T("draw.pool"), Text: strconv.Itoa(d.Pool)}, {Term: r.T("draw.cost"), Text: strconv.FormatInt(d.Cost, 10)}}
	if len(d.Cases) > 0 {
		items = append(items, views.Item{Term: r.T("draw.rules"), Text: d.Cases[0].RuleSetID})
	}
	if d.ConfirmedAt != nil {
		items = append(items, views.Item{Term: r.T("draw.confirmed"), Text: r.T("draw.made.by", "Name", d.ConfirmedBy, "When", wording.DateTime(r.lang, *d.ConfirmedAt))})
	}
	return views.Section{Title: r.T("draw.record"), Text: r.T("draw.record.help"), Items: items}
}

// replaceForm puts somebody else on a seat.
type replaceForm struct {
	Version int64  `form:"version"`
	Case    string `form:"case,120"`
	Seat    int64  `form:"seat"`
	Expert  string `form:"expert,60"`
	Reason  string `form:"reason,5000"`
}

// replacePage offers who could take a seat instead, the best first.
func (s *site) replacePage(r *request) error {
	seat, err := strconv.ParseInt(r.text("seat"), 10, 32)
	if err != nil {
		return fault.Missing()
	}
	return s.showReplace(r, replaceForm{Case: r.text("case"), Seat: seat}, refusal{})
}

func (s *site) showReplace(r *request, in replaceForm, told refusal) error {
	refs, err := refsOf([]string{in.Case})
	if err != nil {
		return fault.Missing()
	}
	d, err := s.Reviews.Drawing(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	found, err := s.Reviews.Replacements(r.ctx(), r.actor, d.ID, refs[0], int(in.Seat))
	if err != nil {
		return err
	}
	choice := views.Field{Name: "expert", Label: r.T("draw.replace.by"), Help: r.T("draw.replace.help"), Value: in.Expert, Required: true, Error: told.Of("expert")}
	for _, c := range found[:min(len(found), 30)] {
		choice.Options = append(choice.Options, views.Option{Value: c.Expert, Label: c.Name, Help: r.seatWhy(c), Chosen: c.Expert == in.Expert})
	}
	form := views.InputForm{Form: views.Form{Action: query("/draws/"+d.ID+"/replace", "case", in.Case, "seat", strconv.FormatInt(in.Seat, 10)), Version: d.Version, Problems: told.Problems}, Submit: r.T("draw.replace")}
	form.Inputs = []views.Input{{Kind: views.RadioInput, Field: choice},
		{Kind: views.AreaInput, Field: views.Field{Name: "reason", Label: r.T("web.reason"), Value: in.Reason, Required: true, Max: 2000, Rows: 3, Error: told.Of("reason")}}}
	v := views.InputPage{Header: views.Header{Title: r.T("draw.replace"), Crumbs: []views.Link{{Label: r.T("draw.title"), Href: "/draws"}, {Label: d.Number, Href: "/draws/" + d.ID}}},
		Form: form, Back: "/draws/" + d.ID}
	for _, c := range d.Cases {
		if c.Ref == refs[0] && int(in.Seat) < len(c.Picks) {
			v.Header.Lead = r.T("draw.replace.lead", "Title", c.Title, "Name", c.Picks[in.Seat].Name)
		}
	}
	if len(found) == 0 {
		v.Text = []string{r.T("draw.replace.none")}
	}
	return s.simple(r, told.status(), v.Header.Title, views.OneFormPage(v))
}

// replaceSeat stores a replacement with its reason.
func (s *site) replaceSeat(r *request) error {
	in := replaceForm{Case: r.text("case")}
	seat, err := strconv.ParseInt(r.text("seat"), 10, 32)
	if err != nil {
		return fault.Missing()
	}
	in.Seat = seat
	refs, err := refsOf([]string{in.Case})
	if err != nil {
		return fault.Missing()
	}
	if err = r.bind(&in); err == nil {
		err = s.Reviews.Replace(r.ctx(), r.actor, r.Param("id"), review.Replacement{Ref: refs[0], Seat: int(seat), ExpertID: in.Expert, Reason: in.Reason, Version: in.Version})
	}
	if err == nil {
		return r.done("/draws/"+r.Param("id"), "draw.replaced")
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("web.reason"), "expert": r.T("draw.replace.by")})
	if err != nil {
		return err
	}
	return s.showReplace(r, in, told)
}

// confirmDraw sends the invitations.
func (s *site) confirmDraw(r *request) error {
	var in drawForm
	err := r.bind(&in)
	var outs []casework.Outcome
	if err == nil {
		outs, err = s.Reviews.Confirm(r.ctx(), r.actor, r.Param("id"), in.Version)
	}
	if err == nil {
		s.wake()
		return r.done("/draws/"+r.Param("id"), "experts.invited", "Count", len(outs))
	}
	told, err := r.refused(err, nil)
	if err != nil {
		return err
	}
	return s.showDraw(r, told, nil)
}
