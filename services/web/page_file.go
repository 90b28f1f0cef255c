package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// download is a document on its way to a browser.
type download struct {
	name, kind string
	size       int64
	content    io.ReadSeeker
	inline     bool // shown in a frame of ours instead of saved
}

// send streams a document, parts of it where a part is asked for. Nothing in it can run.
func (r *request) send(d download) error {
	h := r.Writer.Header()
	r.site.render.PreviewHeaders(h)
	disposition := "attachment"
	if d.inline {
		disposition = "inline"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": d.name}))
	h.Set("Content-Type", d.kind)
	h.Set("Cache-Control", "private, no-store")
	http.ServeContent(r.Writer, r.Request, d.name, time.Time{}, d.content)
	return nil
}

// file sends a file of a case as it was uploaded.
func (s *site) file(r *request) error { return s.sendFile(r, false) }

func (s *site) sendFile(r *request, inline bool) error {
	content, file, err := s.Attachments.Open(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	shown := []string{"application/pdf", "image/png", "image/jpeg"}
	if inline && !slices.Contains(shown, file.ContentType) {
		return fault.New(fault.Unsupported, "unsupported")
	}
	kind := file.ContentType
	if !slices.Contains(shown, kind) {
		kind = "application/octet-stream"
	}
	return r.send(download{name: file.Name, kind: kind, size: file.Size, content: content, inline: inline})
}

// ticketRequest is what upload.js sends: the file as the browser read it, and the slot.
type ticketRequest struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
	SHA256 string `json:"sha256"`
	Slot   string `json:"slot"`
	// ValidUntil is typed beside the file in slots whose documents end.
	ValidUntil string `json:"valid_until"`
}

// uploadTicket lets the browser put a file into a slot of a case of the kind.
func uploadTicket(w *workflows.Workflow) handler {
	return func(s *site, r *request) error {
		var in ticketRequest
		if err := r.readJSON(&in); err != nil {
			return err
		}
		t, err := s.Attachments.Ticket(r.ctx(), r.actor, attachment.Request{Parent: casework.Ref{Kind: w.Kind, ID: r.Param("id")}, Slot: in.Slot,
			Name: in.Name, Size: in.Size, SHA256: in.SHA256, ContentType: in.Type, ValidUntil: in.ValidUntil})
		if err != nil {
			return err
		}
		if t.Session != nil {
			r.JSON(http.StatusOK, map[string]any{"id": t.AttachmentID, "session": answerOf(*t.Session)})
			return nil
		}
		r.JSON(http.StatusOK, map[string]any{"id": t.AttachmentID, "url": t.Upload.URL, "fields": t.Upload.Fields})
		return nil
	}
}

// completeUpload verifies an upload and attaches it to its case.
func (s *site) completeUpload(r *request) error {
	file, err := s.Attachments.Complete(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{"id": file.ID, "name": file.Name, "no": file.No, "sha256": file.SHA256})
	return nil
}

// backForm names the page that a button stood on.
type backForm struct {
	Back    string `form:"back,500"`
	Version int64  `form:"version"`
}

// removeFile takes a file out of its case and leads back.
func (s *site) removeFile(r *request) error {
	var in backForm
	if err := r.bind(&in); err != nil {
		return err
	}
	if err := s.Attachments.Remove(r.ctx(), r.actor, r.Param("id")); err != nil {
		return err
	}
	return r.done(back(in.Back), "page.file.removed")
}

// readJSON reads a small document that one of our scripts sent.
func (r *request) readJSON(into any) error {
	kind, _, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "unsupported")
	}
	d := json.NewDecoder(http.MaxBytesReader(r.Writer, r.Request.Body, maxForm))
	var large *http.MaxBytesError
	switch err := d.Decode(into); {
	case errors.As(err, &large):
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Err: err}
	case err != nil:
		return &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	return nil
}

// receiptPDF sends the receipt of a submitted version.
func (s *site) receiptPDF(r *request) error { return s.paper(r, "receipt") }

// bookPDF sends the whole application as submitted.
func (s *site) bookPDF(r *request) error { return s.paper(r, "book") }

func (s *site) paper(r *request, what string) error {
	if s.Papers == nil {
		return fault.Missing()
	}
	version, err := r.versionAsked()
	if err != nil {
		return err
	}
	print := s.Papers.Receipt
	if what == "book" {
		print = s.Papers.Book
	}
	body, err := print(r.ctx(), r.actor, r.Param("id"), version)
	if err != nil {
		return err
	}
	return r.send(download{name: fmt.Sprintf("%s.pdf", what), kind: "application/pdf", size: int64(len(body)), content: bytes.NewReader(body), inline: r.Query("inline") == "1"})
}

// qrImage is a text as an image inside the page, empty where nothing can draw it.
func (s *site) qrImage(text string) string {
	if s.Papers == nil {
		return ""
	}
	png, err := s.Papers.QR(text)
	if err != nil {
		s.Log.Warn("draw QR code", "err", err)
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}
