package web

import (
	"net/http"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// mostFields is how many changed fields a state names in the list.
const mostFields = 8

// revisions lists the earlier states of a draft in sentences.
func (s *site) revisions(r *request) error {
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	revs, err := s.Applications.Revisions(r.ctx(), r.actor, f.view.ID)
	if err != nil {
		return err
	}
	names, err := s.revisers(r, revs)
	if err != nil {
		return err
	}
	v := views.RevisionList{Head: r.revisionHead(f.view, r.T("draft.revisions"), r.T("draft.revisions.lead"))}
	if len(revs) == 0 {
		v.Empty = &views.Empty{Text: r.T("draft.none"), Help: r.T("draft.none.help")}
	}
	for i, rev := range revs {
		v.Rows = append(v.Rows, r.revisionRow(f.view, rev, names, i == 0))
	}
	return s.simple(r, http.StatusOK, v.Head.Title, views.RevisionsPage(v))
}

func (r *request) revisionHead(v application.View, title, lead string) views.Header {
	here := casework.Path(workflows.Application.Kind, v.ID)
	return views.Header{Title: title, Lead: lead, Crumbs: []views.Link{{Label: r.T("menu.applications"), Href: "/applications"},
		{Label: v.Number, Href: here}, {Label: r.T("draft.revisions"), Href: here + "/revisions"}}}
}

// revisers are the names of those who made the states.
func (s *site) revisers(r *request, revs []application.Revision) (names map[string]string, err error) {
	ids := make([]string, 0, len(revs))
	for _, rev := range revs {
		ids = append(ids, rev.Person)
	}
	err = r.view(func(tx *database.Tx) (err error) {
		names, err = identity.Names(tx, ids)
		return err
	})
	return names, err
}

func (r *request) revisionRow(v application.View, rev application.Revision, names map[string]string, newest bool) views.RevisionRow {
	row := views.RevisionRow{When: wording.DateTime(r.lang, rev.Saved), No: r.T("draft.state", "No", rev.Version), Text: r.revisionText(rev, names), Current: newest,
		Compare: casework.Path(workflows.Application.Kind, v.ID) + "/revisions/" + strconv.FormatInt(rev.Version, 10)}
	var labels []string
	seen := map[string]bool{}
	for _, path := range rev.Paths {
		label := r.revisedLabel(path)
		if !seen[label] {
			seen[label] = true
			labels = append(labels, label)
		}
	}
	row.Fields = labels[:min(len(labels), mostFields)]
	row.More = len(labels) - len(row.Fields)
	return row
}

// revisionText says who did what.
func (r *request) revisionText(rev application.Revision, names map[string]string) string {
	name := names[rev.Person]
	switch rev.Cause {
	case "begin":
		return r.T("draft.did.begin", "Name", name)
	case "restore":
		return r.T("draft.did.restore", "Name", name, "No", rev.Restored)
	}
	if len(rev.Paths) == 0 {
		return r.T("draft.did.nothing", "Name", name)
	}
	return r.T("draft.did.save", "Name", name, "Count", len(rev.Paths))
}

// revisedLabel names a changed place by its part and field.
func (r *request) revisedLabel(path string) string {
	if path == "name" {
		return r.T("field.zone.name")
	}
	return r.T("edit.item.at", "Part", r.T("field."+partOfPath(path)), "Place", r.pathLabel(choiceOf(path)))
}

// revision compares an earlier state with the draft as it stands, and offers to go back.
func (s *site) revision(r *request) error {
	f, rev, err := s.openRevision(r)
	if err != nil {
		return err
	}
	names, err := s.revisers(r, []application.Revision{rev})
	if err != nil {
		return err
	}
	here := casework.Path(workflows.Application.Kind, f.view.ID) + "/revisions"
	v := views.RevisionView{Head: r.revisionHead(f.view, r.T("draft.state", "No", rev.Version), f.view.Name), Back: here,
		Text: r.T("draft.state.text", "When", wording.DateTime(r.lang, rev.Saved), "Text", r.revisionText(rev, names)), Notes: []string{r.T("draft.files")}}
	if v.Diff, err = s.revisionDiff(r, f, rev); err != nil {
		return err
	}
	switch {
	case len(v.Diff.Rows) == 0:
		v.Blocked, v.Diff, v.Notes = r.T("draft.same"), nil, nil
	case !r.fills(f.view):
		v.Blocked = r.T("draft.blocked")
	default:
		v.Restore = &views.Form{Action: here + "/" + strconv.FormatInt(rev.Version, 10), Version: f.view.Version}
		if f.view.State != "draft" {
			v.Notes = append(v.Notes, r.T("draft.open_parts"))
		}
	}
	return s.simple(r, http.StatusOK, v.Head.Title, views.RevisionPage(v))
}

func (s *site) openRevision(r *request) (f caseFile, rev application.Revision, err error) {
	if f, err = s.openCase(r); err != nil {
		return f, rev, err
	}
	version, err := strconv.ParseInt(r.Param("code"), 10, 64)
	if err != nil {
		return f, rev, fault.Missing()
	}
	rev, err = s.Applications.Revision(r.ctx(), r.actor, f.view.ID, version)
	return f, rev, err
}

// revisionDiff is what going back would change: from the draft as it stands to the state.
func (s *site) revisionDiff(r *request, f caseFile, rev application.Revision) (*views.Comparison, error) {
	out, err := s.compareFields(r, f, snapshot{no: 0, content: f.view.Content}, snapshot{no: 0, content: rev.Content})
	if err != nil {
		return nil, err
	}
	out.Before, out.After = r.T("draft.now"), r.T("draft.state", "No", rev.Version)
	if rev.Name != f.view.Name {
		out.Rows = append([]views.Diff{{Label: r.T("field.zone.name"), Before: f.view.Name, After: rev.Name, Kind: diffKind(f.view.Name, rev.Name)}}, out.Rows...)
	}
	return out, nil
}

type restoreForm struct {
	Version int64 `form:"version"`
}

// restore takes the draft back to an earlier state.
func (s *site) restore(r *request) error {
	var in restoreForm
	if err := r.bind(&in); err != nil {
		return err
	}
	version, err := strconv.ParseInt(r.Param("code"), 10, 64)
	if err != nil {
		return fault.Missing()
	}
	id := r.Param("id")
	_, err = s.Applications.Restore(r.ctx(), r.actor, id, in.Version, version)
	here := casework.Path(workflows.Application.Kind, id)
	if fault.Is(err, fault.Conflict) {
		r.flash(views.Warning, "draft.restore.stale")
		return r.redirect(here + "/revisions/" + r.Param("code"))
	}
	if err != nil {
		return err
	}
	s.wake()
	return r.done(here+"/revisions", "draft.restored", "No", version)
}
