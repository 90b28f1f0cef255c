package api

import (
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/workflows"
)

type partsBody struct {
	PartSize  int64      `json:"part_size" doc:"bytes of every part but the last"`
	Count     int        `json:"count" doc:"of parts"`
	Parts     []partBody `json:"parts" doc:"that have arrived"`
	ExpiresAt time.Time  `json:"expires_at"`
}

type partBody struct {
	No   int   `json:"no"`
	Size int64 `json:"size" doc:"bytes"`
}

func partsOf(x *attachment.Session) *partsBody {
	if x == nil {
		return nil
	}
	out := &partsBody{PartSize: x.PartSize, Count: x.Count, Parts: []partBody{}, ExpiresAt: x.ExpiresAt.UTC()}
	for _, p := range x.Parts {
		out.Parts = append(out.Parts, partBody{p.No, p.Size})
	}
	return out
}

// uploadSession tells which parts of an unfinished upload have arrived.
func (a *API) uploadSession(c *call, in *oneInput) (*reply[partsBody], error) {
	x, err := a.Attachments.Session(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[partsBody]{Body: *partsOf(&x)}, nil
}

type partInput struct {
	Keyed
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		No     int    `json:"no" minimum:"1" maximum:"10000"`
		SHA256 string `json:"sha256" maxLength:"64" doc:"hex, of the part"`
	}
}

type partTicketBody struct {
	Method    string            `json:"method"`
	URL       string            `json:"url" doc:"send the part as the body, with the headers"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt time.Time         `json:"expires_at"`
}

func (a *API) uploadPart(c *call, in *partInput) (*reply[partTicketBody], error) {
	t, err := a.Attachments.PartTicket(c.ctx, c.actor, in.ID, in.Body.No, in.Body.SHA256)
	return &reply[partTicketBody]{Body: partTicketBody{Method: t.Method, URL: t.URL, Headers: t.Headers, ExpiresAt: t.ExpiresAt.UTC()}}, err
}

type reuseInput struct {
	Keyed
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		ParentKind workflows.Kind `json:"parent_kind" enum:"application,evaluation,rectification,condition"`
		ParentID   string         `json:"parent_id" maxLength:"64"`
		Slot       string         `json:"slot" maxLength:"60"`
	}
}

// reuseAttachment attaches a document of the unit to a slot of another case.
func (a *API) reuseAttachment(c *call, in *reuseInput) (*reply[fileBody], error) {
	f, err := a.Attachments.Reuse(c.ctx, c.actor, in.ID, casework.Ref{Kind: in.Body.ParentKind, ID: in.Body.ParentID}, in.Body.Slot)
	return &reply[fileBody]{Body: fileOf(f)}, err
}
