package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/casework"
	"clusterzone/services/document"
	"clusterzone/workflows"
)

func (a *API) documentRoutes() {
	office := []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director}
	add(a, spec{method: http.MethodGet, path: "/applications/{id}/documents", id: "list-documents", summary: "Official papers of an application, and those the caller may issue"}, a.documents)
	add(a, spec{method: http.MethodPost, path: "/applications/{id}/documents", id: "issue-document", summary: "Issue an official paper: numbered, printed once, never changed", created: true,
		atomic: true, roles: office}, a.issueDocument)
	add(a, spec{method: http.MethodGet, path: "/documents/{id}", id: "read-document", summary: "One official paper"}, a.paper)
	add(a, spec{method: http.MethodPost, path: "/documents/{id}/void", id: "void-document", summary: "Declare an official paper void", roles: []workflows.Role{workflows.Director}}, a.voidDocument)
	add(a, spec{method: http.MethodGet, path: "/public/documents/{number}", id: "check-document", summary: "Check an official paper by the code on it, or by its number where it is published", open: true}, a.checkDocument)
}

type paperBody struct {
	ID         string        `json:"id"`
	Kind       document.Kind `json:"kind"`
	Number     string        `json:"number"`
	Title      string        `json:"title"`
	Case       refBody       `json:"case"`
	Template   int           `json:"template" doc:"version of the template"`
	CheckCode  string        `json:"check_code"`
	SHA256     string        `json:"sha256" doc:"of the PDF; empty until it is printed"`
	Size       int64         `json:"size"`
	Printed    bool          `json:"printed"`
	Void       bool          `json:"void"`
	VoidReason string        `json:"void_reason,omitempty"`
	IssuedAt   time.Time     `json:"issued_at"`
	Demo       bool          `json:"demo"`
}

func paperOf(p document.Paper) paperBody {
	return paperBody{ID: p.ID, Kind: p.Kind, Number: p.Number, Title: p.Title, Case: refOf(p.Case), Template: p.TemplateNo, CheckCode: p.CheckCode, SHA256: p.SHA256,
		Size: p.Size, Printed: p.Printed, Void: p.Void, VoidReason: p.VoidReason, IssuedAt: p.IssuedAt.UTC(), Demo: p.Demo}
}

type offerBody struct {
	Kind     document.Kind `json:"kind"`
	Template int           `json:"template" doc:"version in force; give it when issuing"`
	Ready    bool          `json:"ready" doc:"the case has come so far"`
	Issued   bool          `json:"issued" doc:"a valid one exists"`
}

type papersBody struct {
	Items  []paperBody `json:"items"`
	Offers []offerBody `json:"offers" doc:"what the caller may issue"`
}

func (a *API) documents(c *call, in *oneInput) (*reply[papersBody], error) {
	papers, offers, err := a.Documents.List(c.ctx, c.actor, casework.Ref{Kind: workflows.Application.Kind, ID: in.ID})
	out := papersBody{Items: []paperBody{}, Offers: []offerBody{}}
	for _, p := range papers {
		out.Items = append(out.Items, paperOf(p))
	}
	for _, o := range offers {
		out.Offers = append(out.Offers, offerBody{Kind: o.Kind, Template: o.TemplateNo, Ready: o.Ready, Issued: o.Issued})
	}
	return &reply[papersBody]{Body: out}, err
}

type issueInput struct {
	Case
	Keyed
	Versioned
	Body struct {
		Kind     document.Kind `json:"kind" minLength:"1" maxLength:"40"`
		Version  int64         `json:"version,omitempty" minimum:"1" doc:"of the application as it was read; If-Match may say it instead"`
		Template int           `json:"template" minimum:"1"`
		Extra    string        `json:"extra,omitempty" maxLength:"4000" doc:"further paragraphs, one a line"`
	}
}

func (a *API) issueDocument(c *call, in *issueInput) (*reply[paperBody], error) {
	version, err := in.seen(in.Body.Version)
	if err != nil {
		return nil, err
	}
	p, err := a.Documents.Issue(c.ctx, c.actor, document.Order{Case: casework.Ref{Kind: workflows.Application.Kind, ID: in.ID}, Kind: in.Body.Kind,
		Version: version, TemplateNo: in.Body.Template, Extra: in.Body.Extra, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return &reply[paperBody]{Location: Prefix + "/documents/" + p.ID, Body: paperOf(p)}, nil
}

func (a *API) paper(c *call, in *oneInput) (*reply[paperBody], error) {
	p, err := a.Documents.Paper(c.ctx, c.actor, in.ID)
	return &reply[paperBody]{Body: paperOf(p)}, err
}

type voidInput struct {
	Case
	Keyed
	Body struct {
		Reason string `json:"reason" maxLength:"4000"`
	}
}

func (a *API) voidDocument(c *call, in *voidInput) (*none, error) {
	return &none{}, a.Documents.Void(c.ctx, c.actor, in.ID, in.Body.Reason)
}

type checkedPaper struct {
	Number   string    `json:"number"`
	Title    string    `json:"title"`
	Issuer   string    `json:"issuer"`
	SHA256   string    `json:"sha256"`
	IssuedAt time.Time `json:"issued_at"`
	Void     bool      `json:"void"`
	ByCode   bool      `json:"by_code"`
	Demo     bool      `json:"demo"`
}

func (a *API) checkDocument(c *call, in *certificateInput) (*reply[checkedPaper], error) {
	d, err := a.Documents.Check(c.ctx, in.Number)
	return &reply[checkedPaper]{Body: checkedPaper{Number: d.Number, Title: d.Title, Issuer: d.Issuer, SHA256: d.SHA256, IssuedAt: d.IssuedAt.UTC(), Void: d.Void,
		ByCode: d.ByCode, Demo: d.Demo}}, err
}

// mountPapers: the PDF is a plain route, because it answers ranges.
func (a *API) mountPapers(r *gin.Engine) {
	paper := spec{method: http.MethodGet, path: "/documents/{id}/pdf", id: "download-document", summary: "Download an official paper as PDF"}
	a.document(paper, "application/pdf")
	r.GET(Prefix+"/documents/:id/pdf", a.plainRoute(paper, func(g *gin.Context, c *call) error {
		file, name, _, err := a.Documents.Open(c.ctx, c.actor, g.Param("id"))
		if err != nil {
			return err
		}
		send(g, file, name, "application/pdf")
		return file.Close()
	}))
}
