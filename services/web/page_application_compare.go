package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// snapshot is one side of a comparison: a signed version, or what is being worked on.
type snapshot struct {
	no      int // 0: the working copy
	content application.Content
	files   []attachment.Attachment
}

// snapshots are all sides that a reader may compare, oldest first.
func snapshots(f caseFile) []snapshot {
	out := make([]snapshot, 0, len(f.versions)+1)
	for _, v := range f.versions {
		out = append(out, snapshot{v.No, v.Content, v.Files})
	}
	if f.view.Working && len(f.versions) > 0 {
		out = append(out, snapshot{0, f.view.Content, f.view.Files})
	}
	return out
}

// compareVersions shows two versions field by field and file by file. Without numbers it is
// the last two.
func (s *site) compareVersions(r *request) error {
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	here := casework.Path(workflows.Application.Kind, f.view.ID)
	v := views.CompareView{Action: here + "/compare", Header: views.Header{Title: r.T("application.compare"), Lead: f.view.Name,
		Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"}, {Label: f.view.Number, Href: here + "?tab=history"}}}}
	if v.Header.Clocks, err = r.clocks(f.view.Clocks); err != nil {
		return err
	}
	all := snapshots(f)
	if len(all) < 2 {
		v.Empty = &views.Empty{Text: r.T("application.compare.one"), Help: r.T("application.compare.one.help")}
		v.From, v.To = r.versionField(f, "from", 0), r.versionField(f, "to", 0)
		return s.simple(r, http.StatusOK, v.Header.Title, views.ComparePage(v))
	}
	from, err := side(all, r.Query("from"), all[len(all)-2])
	if err != nil {
		return err
	}
	to, err := side(all, r.Query("to"), all[len(all)-1])
	if err != nil {
		return err
	}
	v.From, v.To, _ = r.versionFields(f, from.no, to.no)
	if v.Fields, err = s.compareFields(r, f, from, to); err != nil {
		return err
	}
	v.Files = r.compareFiles(f, from, to)
	return s.simple(r, http.StatusOK, v.Header.Title, views.ComparePage(v))
}

// side finds a version by its number.
func side(all []snapshot, asked string, otherwise snapshot) (snapshot, error) {
	if asked == "" {
		return otherwise, nil
	}
	no, err := strconv.Atoi(asked)
	i := slices.IndexFunc(all, func(x snapshot) bool { return x.no == no })
	if err != nil || i < 0 {
		return snapshot{}, fault.Missing()
	}
	return all[i], nil
}

// versionFields are the two choices; not ok with fewer than two versions.
func (r *request) versionFields(f caseFile, from, to int) (a, b views.Field, ok bool) {
	all := snapshots(f)
	if len(all) < 2 {
		return a, b, false
	}
	if from == to {
		from, to = all[len(all)-2].no, all[len(all)-1].no
	}
	return r.versionField(f, "from", from), r.versionField(f, "to", to), true
}

func (r *request) versionField(f caseFile, name string, chosen int) views.Field {
	field := views.Field{Name: name, Label: r.T("application.compare." + name)}
	for _, x := range snapshots(f) {
		field.Options = append(field.Options, views.Option{Value: strconv.Itoa(x.no), Label: r.versionName(x.no), Chosen: x.no == chosen})
	}
	return field
}

func (r *request) versionName(no int) string {
	if no == 0 {
		return r.T("application.version.working")
	}
	return r.T("application.version.no", "No", no)
}

// compareFields lists what has changed in the document, in its order.
func (s *site) compareFields(r *request, f caseFile, from, to snapshot) (*views.Comparison, error) {
	changes, err := application.Compare(from.content, to.content)
	if err != nil {
		return nil, err
	}
	var rules policy.RuleSet
	err = r.view(func(tx *database.Tx) (err error) {
		rules, err = s.Book.RuleSet(tx, f.view.RuleSetID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &views.Comparison{Before: r.versionName(from.no), After: r.versionName(to.no)}
	forms := map[string]partForm{}
	for _, c := range changes {
		part := partOfPath(c.Path)
		form, ok := forms[part]
		if !ok {
			form, _ = r.partForm(part, f.view.Unit, rules)
			forms[part] = form
		}
		out.Rows = append(out.Rows, views.Diff{Label: r.changeLabel(c.Path), Before: r.changeText(form, c.Path, c.Old), After: r.changeText(form, c.Path, c.New),
			Kind: diffKind(c.Old, c.New), Note: r.changeNote(f, from, to, c.Path), Href: casework.Path(workflows.Application.Kind, f.view.ID) + "#part-" + part})
	}
	return out, nil
}

func diffKind(before, after string) views.DiffKind {
	switch {
	case before == "":
		return views.Added
	case after == "":
		return views.Removed
	}
	return views.Changed
}

// changeLabel names a changed field with its part, and with the row it stands in.
func (r *request) changeLabel(path string) string {
	label := r.T(application.LabelKey(path))
	if rest, ok := strings.CutPrefix(path, goalRowsPath+"["); ok {
		indicator, column, _ := strings.Cut(rest, "]")
		if k, planned := strings.CutPrefix(column, ".planned["); planned {
			n, _ := strconv.Atoi(strings.TrimSuffix(k, "]"))
			label = r.T("edit.goals.planned", "Number", n+1)
		}
		return r.T("edit.cell", "Row", r.indicatorName(indicator), "Label", label)
	}
	if list, row, _, ok := rowOf(path); ok && list != sectorsPath {
		return r.T("application.compare.row", "List", r.T(application.LabelKey(list)), "Row", row+1, "Label", label)
	}
	return r.T("edit.item.at", "Part", r.T("field."+partOfPath(path)), "Place", label)
}

// changeText writes a stored value as people read it.
func (r *request) changeText(form partForm, path, stored string) string {
	if stored == "" {
		return ""
	}
	if path == polygonPath {
		return r.geometryInWords(stored)
	}
	if unit := application.UnitOf(path); unit != application.UnitNone {
		if n, err := strconv.ParseInt(stored, 10, 64); err == nil {
			return grouped(unit.Format(n))
		}
	}
	if _, _, column, ok := form.column(path); ok {
		return labelOf(column, stored)
	}
	if in, ok := form.input(fieldOf(path)); ok {
		return labelOf(in, stored)
	}
	return stored
}

// changeNote ties a change to its item where the comparison is of what the newest correction
// notice was about: the version before it, and what answers it.
func (r *request) changeNote(f caseFile, from, to snapshot, path string) string {
	noticed := len(f.versions)
	if f.view.State != "correction" && f.view.State != "correction_signing" {
		noticed-- // the answer has been signed
	}
	if from.no != noticed || to.no != 0 && to.no != noticed+1 {
		return ""
	}
	return r.itemNote(f.view, path)
}

// compareFiles lists what has changed in the materials, slot by slot, then in the files of the
// answers to the correction notice.
func (r *request) compareFiles(f caseFile, from, to snapshot) *views.Comparison {
	out := &views.Comparison{Before: r.versionName(from.no), After: r.versionName(to.no)}
	var slots []string
	for _, slot := range f.view.Slots {
		slots = append(slots, slot.Code)
	}
	for _, file := range append(slices.Clone(from.files), to.files...) {
		if !slices.Contains(slots, file.Slot) {
			slots = append(slots, file.Slot)
		}
	}
	for _, slot := range slots {
		before, after := filesIn(from.files, slot), filesIn(to.files, slot)
		a, b := missing(before, after), missing(after, before)
		if len(a)+len(b) == 0 {
			continue
		}
		out.Rows = append(out.Rows, views.Diff{Label: r.slotName(f.view, attachment.Attachment{Slot: slot}), Before: r.fileNames(a), After: r.fileNames(b),
			Kind: diffKind(r.fileNames(a), r.fileNames(b)), Note: r.changeNote(f, from, to, "materials["+slot+"]")})
	}
	return out
}

func filesIn(files []attachment.Attachment, slot string) []attachment.Attachment {
	return slices.DeleteFunc(slices.Clone(files), func(f attachment.Attachment) bool { return f.Slot != slot })
}

// missing are the files that the other side has not, by content.
func missing(files, other []attachment.Attachment) []attachment.Attachment {
	return slices.DeleteFunc(slices.Clone(files), func(f attachment.Attachment) bool {
		return slices.ContainsFunc(other, func(o attachment.Attachment) bool { return o.SHA256 == f.SHA256 && o.Name == f.Name })
	})
}

func (r *request) fileNames(files []attachment.Attachment) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = r.T("application.compare.file", "Name", f.Name, "Size", views.FileSize(f.Size), "Sum", f.SHA256[:min(8, len(f.SHA256))])
	}
	return strings.Join(names, r.T("web.list.comma"))
}
