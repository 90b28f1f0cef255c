package web

import (
	"bytes"
	"net/http"

	"clusterzone/services/casework"
	"clusterzone/services/document"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func documentRoutes() []route {
	readers := append(watchers(), unitSide()...)
	return []route{
		{get, "/applications/:id/documents", (*site).documents, only(readers...), false},
		{get, "/applications/:id/documents/:code", (*site).orderDocument, only(office()...), false},
		{post, "/applications/:id/documents/:code", (*site).issueDocument, only(office()...), false},
		{get, "/applications/:id/documents/:code/preview.pdf", (*site).previewDocument, only(office()...), false},
		{get, "/documents/:id/pdf", (*site).documentPDF, only(workers()...), false},
		{get, "/documents/:id/docx", (*site).documentDocx, only(workers()...), false},
		{get, "/documents/:id/void", (*site).voidDocumentPage, only(workflows.Director), false},
		{post, "/documents/:id/void", (*site).voidDocument, only(workflows.Director), false},
		{get, "/templates", (*site).templates, only(watchers()...), false},
		{get, "/templates/:code", (*site).template, only(watchers()...), false},
		{post, "/templates/:code", (*site).saveTemplate, only(workflows.Officer), false},
		{post, "/templates/:code/publish", (*site).publishTemplate, only(workflows.Director), false},
		{get, "/templates/:code/preview.pdf", (*site).previewTemplate, only(office()...), false},
		{get, "/document-check", (*site).documentCheckForm, public(), false},
		{get, "/document-check/:code", (*site).documentCheck, public(), false},
	}
}

func applicationRef(id string) casework.Ref {
	return casework.Ref{Kind: workflows.Application.Kind, ID: id}
}

// documents lists the official papers of an application and what may be issued.
func (s *site) documents(r *request) error {
	app, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	papers, offers, err := s.Documents.List(r.ctx(), r.actor, applicationRef(app.ID))
	if err != nil {
		return err
	}
	here := casework.Path(workflows.Application.Kind, app.ID)
	v := views.DocumentsView{Header: views.Header{Title: r.T("document.title"), Lead: app.Name, Crumbs: []views.Link{
		{Label: r.T("menu.applications"), Href: "/applications"}, {Label: app.Number, Href: here}}}, Papers: r.paperTable(papers)}
	for _, o := range offers {
		a := views.Action{Label: r.T("document.kind." + string(o.Kind)), Icon: "file-text", Href: here + "/documents/" + string(o.Kind), Get: true, Primary: o.Ready && !o.Issued}
		switch {
		case o.Issued:
			a.Blocked = r.T("document.offer.issued")
		case !o.Ready:
			a.Blocked = r.T("document.offer.early." + string(o.Kind))
		}
		v.Offers = append(v.Offers, a)
	}
	p, err := s.page(r, r.T("document.title"))
	if err != nil {
		return err
	}
	p.Demo = p.Demo || app.Demo
	return s.show(r, p, views.DocumentsPage(v))
}

func (r *request) paperTable(papers []document.Paper) views.Table {
	t := views.Table{Caption: r.T("document.title"), Empty: views.Empty{Text: r.T("document.empty"), Help: r.T("document.empty.help")}, Columns: []views.Column{
		{Label: r.T("document.paper")}, {Label: r.T("document.issued"), Keep: true}, {Label: r.T("column.state"), Keep: true}, {Label: r.T("document.files"), Keep: true}, {Label: ""}}}
	for _, x := range papers {
		row := views.Row{ID: x.ID, Name: x.Number, Cells: []views.Cell{{Text: x.Title, Sub: x.Number, Href: "/document-check/" + x.CheckCode}, {Text: wording.DateTime(r.lang, x.IssuedAt)},
			{View: views.StateBadge(r.paperBadge(x.Void, x.Printed)), Sub: x.VoidReason}, {View: views.PaperFiles(views.PaperLinks{ID: x.ID, Printed: x.Printed, SHA256: x.SHA256})}, {}}}
		if x.MayVoid {
			row.Cells[4] = views.Cell{Text: r.T("document.void"), Href: "/documents/" + x.ID + "/void"}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r *request) paperBadge(void, printed bool) views.Badge {
	switch {
	case void:
		return views.Badge{Label: r.T("document.state.void"), Tone: views.Bad}
	case !printed:
		return views.Badge{Label: r.T("document.state.pending"), Tone: views.Waiting}
	}
	return views.Badge{Label: r.T("document.state.valid"), Tone: views.Good}
}

// orderForm is what an official sends to preview or issue a paper.
type orderForm struct {
	Version  int64  `form:"version"`
	Template int    `form:"template"`
	Extra    string `form:"extra"`
	Do       string `form:"do,20"`
}

func (s *site) orderDocument(r *request) error {
	return s.showOrder(r, orderForm{}, refusal{})
}

// issueDocument shows the draft in the frame beside the form, or issues the paper.
func (s *site) issueDocument(r *request) error {
	var in orderForm
	if err := r.bind(&in); err != nil {
		return s.refuseOrder(r, in, err)
	}
	order := document.Order{Case: applicationRef(r.Param("id")), Kind: document.Kind(r.Param("code")), Extra: in.Extra}
	if in.Do == "preview" {
		return s.sendDraft(r, order)
	}
	order.Version, order.TemplateNo = in.Version, in.Template
	out, err := s.Documents.Issue(r.ctx(), r.actor, order)
	if err != nil {
		return s.refuseOrder(r, in, err)
	}
	s.wake()
	return r.done("/applications/"+r.Param("id")+"/documents", "document.done", "Number", out.Number)
}

func (s *site) refuseOrder(r *request, in orderForm, failed error) error {
	told, err := r.refused(failed, map[string]string{"extra": r.T("document.extra"), "template": r.T("document.template")})
	if err != nil {
		return err
	}
	return s.showOrder(r, in, told)
}

func (s *site) showOrder(r *request, in orderForm, told refusal) error {
	app, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	_, offers, err := s.Documents.List(r.ctx(), r.actor, applicationRef(app.ID))
	if err != nil {
		return err
	}
	for _, o := range offers {
		if string(o.Kind) == r.Param("code") {
			return s.showOffer(r, app.Name, app.Number, app.Version, o, in, told)
		}
	}
	return fault.Missing()
}

func (s *site) showOffer(r *request, name, number string, version int64, o document.Offer, in orderForm, told refusal) error {
	here := "/applications/" + r.Param("id")
	title := r.T("document.kind." + string(o.Kind))
	v := views.OrderView{Header: views.Header{Title: title, Lead: name, Crumbs: []views.Link{{Label: number, Href: here}, {Label: r.T("document.title"), Href: here + "/documents"}}},
		Form:  views.Form{Action: here + "/documents/" + string(o.Kind), Version: version, Problems: told.Problems},
		Extra: views.Field{Name: "extra", Label: r.T("document.extra"), Help: r.T("document.extra.help"), Value: in.Extra, Max: 2000, Rows: 5, Error: told.Of("extra")},
		No:    o.TemplateNo, Preview: here + "/documents/" + string(o.Kind) + "/preview.pdf"}
	switch {
	case o.Issued:
		v.Blocked = r.T("document.offer.issued")
	case !o.Ready:
		v.Blocked = r.T("document.offer.early." + string(o.Kind))
	}
	p, err := s.page(r, title)
	if err != nil {
		return err
	}
	p.Wide = true
	return s.showStatus(r, told.status(), p, views.OrderPage(v))
}

func (s *site) previewDocument(r *request) error {
	return s.sendDraft(r, document.Order{Case: applicationRef(r.Param("id")), Kind: document.Kind(r.Param("code"))})
}

// sendDraft shows a draft in the frame; what is wrong with it is said there too.
func (s *site) sendDraft(r *request, o document.Order) error {
	body, err := s.Documents.Preview(r.ctx(), r.actor, o)
	if err != nil {
		return err
	}
	return r.send(download{name: "draft.pdf", kind: "application/pdf", size: int64(len(body)), content: bytes.NewReader(body), inline: true})
}

func (s *site) documentPDF(r *request) error {
	content, name, size, err := s.Documents.Open(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	return r.send(download{name: name, kind: "application/pdf", size: size, content: content})
}

func (s *site) documentDocx(r *request) error {
	body, name, err := s.Documents.Docx(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return r.send(download{name: name, kind: docxType, size: int64(len(body)), content: bytes.NewReader(body)})
}

func (s *site) voidDocumentPage(r *request) error { return s.showVoid(r, "", refusal{}) }

func (s *site) voidDocument(r *request) error {
	var in struct {
		Reason string `form:"reason"`
	}
	err := r.bind(&in)
	var ref casework.Ref
	if err == nil {
		var x document.Paper
		if x, err = s.Documents.Paper(r.ctx(), r.actor, r.Param("id")); err == nil {
			ref, err = x.Case, s.Documents.Void(r.ctx(), r.actor, x.ID, in.Reason)
		}
	}
	if err == nil {
		return r.done("/applications/"+ref.ID+"/documents", "document.voided")
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("document.void.reason")})
	if err != nil {
		return err
	}
	return s.showVoid(r, in.Reason, told)
}

func (s *site) showVoid(r *request, reason string, told refusal) error {
	x, err := s.Documents.Paper(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.simple(r, told.status(), r.T("document.void"), views.VoidPage(views.VoidView{
		Header: views.Header{Title: r.T("document.void"), Lead: x.Title + " " + x.Number, Crumbs: []views.Link{{Label: r.T("document.title"), Href: "/applications/" + x.Case.ID + "/documents"}}},
		Form:   views.Form{Action: "/documents/" + x.ID + "/void", Problems: told.Problems},
		Reason: views.Field{Name: "reason", Label: r.T("document.void.reason"), Help: r.T("document.void.help"), Value: reason, Required: true, Max: 2000, Rows: 4, Error: told.Of("reason")}}))
}

// documentCheckForm asks for the number or the code of a paper.
func (s *site) documentCheckForm(r *request) error {
	if asked := r.text("number"); asked != "" {
		return s.checkDocument(r, asked)
	}
	return s.showDocument(r, http.StatusOK, "", nil, "")
}

// documentCheck is where the QR code on a paper leads.
func (s *site) documentCheck(r *request) error { return s.checkDocument(r, r.Param("code")) }

func (s *site) checkDocument(r *request, asked string) error {
	d, err := s.Documents.Check(r.ctx(), asked)
	if notThere(err) {
		return s.showDocument(r, http.StatusNotFound, asked, nil, r.T("document.check.unknown"))
	}
	if err != nil {
		return err
	}
	key := "document.check.valid"
	if d.Void {
		key = "document.check.void"
	}
	facts := []views.Item{{Term: r.T("document.number"), Text: d.Number}, {Term: r.T("document.paper"), Text: d.Title}, {Term: r.T("document.issuer"), Text: d.Issuer},
		{Term: r.T("document.addressee"), Text: d.Addressee}, {Term: r.T("document.issued"), Text: wording.DateTime(r.lang, d.IssuedAt)}, {Term: "SHA-256", Text: d.SHA256}}
	v := &views.CertificateView{State: r.paperBadge(d.Void, true), Text: r.T(key), Demo: d.Demo}
	for _, f := range facts {
		if f.Text != "" {
			v.Facts = append(v.Facts, f)
		}
	}
	if !d.ByCode {
		v.Note = r.T("document.check.by.number")
	}
	return s.showDocument(r, http.StatusOK, asked, v, "")
}

func (s *site) showDocument(r *request, status int, asked string, found *views.CertificateView, wrong string) error {
	p, err := s.page(r, r.T("menu.document_check"))
	if err != nil {
		return err
	}
	p.Demo = p.Demo || found != nil && found.Demo
	return s.showStatus(r, status, p, views.DocumentCheckPage(views.CertificateCheck{Found: found, Problem: wrong,
		Number: views.Field{Name: "number", Label: r.T("document.number"), Value: asked, Max: 100, Help: r.T("document.check.help")}}))
}
