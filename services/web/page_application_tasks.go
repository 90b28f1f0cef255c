package web

import (
	"net/http"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
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
	if e.view.State == "correction" {
		out.Strip = r.itemStrip(e.view, e.form.part)
		out.Strip.Swap, out.Strip.Fresh = true, true
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
		if partOfItem(item) == part {
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
func partOfItem(item application.CorrectionItem) string {
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

func boolText(v bool) string {
	if v {
		return "true"
	}
	return ""
}

// itemAnchor is the field, list or slot of the form that an item is about; a whole part has
// none.
func itemAnchor(item application.CorrectionItem) string {
	switch item.AnchorKind {
	case "slot":
		return "materials[" + item.Anchor + "]"
	case "field":
		return placeOf(fieldOf(item.Anchor))
	}
	return ""
}

// placeOf is the element of the form that shows a field: a group of fields begins with its
// first, a row of a list is shown by the list.
func placeOf(path string) string {
	switch path {
	case "body.contact":
		return "body.contact.name"
	case "factors.land", "factors.funds", "factors.talent", "factors.utilities":
		return path + ".amount"
	}
	if list, _, member, ok := rowOf(path); ok && member == "" {
		return list
	}
	if rest, ok := strings.CutPrefix(path, goalRowsPath+"["); ok && strings.Contains(rest, "].planned") && !strings.HasSuffix(path, "]") {
		return strings.TrimSuffix(path, ".planned") + ".base"
	}
	return path
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
