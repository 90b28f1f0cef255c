package web

import (
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

func rectificationRoutes() []route {
	readers := append(watchers(), workflows.Filler, workflows.Leader, workflows.Statistics)
	return []route{
		{get, "/rectifications/:id", (*site).rectificationPage, only(readers...), false},
		{post, "/rectifications/:id", (*site).saveRemedy, only(workflows.Filler, workflows.Officer), false},
	}
}

// remedyForm is what is typed about the items, by their ids.
type remedyForm struct {
	Version  int64             `form:"version"`
	Results  map[string]string `form:"result.*"`
	Verdicts map[string]string `form:"verdict.*"`
	Notes    map[string]string `form:"note.*"`
	Next     string            `form:"next,20"`
}

// remedyState is a rectification as it is shown.
type remedyState struct {
	view evaluation.RectificationView
	form *remedyForm // nil: as stored
	told refusal
	over *views.Overtaken
}

func (s *site) rectificationPage(r *request) error {
	v, err := s.Rectifications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showRemedy(r, remedyState{view: v})
}

// saveRemedy stores what the unit did, or what the officer found.
func (s *site) saveRemedy(r *request) error {
	var in remedyForm
	err := r.bind(&in)
	x, missing := s.Rectifications.View(r.ctx(), r.actor, r.Param("id"))
	if missing != nil {
		return missing
	}
	var saved evaluation.Saved
	if err == nil {
		saved, err = s.putRemedy(r, in)
	}
	if err != nil {
		return s.refuseRemedy(r, in, x, err)
	}
	if r.wantsJSON() {
		r.saved(saved.Version)
		return nil
	}
	path := casework.Path(workflows.Rectification.Kind, x.ID)
	if in.Next == "recheck" {
		return r.redirect(path + "/act/recheck")
	}
	if n := len(saved.Problems); n > 0 {
		return r.done(path, "evaluation.saved.missing", "Count", n)
	}
	return r.done(path, "evaluation.saved")
}

func (s *site) putRemedy(r *request, in remedyForm) (evaluation.Saved, error) {
	if r.actor.Has(workflows.Officer) {
		var list []evaluation.ItemVerdict
		for _, id := range sortedKeys(in.Verdicts, in.Notes) {
			list = append(list, evaluation.ItemVerdict{ID: id, Verdict: in.Verdicts[id], Note: in.Notes[id]})
		}
		return s.Rectifications.SaveRecheck(r.ctx(), r.actor, r.Param("id"), in.Version, list)
	}
	var list []evaluation.ItemResult
	for _, id := range sortedKeys(in.Results) {
		list = append(list, evaluation.ItemResult{ID: id, Result: in.Results[id]})
	}
	return s.Rectifications.SaveItems(r.ctx(), r.actor, r.Param("id"), in.Version, list)
}

func sortedKeys(maps ...map[string]string) []string {
	var out []string
	for _, m := range maps {
		for k := range m {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refuseRemedy shows the items again with everything typed, or tells a script.
func (s *site) refuseRemedy(r *request, in remedyForm, x evaluation.RectificationView, failed error) error {
	failed = remedyFields(failed)
	told, err := r.refused(failed, r.remedyLabels(x))
	if err != nil || !r.canRemedy(x) {
		return failed
	}
	st := remedyState{view: x, form: &in, told: told}
	if c, ok := told.Told.Detail.(casework.Changed); ok {
		st.over = r.overtakenRemedy(x, in, c)
		st.told.Problems, in.Version = nil, x.Version
	}
	switch {
	case r.wantsJSON() && st.over != nil:
		return s.showFragment(r, told.status(), views.OvertakenBox(*st.over))
	case r.wantsJSON():
		return failed
	}
	if st.over != nil {
		st.over.Values = nil
	}
	return s.showRemedy(r, st)
}

// remedyFields names the fields of a refusal as the form does: items[3].result is result.3.
func remedyFields(err error) error {
	f, ok := asFault(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	out := *f
	out.Fields = slices.Clone(f.Fields)
	for i := range out.Fields {
		out.Fields[i].Path = remedyField(out.Fields[i].Path)
	}
	return &out
}

func remedyField(path string) string {
	rest, ok := strings.CutPrefix(path, "items[")
	if !ok {
		return path
	}
	id, field, _ := strings.Cut(rest, "]")
	return strings.TrimPrefix(field, ".") + "." + id
}

func (r *request) remedyLabels(x evaluation.RectificationView) map[string]string {
	out := map[string]string{}
	for i, it := range x.Items {
		label := r.T("rectification.item", "No", strconv.Itoa(i+1))
		out["result."+it.ID], out["verdict."+it.ID], out["note."+it.ID] = label, label, label
	}
	return out
}

// overtakenRemedy says what somebody else has written meanwhile, and carries one's own.
func (r *request) overtakenRemedy(x evaluation.RectificationView, in remedyForm, c casework.Changed) *views.Overtaken {
	path := casework.Path(workflows.Rectification.Kind, x.ID)
	o := &views.Overtaken{Since: r.timeline(workflows.Rectification.Kind, c.Since, nil), Action: path, Reload: path, Submit: r.T("checking.mine"),
		Values: map[string]string{"version": strconv.FormatInt(x.Version, 10)}}
	for i, it := range x.Items {
		theirs := it.Result
		mine, typed := in.Results[it.ID]
		if r.actor.Has(workflows.Officer) {
			theirs = it.Note
			mine, typed = in.Notes[it.ID]
		}
		if typed && theirs != mine && theirs != "" {
			o.Lines = append(o.Lines, r.T("rectification.theirs", "No", strconv.Itoa(i+1), "Text", theirs))
		}
	}
	for part, values := range map[string]map[string]string{"result": in.Results, "verdict": in.Verdicts, "note": in.Notes} {
		for id, value := range values {
			o.Values[part+"."+id] = value
		}
	}
	return o
}

// canRemedy reports whether the items are open to the reader.
func (r *request) canRemedy(x evaluation.RectificationView) bool {
	return r.actor.Has(workflows.Filler) && x.State == "open" || r.actor.Has(workflows.Officer) && x.State == "rechecking"
}

func (s *site) showRemedy(r *request, st remedyState) error {
	x := st.view
	units, err := r.units()
	if err != nil {
		return err
	}
	path := casework.Path(workflows.Rectification.Kind, x.ID)
	badge := r.badge(workflows.Rectification.Kind, x.State)
	v := views.RectificationView{Head: views.CaseHead{Header: views.Header{Title: r.T("rectification.title", "Zone", x.ZoneName), Badge: &badge,
		Crumbs: []views.Link{{Label: r.T("menu.rectifications"), Href: "/rectifications"}}}, Steps: r.steps(workflows.Rectification.Kind, x.State, x.History),
		Actions: leading(r.choices(casework.Ref{Kind: workflows.Rectification.Kind, ID: x.ID}, x.Choices), x.Choices)}, Overtaken: st.over}
	v.Facts = []views.Item{{Term: r.T("column.number"), Text: x.Number}, {Term: r.T("column.unit"), Text: units[x.Unit]},
		{Term: r.T("menu.evaluations"), Text: x.EvaluationNumber, Href: casework.Path(workflows.Evaluation.Kind, x.EvaluationID)},
		{Term: r.T("column.zone"), Text: x.ZoneNumber, Href: casework.Path(workflows.Zone.Kind, x.ZoneID)},
		{Term: r.T("rectification.extensions"), Text: r.T("rectification.extensions.of", "Count", x.Extensions, "Days", strconv.Itoa(x.ExtensionDays))}}
	if v.Head.Clocks, err = r.clocks(x.Clocks); err != nil {
		return err
	}
	r.remedyForm(&v, st, path)
	v.History = r.timeline(workflows.Rectification.Kind, x.History, units)
	p, err := s.page(r, v.Head.Header.Title)
	if err != nil {
		return err
	}
	p.Demo = p.Demo || x.Demo
	return s.showStatus(r, st.told.status(), p, views.RectificationPage(v))
}

func (r *request) remedyForm(v *views.RectificationView, st remedyState, path string) {
	x := st.view
	open := r.canRemedy(x)
	if open {
		version := x.Version
		if st.form != nil {
			version = st.form.Version
		}
		v.Form = &views.Form{Action: path, Version: version, Autosave: path, Problems: st.told.Problems}
		v.Buttons = []views.CheckButton{{Label: r.T("web.save"), Value: "stay", Primary: true}}
	}
	if open && x.State == "rechecking" {
		v.Buttons[0].Primary = false
		v.Buttons = append(v.Buttons, views.CheckButton{Label: r.T("rectification.recheck"), Value: "recheck", Primary: true})
	}
	for i, it := range x.Items {
		v.Items = append(v.Items, r.remedyItem(i+1, it, st, open))
	}
	for _, f := range x.Problems {
		v.Missing = append(v.Missing, views.Problem{Field: remedyField(f.Path), Text: r.site.Teller.Text(r.lang, f.Code, f.Params)})
	}
	if !open || x.State != "open" {
		v.Files = r.fileLines(x.Slots, x.Files)
		return
	}
	begun := r.unfinished(casework.Ref{Kind: workflows.Rectification.Kind, ID: x.ID})
	for _, slot := range x.Slots {
		v.Slots = append(v.Slots, r.openSlotView(slot, caseFiles{path: path, back: path, version: x.Version, files: x.Files, begun: begun}))
	}
}

func (r *request) remedyItem(number int, it evaluation.Item, st remedyState, open bool) views.RemedyItem {
	out := views.RemedyItem{Number: number, Words: it.Words, Done: it.Result}
	result, verdict, note := it.Result, it.Verdict, it.Note
	if f := st.form; f != nil {
		result, verdict, note = f.Results[it.ID], f.Verdicts[it.ID], f.Notes[it.ID]
	}
	switch {
	case open && st.view.State == "open":
		out.Result = &views.Field{Name: "result." + it.ID, Label: r.T("rectification.result"), Help: r.T("rectification.result.help"), Value: result, Max: 4000, Rows: 4,
			Error: st.told.Of("result." + it.ID)}
	case open:
		out.Verdict = &views.Field{Name: "verdict." + it.ID, Label: r.T("rectification.verdict"), Value: verdict, Options: r.options("rectification.verdict.", "pass", "fail"),
			Error: st.told.Of("verdict." + it.ID)}
		out.Note = &views.Field{Name: "note." + it.ID, Label: r.T("rectification.note"), Help: r.T("rectification.note.help"), Value: note, Max: 4000, Rows: 2,
			Error: st.told.Of("note." + it.ID)}
		return out
	}
	if it.Verdict != "" {
		tone := views.Good
		if it.Verdict == "fail" {
			tone = views.Bad
		}
		out.Finding, out.Found = &views.Badge{Label: r.T("rectification.verdict." + it.Verdict), Tone: tone}, it.Note
	}
	return out
}

// caseFiles is where the files of a case lie and to which page a removal leads back.
type caseFiles struct {
	path, back string
	version    int64
	files      []attachment.Attachment
	begun      map[string][]attachment.Session // uploads that this person has not finished, by slot
}

// openSlotView is a slot that files can be put into and taken out of.
func (r *request) openSlotView(slot policy.Slot, c caseFiles) views.SlotView {
	v := r.slotView(slot, c.files)
	if slot.MaxFiles > 1 && len(v.Files) >= slot.MaxFiles {
		v.Closed = r.T("edit.slot.full", "Count", slot.MaxFiles)
	} else {
		v.Drop = r.drop(c.path, slot, len(v.Files))
		r.resumable(v.Drop, c.begun[slot.Code], c.back)
	}
	i := 0
	for _, f := range c.files {
		if f.Slot != slot.Code {
			continue
		}
		v.Files[i].Remove = &views.Action{Label: r.T("web.remove"), Href: "/attachments/" + f.ID + "/remove", Version: c.version, Name: "back", Value: c.back,
			Confirm: &views.Confirm{Title: r.T("edit.file.remove", "Name", f.Name), Text: r.T("edit.file.remove.ask", "Name", f.Name)}}
		i++
	}
	return v
}
