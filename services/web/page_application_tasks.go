package web

import (
	"net/http"
	"slices"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// mostProblems is how many problems of one place are listed: a long list of firms may have
// thousands, and whoever mends the first sees the next.
const mostProblems = 50

// editStatus is the list of tasks, and what is still to do in the part that is open.
func (r *request) editStatus(e *editor) views.EditorStatus {
	out := views.EditorStatus{Refresh: "/applications/" + e.view.ID + "/edit/status?part=" + e.form.part, Ready: r.readyBadge(e.view),
		Check: "/applications/" + e.view.ID + "/self-check"}
	for _, part := range editParts() {
		out.Tasks = append(out.Tasks, views.Task{Label: r.T("field." + part), Href: editHref(e.view.ID, part, ""), Active: part == e.form.part,
			Badge: r.partBadge(e, part)})
	}
	begun := begun(e.view, e.form.part)
	for _, p := range e.view.Problems {
		if p.Clarification != e.form.part {
			continue
		}
		switch {
		case p.Severity != application.Refuse && len(out.Warn) < mostProblems:
			out.Warn = append(out.Warn, e.summaryLine(r, p))
		case p.Severity == application.Refuse && begun && len(out.Open) < mostProblems:
			out.Open = append(out.Open, e.summaryLine(r, p))
		case p.Severity == application.Refuse && begun:
			out.More++
		}
	}
	return out
}

// begun reports whether anything of a part is stored.
func begun(v application.View, part string) bool {
	path := part
	if part == "materials" {
		if len(v.Files) > 0 {
			return true
		}
		path = "recommendation"
	}
	t, err := typedOf(v.Content, path)
	return err == nil && t.started()
}

// partBadge says how far a part is: 未开始, 有问题, 完成, 需补正.
func (r *request) partBadge(e *editor, part string) views.Badge {
	n := refusals(e.view.Problems, part)
	if e.view.State != "draft" {
		return r.correctionBadge(e, part, n)
	}
	switch {
	case !begun(e.view, part):
		return views.Badge{Label: r.T("edit.task.new"), Tone: views.Quiet}
	case n > 0:
		return views.Badge{Label: r.T("edit.task.problems", "Count", n), Tone: views.Waiting}
	}
	return views.Badge{Label: r.T("edit.task.done"), Tone: views.Good}
}

// correctionBadge is about the items of the notice first, then about what the checks say.
func (r *request) correctionBadge(e *editor, part string, refused int) views.Badge {
	open, all := 0, 0
	for _, item := range e.view.Items {
		if e.partOfItem(item) == part {
			all++
			if !item.Done {
				open++
			}
		}
	}
	switch {
	case open > 0:
		return views.Badge{Label: r.T("edit.task.correct", "Count", open), Tone: views.Active}
	case refused > 0:
		return views.Badge{Label: r.T("edit.task.problems", "Count", refused), Tone: views.Waiting}
	case all > 0:
		return views.Badge{Label: r.T("edit.task.corrected"), Tone: views.Good}
	}
	return views.Badge{Label: r.T("edit.task.untouched"), Tone: views.Quiet}
}

// partOfItem is the task in which an item of a correction notice is dealt with.
func (e *editor) partOfItem(item application.CorrectionItem) string {
	switch item.AnchorKind {
	case "slot":
		return "materials"
	case "field":
		return partOfPath(item.Anchor)
	}
	return item.Anchor
}

// partOfPath is the task of the editor that holds a field or a slot.
func partOfPath(path string) string {
	for _, part := range editParts() {
		if under := len(part); path == part || len(path) > under && path[:under] == part && (path[under] == '.' || path[under] == '[') {
			return part
		}
	}
	return "materials"
}

// readyBadge says how much of the whole is missing.
func (r *request) readyBadge(v application.View) views.Badge {
	n := 0
	for _, p := range v.Problems {
		if p.Severity == application.Refuse {
			n++
		}
	}
	if n > 0 {
		return views.Badge{Label: r.T("edit.ready.not", "Count", n), Tone: views.Waiting}
	}
	if !v.Ready {
		return views.Badge{Label: r.T("edit.ready.blocked"), Tone: views.Waiting}
	}
	return views.Badge{Label: r.T("edit.ready.yes"), Tone: views.Good}
}

// statusPart answers the page after each autosave.
func (s *site) statusPart(r *request) error {
	e, err := s.openEditor(r, r.Query("part"))
	if err != nil {
		return err
	}
	if !e.editable() {
		return fault.Missing()
	}
	if e.typed, err = typedOf(e.view.Content, e.form.path); err != nil {
		return err
	}
	others, err := s.Applications.Others(r.ctx(), r.actor, e.view.ID)
	if err != nil {
		return err
	}
	status := r.editStatus(e)
	status.Swap = true
	placePresent(&status, others)
	return s.showFragment(r, http.StatusOK, views.EditorTasks(status))
}

// correctionItems is the notice on top of the page: each item with the officer's words, the
// place it is about, and the answer.
func (r *request) correctionItems(e *editor, here string) []views.ItemView {
	if e.view.State != "correction" {
		return nil
	}
	out := make([]views.ItemView, 0, len(e.view.Items))
	for _, item := range e.view.Items {
		v := r.itemView(e.view, item)
		v.Href = editHref(e.view.ID, e.partOfItem(item), itemAnchor(item))
		v.Action = here + "/items/" + item.ID + "?part=" + e.form.part
		v.Answer = views.Field{Name: "answer." + item.ID, Label: r.T("edit.item.answer"), Value: item.Answer, Rows: 2, Max: 500}
		v.Done = views.Field{Name: "done." + item.ID, Label: r.T("edit.item.done"), Value: boolText(item.Done)}
		out = append(out, v)
	}
	return out
}

func boolText(v bool) string {
	if v {
		return "true"
	}
	return ""
}

// itemAnchor is the field or slot that an item is about; a whole part has none.
func itemAnchor(item application.CorrectionItem) string {
	switch item.AnchorKind {
	case "slot":
		return "materials[" + item.Anchor + "]"
	case "field":
		return fieldOf(item.Anchor)
	}
	return ""
}

// itemView is one item for reading.
func (r *request) itemView(v application.View, item application.CorrectionItem) views.ItemView {
	out := views.ItemView{ID: item.ID, Label: r.itemLabel(v, item), Words: item.Words, Closed: false,
		State: views.Badge{Label: r.T("edit.item.open"), Tone: views.Waiting}}
	out.Answer.Value = item.Answer
	if item.Done {
		out.State = views.Badge{Label: r.T("edit.item.done"), Tone: views.Good}
	}
	return out
}

func (r *request) itemLabel(v application.View, item application.CorrectionItem) string {
	switch item.AnchorKind {
	case "slot":
		for _, slot := range v.Slots {
			if slot.Code == item.Anchor {
				return r.T("edit.item.at", "Part", r.T("field.materials"), "Place", slot.Name.In(string(r.lang)))
			}
		}
		return r.T("field.materials")
	case "field":
		label := r.pathLabel(item.Anchor)
		if list, row, _, ok := rowOf(item.Anchor); ok && list != sectorsPath {
			label = r.T("edit.cell", "Row", r.T("edit.row.nth", "Row", row+1), "Label", label)
		}
		return r.T("edit.item.at", "Part", r.T("field."+partOfPath(item.Anchor)), "Place", label)
	}
	return r.T("field." + item.Anchor)
}

// itemsLead says how long there is, and when the answer is complete.
func (r *request) itemsLead(v application.View) string {
	for _, c := range v.Clocks {
		if c.Name == workflows.ClockCorrection && !c.Ended {
			return r.T("edit.items.lead", "Date", r.dayText(c.Reading.Due.String()), "Count", max(0, c.Reading.Left))
		}
	}
	return r.T("edit.items.rest")
}

// itemAnswer is the answer to one item; its fields carry the item's id, because several stand
// on a page.
type itemAnswer struct {
	Answer map[string]string `form:"answer.*"`
	Done   map[string]string `form:"done.*"`
}

// answerItem stores the answer to one item of the correction notice.
func (s *site) answerItem(r *request) error {
	item := r.Param("code")
	var in itemAnswer
	err := r.bind(&in)
	if err == nil {
		err = s.Applications.AnswerItem(r.ctx(), r.actor, r.Param("id"), item, in.Answer[item], in.Done[item] != "")
	}
	if err == nil {
		return r.done(casework.Path(workflows.Application.Kind, r.Param("id"))+"/edit?part="+r.partAsked()+"#item-"+item, "edit.item.saved")
	}
	told, err := r.refused(err, nil)
	if err != nil {
		return err
	}
	return s.answerRefused(r, item, in, told)
}

// partAsked is the part named in the address, if it is one.
func (r *request) partAsked() string {
	if part := r.Query("part"); slices.Contains(editParts(), part) {
		return part
	}
	return "body"
}

// answerRefused shows the page again with the answer as it was typed.
func (s *site) answerRefused(r *request, item string, in itemAnswer, told refusal) error {
	e, err := s.openEditor(r, r.partAsked())
	if err != nil {
		return err
	}
	if err := e.load(s.DB.Now().Year()); err != nil {
		return err
	}
	for i := range e.view.Items {
		if e.view.Items[i].ID == item {
			e.view.Items[i].Answer, e.view.Items[i].Done = in.Answer[item], in.Done[item] != ""
		}
	}
	e.status = told.status()
	for _, p := range told.Problems {
		p.Field = "answer." + item
		e.summary = append(e.summary, p)
	}
	return s.showEditor(r, e, nil)
}
