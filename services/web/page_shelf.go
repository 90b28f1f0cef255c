package web

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/form"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func shelfRoutes() []route {
	return []route{
		{get, "/shelf", (*site).shelf, only(unitSide()...), false},
		{post, "/applications/:id/reuse", reuseFile(workflows.Application), only(unitSide()...), false},
		{get, "/forms/:name", (*site).blankForm, only(workers()...), false},
	}
}

// shelf lists the documents that the unit has attached to any case, by slot.
func (s *site) shelf(r *request) error {
	found, err := s.Attachments.Shelf(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	v := views.ListView{Header: views.Header{Title: r.T("shelf.title"), Lead: r.T("shelf.lead")}, Pager: views.Pager{Shown: len(found)},
		Table: views.Table{Caption: r.T("shelf.title"), Columns: []views.Column{{Label: r.T("shelf.slot")}, {Label: r.T("shelf.file")},
			{Label: r.T("shelf.valid"), Keep: true}, {Label: r.T("shelf.from"), Keep: true}, {Label: r.T("shelf.state"), Keep: true}},
			Empty: views.Empty{Text: r.T("shelf.empty"), Help: r.T("shelf.empty.help")}}}
	names, err := r.slotNames()
	if err != nil {
		return err
	}
	for _, x := range found {
		name := names[x.Slot]
		if name == "" {
			name = x.Slot
		}
		v.Table.Rows = append(v.Table.Rows, views.Row{Cells: []views.Cell{{Text: name}, {Text: x.Name, Href: deskFile(x.ID), Sub: r.fileSum(x.Attachment)},
			{Text: r.validity(x.ValidUntil)}, {Text: r.T("shelf.case"), Href: casework.Path(x.Parent.Kind, x.Parent.ID), Sub: r.when(x.Attachment)},
			{View: views.StateBadge(r.shelfState(x))}}})
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func (r *request) shelfState(x attachment.OnShelf) views.Badge {
	switch {
	case x.Scan == attachment.ScanInfected:
		return views.Badge{Label: r.T("scan.infected"), Tone: views.Bad}
	case x.Over:
		return views.Badge{Label: r.T("shelf.over"), Tone: views.Quiet}
	}
	return views.Badge{Label: r.T("shelf.usable"), Tone: views.Good}
}

// slotNames maps the slots of the rule set in force to their names.
func (r *request) slotNames() (map[string]string, error) {
	out := map[string]string{}
	err := r.view(func(tx *database.Tx) error {
		_, rules, err := r.site.Book.CurrentRuleSet(tx)
		for _, slot := range rules.Slots {
			out[slot.Code] = slot.Name.In(string(r.lang))
		}
		return err
	})
	return out, err
}

func (r *request) validity(day string) string {
	if day == "" {
		return r.T("shelf.endless")
	}
	return day
}

func (r *request) fileSum(f attachment.Attachment) string {
	return views.FileSize(f.Size) + " · SHA-256 " + f.SHA256[:min(12, len(f.SHA256))]
}

func (r *request) when(f attachment.Attachment) string {
	if f.AttachedAt == nil {
		return ""
	}
	return wording.DateTime(r.lang, *f.AttachedAt)
}

// reuseFile attaches a document from the unit's shelf to a slot of a case.
func reuseFile(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in struct {
			Source  string `form:"source,64"`
			Back    string `form:"back,500"`
			Version int64  `form:"version"`
		}
		if err := r.bind(&in); err != nil {
			return err
		}
		source, slot, _ := strings.Cut(in.Source, "@")
		if _, err := s.Attachments.Reuse(r.ctx(), r.actor, source, casework.Ref{Kind: w.Kind, ID: r.Param("id")}, slot); err != nil {
			return err
		}
		return r.done(back(in.Back), "shelf.done")
	}
}

// blankForm sends a form that a slot names, to fill in or to look at.
func (s *site) blankForm(r *request) error {
	title, content, err := form.Docx(r.Param("name"))
	if errors.Is(err, form.ErrUnknown) {
		return fault.Missing()
	}
	if err != nil {
		return err
	}
	if strings.HasSuffix(r.Param("name"), "-sample") {
		title = "样例-" + title
	}
	return r.send(download{name: title + ".docx", kind: form.ContentType, size: int64(len(content)), content: bytes.NewReader(content)})
}

// furnish adds to the slots of a draft what helps to fill them: forms, what the unit has on its
// shelf, and what each slot held before.
func (r *request) furnish(e *editor, slots []views.SlotView) error {
	ref := casework.Ref{Kind: workflows.Application.Kind, ID: e.view.ID}
	versions, err := r.site.Attachments.Versions(r.ctx(), r.actor, ref)
	if err != nil {
		return err
	}
	used, err := r.usedIn(e.view)
	if err != nil {
		return err
	}
	shelf, err := r.site.Attachments.Shelf(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	for i := range slots {
		slot := e.view.Slots[i]
		slots[i].Forms = r.forms(slot)
		slots[i].Versions = r.slotVersions(slot.Code, versions, used)
		if slots[i].Drop != nil {
			slots[i].Shelf = r.slotShelf(e, slot, shelf)
		}
	}
	return nil
}

func (r *request) forms(slot policy.Slot) (out []views.Action) {
	if slot.Template != "" {
		out = append(out, views.Action{Label: r.T("slot.template"), Href: "/forms/" + slot.Template, Icon: "download", Get: true})
	}
	if slot.Sample != "" {
		out = append(out, views.Action{Label: r.T("slot.sample"), Href: "/forms/" + slot.Sample, Icon: "download", Get: true})
	}
	return out
}

// usedIn tells for each file in which submitted versions it stands.
func (r *request) usedIn(v application.View) (map[string][]string, error) {
	out := map[string][]string{}
	if v.SubmittedNo == 0 {
		return out, nil
	}
	versions, err := r.site.Applications.Versions(r.ctx(), r.actor, v.ID)
	for _, x := range versions {
		for _, f := range x.Files {
			out[f.ID] = append(out[f.ID], strconv.Itoa(x.No))
		}
	}
	return out, err
}

func (r *request) slotVersions(slot string, all []attachment.Version, used map[string][]string) (out []views.SlotVersion) {
	for _, x := range all {
		if x.Slot != slot {
			continue
		}
		v := views.SlotVersion{Name: x.Name, Href: deskFile(x.ID), Meta: r.T("slot.version.meta", "No", x.No, "By", x.By, "At", r.when(x.Attachment), "Size", views.FileSize(x.Size)),
			Sum: x.SHA256, Used: r.T("slot.version.unused")}
		if list := used[x.ID]; len(list) > 0 {
			v.Used = r.T("slot.version.used", "Versions", strings.Join(list, r.T("web.list.comma")))
		}
		if x.State != attachment.Attached {
			v.Gone = r.T("slot.version.removed")
		}
		out = append(out, v)
	}
	return out
}

// slotShelf is what the unit could use again for a slot; what this case holds already is left
// out, and what is over says why it cannot be used.
func (r *request) slotShelf(e *editor, slot policy.Slot, shelf []attachment.OnShelf) (out []views.ShelfDoc) {
	for _, x := range shelf {
		if x.Slot != slot.Code || x.Parent.ID == e.view.ID {
			continue
		}
		doc := views.ShelfDoc{Name: x.Name, Href: deskFile(x.ID), Meta: r.T("shelf.meta", "Valid", r.validity(x.ValidUntil), "At", r.when(x.Attachment), "Size", views.FileSize(x.Size))}
		switch {
		case x.Scan == attachment.ScanInfected:
			doc.Why = r.T("scan.infected")
		case x.Over:
			doc.Why = r.T("shelf.over.why", "Day", x.ValidUntil)
		default:
			doc.Use = &views.ShelfUse{Href: "/applications/" + e.view.ID + "/reuse", Source: x.ID + "@" + slot.Code, Version: e.view.Version,
				Back: editHref(e.view.ID, "materials", "materials["+slot.Code+"]")}
		}
		out = append(out, doc)
	}
	return out
}

// scanBadge says what the scanner said; without a scanner nothing is claimed.
func (r *request) scanBadge(f attachment.Attachment) *views.Badge {
	tone := views.Waiting
	switch f.Scan {
	case attachment.ScanNone:
		return nil
	case attachment.ScanClean:
		tone = views.Good
	case attachment.ScanInfected:
		tone = views.Bad
	}
	return &views.Badge{Label: r.T("scan." + string(f.Scan)), Tone: tone}
}
