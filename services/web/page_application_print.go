package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// workingVersion asks for what is being worked on instead of a signed version.
const workingVersion = -1

// versionAsked reads ?version=: a number, draft, or nothing for the newest.
func (r *request) versionAsked() (int, error) {
	switch text := r.Query("version"); text {
	case "":
		return 0, nil
	case "draft":
		return workingVersion, nil
	default:
		no, err := strconv.Atoi(text)
		if err != nil || no < 1 {
			return 0, fault.Missing()
		}
		return no, nil
	}
}

// printApplication shows a stored version, or the draft, as it goes on paper.
func (s *site) printApplication(r *request) error {
	no, err := r.versionAsked()
	if err != nil {
		return err
	}
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	v, version, err := printed(f, no)
	if err != nil {
		return err
	}
	return s.showFragment(r, http.StatusOK, views.PrintPage(s.printView(r, f, v, version)))
}

// printed is the version asked for: its content and files in place of the case's. Without a
// number it is the newest signed one, before the first the draft; the draft is for its unit.
func printed(f caseFile, no int) (application.View, *application.VersionView, error) {
	v := f.view
	if no == 0 {
		no = len(f.versions)
		if no == 0 {
			no = workingVersion
		}
	}
	if no == workingVersion {
		if !v.Working {
			return v, nil, fault.Missing()
		}
		return v, nil, nil
	}
	if no > len(f.versions) {
		return v, nil, fault.Missing()
	}
	version := &f.versions[no-1]
	v.Content, v.Files, v.Digest = version.Content, version.Files, version.Digest
	return v, version, nil
}

func (s *site) printView(r *request, f caseFile, v application.View, version *application.VersionView) views.PrintView {
	here := casework.Path(workflows.Application.Kind, v.ID)
	out := views.PrintView{Title: v.Name, Subtitle: r.T("filing.print.subtitle"), Number: v.Number, Digest: v.Digest, Draft: version == nil, Demo: v.Demo,
		Check: s.PublicURL + here, Back: here, Files: r.printFiles(v)}
	out.QR = s.qrImage(out.Check)
	out.Cover = []views.Item{{Term: r.T("application.unit"), Text: f.units[v.Unit]}, {Term: r.T("application.round"), Text: r.pick(v.RoundName, v.RoundNameEn)}}
	if version == nil {
		out.Version = r.T("filing.print.unsigned", "When", wording.DateTime(r.lang, v.UpdatedAt))
		out.Digest, _ = application.DigestOf(v.Name, v.Content, v.Files) // content that was read can be written
	} else {
		out.Version = r.T("application.version.at", "No", version.No, "When", wording.DateTime(r.lang, version.SignedAt))
		out.Cover = append(out.Cover, views.Item{Term: r.T("filing.print.signed"), Text: f.signers[version.SignedBy]})
	}
	out.Cover = append(out.Cover, views.Item{Term: r.T("application.version"), Text: out.Version}, views.Item{Term: "SHA-256", Text: out.Digest})
	if s.Papers != nil {
		out.PDF = here + "/book.pdf?version=draft"
		if version != nil {
			out.PDF = here + "/book.pdf?version=" + strconv.Itoa(version.No)
		}
	}
	for _, part := range editParts() {
		out.Parts = append(out.Parts, s.printPart(r, v, part))
	}
	return out
}

// printPart is a part with everything in it: all firms, and the corners of the boundary.
func (s *site) printPart(r *request, v application.View, code string) views.DossierPart {
	p := s.dossierPart(r, v, code)
	p.Map = nil
	switch code {
	case "business":
		p.Tables[len(p.Tables)-1] = views.Passage{Title: r.T("dossier.firms", "Count", len(v.Content.Business.Firms)), Table: r.firmTable(v.Content.Business.Firms)}
	case "boundary":
		if t := r.cornerTable(v.Content.Boundary.Polygon); t != nil {
			p.Tables = append(p.Tables, views.Passage{Title: r.T("field.boundary.polygon"), Table: t})
		}
	}
	return p
}

// cornerTable lists the corners of a polygon, ring by ring.
func (r *request) cornerTable(polygon []byte) *views.Table {
	rings := application.Corners(polygon)
	if len(rings) == 0 {
		return nil
	}
	t := &views.Table{Columns: []views.Column{{Label: r.T("filing.print.ring"), Numeric: true}, {Label: r.T("filing.print.corner"), Numeric: true},
		{Label: r.T("filing.print.lon"), Numeric: true}, {Label: r.T("filing.print.lat"), Numeric: true}}}
	for i, ring := range rings {
		for k, corner := range ring {
			t.Rows = append(t.Rows, views.Row{Cells: views.Cells(strconv.Itoa(i+1), strconv.Itoa(k+1), coordinate(corner[0]), coordinate(corner[1]))})
		}
	}
	return t
}

// coordinate writes a number of the document with the digits it has there.
func coordinate(n json.Number) string { return n.String() }

// printFiles lists the files of a version with their hashes.
func (r *request) printFiles(v application.View) views.Table {
	t := views.Table{Columns: []views.Column{{Label: r.T("filing.print.slot")}, {Label: r.T("filing.print.name")}, {Label: r.T("filing.print.size"), Numeric: true}, {Label: "SHA-256"}}}
	for _, f := range v.Files {
		t.Rows = append(t.Rows, views.Row{Cells: views.Cells(r.slotName(v, f), f.Name, views.FileSize(f.Size), f.SHA256)})
	}
	return t
}

// slotName is what a file is: the name of its slot, or the answer it belongs to.
func (r *request) slotName(v application.View, f attachment.Attachment) string {
	if item, ok := application.AnswerItemOf(f.Slot); ok {
		for i, it := range v.Items {
			if it.ID == item {
				return r.T("filing.answer.file", "Number", i+1)
			}
		}
		return r.T("filing.answer.file.old")
	}
	for _, slot := range v.Slots {
		if slot.Code == f.Slot {
			return slot.Name.In(string(r.lang))
		}
	}
	return f.Slot
}
