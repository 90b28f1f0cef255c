package api

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

// files lists what is attached to a case of the kind.
func (a *API) files(kind workflows.Kind) func(*call, *oneInput) (*reply[list[fileBody]], error) {
	return func(c *call, in *oneInput) (*reply[list[fileBody]], error) {
		found, err := a.Attachments.List(c.ctx, c.actor, casework.Ref{Kind: kind, ID: in.ID})
		return page(each(found, fileOf), ""), err
	}
}

type ticketInput struct {
	Keyed
	Body struct {
		ParentKind  workflows.Kind `json:"parent_kind" enum:"application,evaluation,rectification,condition"`
		ParentID    string         `json:"parent_id" maxLength:"64"`
		Slot        string         `json:"slot" maxLength:"60"`
		Name        string         `json:"name" maxLength:"400" doc:"of the file"`
		Size        int64          `json:"size" minimum:"0" doc:"bytes"`
		SHA256      string         `json:"sha256" maxLength:"64" doc:"hex"`
		ContentType string         `json:"content_type,omitempty" maxLength:"200"`
		ValidUntil  string         `json:"valid_until,omitempty" maxLength:"10" doc:"last day of a document that has one"`
	}
}

type ticketBody struct {
	ID     string     `json:"id" doc:"of the attachment: complete it after the upload"`
	Upload uploadBody `json:"upload" doc:"for a file in one request"`
	// Session is there for a large file, and Upload is empty then.
	Session *partsBody `json:"session,omitempty" doc:"for a larger file: ask for each part"`
}

type uploadBody struct {
	Method    string            `json:"method"`
	URL       string            `json:"url" doc:"send the fields and then the file, named file, as multipart/form-data"`
	Fields    map[string]string `json:"fields"`
	MaxBytes  int64             `json:"max_bytes"`
	ExpiresAt time.Time         `json:"expires_at"`
}

func (a *API) ticket(c *call, in *ticketInput) (*reply[ticketBody], error) {
	b := in.Body
	t, err := a.Attachments.Ticket(c.ctx, c.actor, attachment.Request{Parent: casework.Ref{Kind: b.ParentKind, ID: b.ParentID}, Slot: b.Slot, Name: b.Name,
		Size: b.Size, SHA256: b.SHA256, ContentType: b.ContentType, ValidUntil: b.ValidUntil})
	if err != nil {
		return nil, err
	}
	return &reply[ticketBody]{Location: Prefix + "/attachments/" + t.AttachmentID, Body: ticketBody{ID: t.AttachmentID, Session: partsOf(t.Session),
		Upload: uploadOf(t.Upload)}}, nil
}

func uploadOf(t attachment.WholeTicket) uploadBody {
	return uploadBody{Method: t.Method, URL: t.URL, Fields: t.Fields, MaxBytes: t.MaxBytes, ExpiresAt: t.ExpiresAt.UTC()}
}

func (a *API) completeAttachment(c *call, in *keyedOneInput) (*reply[fileBody], error) {
	f, err := a.Attachments.Complete(c.ctx, c.actor, in.ID)
	return &reply[fileBody]{Body: fileOf(f)}, err
}

func (a *API) removeAttachment(c *call, in *oneInput) (*none, error) {
	return &none{}, a.Attachments.Remove(c.ctx, c.actor, in.ID)
}

// mountFiles: downloads are plain routes, because they answer ranges.
func (a *API) mountFiles(r *gin.Engine) {
	content := spec{method: http.MethodGet, path: "/attachments/{id}/content", id: "read-attachment", summary: "Download a file of a case"}
	a.document(content, "application/octet-stream")
	r.GET(Prefix+"/attachments/:id/content", a.plainRoute(content, func(g *gin.Context, c *call) error {
		file, f, err := a.Attachments.Open(c.ctx, c.actor, g.Param("id"))
		if err != nil {
			return err
		}
		send(g, file, f.Name, f.ContentType)
		return file.Close()
	}))
	paper := spec{method: http.MethodGet, path: "/zones/{id}/certificate", id: "read-zone-certificate", summary: "Download the certificate of a zone as PDF"}
	a.document(paper, "application/pdf")
	r.GET(Prefix+"/zones/:id/certificate", a.plainRoute(paper, func(g *gin.Context, c *call) error {
		file, name, _, err := a.Zones.Certificate(c.ctx, c.actor, g.Param("id"))
		if err != nil {
			return err
		}
		send(g, file, name, "application/pdf")
		return file.Close()
	}))
}

// document describes a plain route, so that the description has every operation.
func (a *API) document(s spec, contentType string) {
	a.operations = append(a.operations, Operation{Method: s.method, Path: s.path, ID: s.id, Roles: s.roles})
	op := s.operation()
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}
	op.Responses["200"] = &huma.Response{Description: "the file; ranges are answered", Content: map[string]*huma.MediaType{
		contentType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	a.huma.OpenAPI().AddOperation(&op)
}

// send answers with a file that no browser will show or run as a page of ours.
func send(g *gin.Context, file io.ReadSeeker, name, contentType string) {
	h := g.Writer.Header()
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	http.ServeContent(g.Writer, g.Request, "", time.Time{}, file)
}

// disposition names the file in both forms of RFC 6266: a plain one for old programmes, the
// true one as RFC 5987 writes it.
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename=` + strconv.Quote(ascii) + `; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
