package web

import (
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// slots are the places for files of an application with what lies in them.
func (r *request) slots(e *editor) []views.SlotView {
	open := r.unfinished(casework.Ref{Kind: workflows.Application.Kind, ID: e.view.ID})
	told := map[string]string{}
	for _, p := range e.view.Problems {
		if code := p.Params["SlotCode"]; code != "" && p.Severity == application.Refuse && p.Code != "materials.missing" && told[code] == "" && r.hasFile(e, code) {
			told[code] = r.problemText(p)
		}
	}
	out := make([]views.SlotView, 0, len(e.view.Slots))
	for _, slot := range e.view.Slots {
		v := r.slotView(slot, e.view.Files)
		v.Error, v.Words = told[slot.Code], slotWords(e, slot.Code)
		switch {
		case !e.openSlot(slot):
			v.Closed = r.T("edit.closed.slot")
		case slot.MaxFiles > 1 && len(v.Files) >= slot.MaxFiles:
			v.Closed = r.T("edit.slot.full", "Count", slot.MaxFiles)
		default:
			v.Drop = r.drop("/applications/"+e.view.ID, slot, len(v.Files))
			r.resumable(v.Drop, open[slot.Code], editHref(e.view.ID, "materials", "materials["+slot.Code+"]"))
			v.Rule = "" // the place to put files says it
			if slot.MaxFiles > 1 {
				v.Rule = r.T("edit.slot.most", "Count", slot.MaxFiles)
			}
		}
		if e.openSlot(slot) {
			r.removable(&v, e, slot)
		}
		out = append(out, v)
	}
	return out
}

func (r *request) hasFile(e *editor, slot string) bool {
	return slices.ContainsFunc(e.view.Files, func(f attachment.Attachment) bool { return f.Slot == slot })
}

func slotWords(e *editor, slot string) string {
	if e.view.State != "correction" {
		return ""
	}
	for _, item := range e.view.Items {
		if item.AnchorKind == "slot" && item.Anchor == slot {
			return item.Words
		}
	}
	return ""
}

// slotView is a slot for reading: what it takes and what it holds.
func (r *request) slotView(slot policy.Slot, files []attachment.Attachment) views.SlotView {
	v := views.SlotView{Code: slot.Code, Label: slot.Name.In(string(r.lang)), Hint: slot.Hint.In(string(r.lang)), Required: slot.Required,
		Rule: r.T("edit.slot.rule", "Formats", strings.Join(slot.Formats, r.T("web.list.comma")), "Size", views.FileSize(slot.MaxBytes), "Count", max(1, slot.MaxFiles))}
	for _, f := range files {
		if f.Slot == slot.Code {
			v.Files = append(v.Files, r.slotFile(f))
		}
	}
	switch {
	case len(v.Files) > 0:
		v.State = views.Badge{Label: r.T("edit.slot.has", "Count", len(v.Files)), Tone: views.Good}
	case slot.Required:
		v.State = views.Badge{Label: r.T("edit.slot.missing"), Tone: views.Waiting}
	default:
		v.State = views.Badge{Label: r.T("edit.slot.optional"), Tone: views.Quiet}
	}
	return v
}

func (r *request) slotFile(f attachment.Attachment) views.SlotFile {
	meta := r.T("edit.file.meta", "No", f.No, "Size", views.FileSize(f.Size), "Sum", f.SHA256[:min(12, len(f.SHA256))])
	if f.AttachedAt != nil {
		meta += " · " + wording.DateTime(r.lang, *f.AttachedAt)
	}
	if f.ValidUntil != "" {
		meta += " · " + r.T("slot.valid", "Day", f.ValidUntil)
	}
	out := views.SlotFile{Name: f.Name, Meta: meta, Href: deskFile(f.ID), Scan: r.scanBadge(f)}
	if shown(f.ContentType) || readable(f.ContentType) {
		out.Preview = deskPreview(f.ID)
	}
	return out
}

// removable gives the files of an open slot their button.
func (r *request) removable(v *views.SlotView, e *editor, slot policy.Slot) {
	i := 0
	for _, f := range e.view.Files {
		if f.Slot != slot.Code {
			continue
		}
		v.Files[i].Remove = &views.Action{Label: r.T("web.remove"), Href: "/attachments/" + f.ID + "/remove", Version: e.view.Version, Name: "back",
			Value:   editHref(e.view.ID, "materials", "materials["+slot.Code+"]"),
			Confirm: &views.Confirm{Title: r.T("edit.file.remove", "Name", f.Name), Text: r.T("edit.file.remove.ask", "Name", f.Name)}}
		i++
	}
}

// drop is where files are put into a slot; a slot for one file takes a newer one in its place.
func (r *request) drop(here string, slot policy.Slot, held int) *views.Upload {
	u := &views.Upload{ID: "drop-" + slot.Code, Label: r.T("edit.slot.add"), MaxBytes: slot.MaxBytes, Many: slot.MaxFiles > 1,
		Ticket: here + "/files", Complete: "/attachments/{id}/complete", Fields: map[string]string{"slot": slot.Code},
		Session: "/attachments/{id}", Whole: r.site.Attachments.PartSize(), Person: r.actor.ID}
	if slot.Dated {
		u.Dated = r.T("upload.valid_until")
	}
	if slot.MaxFiles <= 1 && held > 0 {
		u.Label = r.T("edit.slot.replace")
	}
	for _, format := range slot.Formats {
		u.Accept = append(u.Accept, "."+format)
	}
	return u
}

// linkedFile sends a file of any kind of case, or shows it where ?inline=1 asks for that.
func (s *site) linkedFile(r *request) error { return s.sendFile(r, r.Query("inline") == "1") }
