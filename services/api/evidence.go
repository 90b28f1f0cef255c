package api

import (
	"clusterzone/services/attachment"
	"clusterzone/services/notice"
	"clusterzone/workflows"
)

// Evidence of an objection is put in before the objection is filed, without an account: the
// first ticket answers a token, and whoever shows it goes on.

type evidenceInput struct {
	Case
	Keyed
	Body struct {
		Draft       string `json:"draft,omitempty" maxLength:"64" doc:"what an earlier ticket answered; empty begins a draft"`
		Slot        string `json:"slot" maxLength:"60" doc:"letter or evidence"`
		Name        string `json:"name" maxLength:"400" doc:"of the file"`
		Size        int64  `json:"size" minimum:"0" doc:"bytes"`
		SHA256      string `json:"sha256" maxLength:"64" doc:"hex"`
		ContentType string `json:"content_type,omitempty" maxLength:"200"`
	}
}

type evidenceTicketBody struct {
	Draft  string     `json:"draft" doc:"secret: keep it, show it with every further call and file the objection with it"`
	ID     string     `json:"id" doc:"of the file: complete it after the upload"`
	Upload uploadBody `json:"upload"`
}

func (a *API) evidenceTicket(c *call, in *evidenceInput) (*reply[evidenceTicketBody], error) {
	b := in.Body
	if b.Draft == "" {
		b.Draft = notice.NewToken()
	}
	d, err := a.Notices.BeginFile(c.ctx, c.actor, in.ID, b.Draft)
	if err != nil {
		return nil, err
	}
	t, err := a.Attachments.Ticket(c.ctx, d.Objector, attachment.Request{Parent: d.Ref, Slot: b.Slot, Name: b.Name, Size: b.Size, SHA256: b.SHA256, ContentType: b.ContentType})
	if err != nil {
		return nil, err
	}
	return &reply[evidenceTicketBody]{Body: evidenceTicketBody{Draft: b.Draft, ID: t.AttachmentID, Upload: uploadOf(t.Upload)}}, nil
}

type evidenceFileInput struct {
	Case
	Keyed
	File string `path:"file" maxLength:"64"`
	Body struct {
		Draft string `json:"draft" maxLength:"64" doc:"the token of the draft"`
	}
}

type evidenceFileBody struct {
	ID     string `json:"id"`
	Slot   string `json:"slot"`
	Name   string `json:"name"`
	Size   int64  `json:"size" doc:"bytes"`
	SHA256 string `json:"sha256" doc:"hex"`
}

func (a *API) completeEvidence(c *call, in *evidenceFileInput) (*reply[evidenceFileBody], error) {
	d, err := a.Notices.DraftOf(c.ctx, c.actor, in.ID, in.Body.Draft)
	if err != nil {
		return nil, err
	}
	f, err := a.Attachments.Check(c.ctx, d.Objector, in.File)
	return &reply[evidenceFileBody]{Body: evidenceFileBody{ID: f.ID, Slot: f.Slot, Name: f.Name, Size: f.Size, SHA256: f.SHA256}}, err
}

func (a *API) removeEvidence(c *call, in *evidenceFileInput) (*none, error) {
	d, err := a.Notices.DraftOf(c.ctx, c.actor, in.ID, in.Body.Draft)
	if err != nil {
		return nil, err
	}
	return &none{}, a.Attachments.Discard(c.ctx, d.Objector, in.File)
}

func (a *API) evidenceRoutes() {
	add(a, spec{method: "POST", path: "/public/notices/{id}/evidence", id: "request-evidence-upload", summary: "A ticket to upload one file of an objection that is being written", open: true, created: true, secret: true}, a.evidenceTicket)
	add(a, spec{method: "POST", path: "/public/notices/{id}/evidence/{file}/complete", id: "complete-evidence", summary: "Verify a file of an objection; it waits until the objection is filed", open: true}, a.completeEvidence)
	add(a, spec{method: "POST", path: "/public/notices/{id}/evidence/{file}/remove", id: "remove-evidence", summary: "Take a file out of an objection that is not filed yet", open: true}, a.removeEvidence)
	add(a, spec{method: "GET", path: "/objections/{id}/attachments", id: "list-objection-attachments", summary: "Objection: attached files, for the commission alone",
		roles: []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director}}, a.files(workflows.Objection.Kind))
}
