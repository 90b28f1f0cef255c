package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"clusterzone/services/attachment"
	"clusterzone/services/fault"
	"clusterzone/services/notice"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

func evidenceRoutes() []route {
	return []route{
		{get, "/notices/:id/evidence", (*site).evidence, public(), false},
		{post, "/notices/:id/evidence", (*site).evidenceTicket, public(), false},
		{post, "/notices/:id/evidence/:code/complete", (*site).checkEvidence, public(), false},
		{post, "/notices/:id/evidence/:code/remove", (*site).removeEvidence, public(), false},
	}
}

// maxObject bounds an objection that is sent with its files in one form, in bytes: one letter
// and five pieces of evidence of 10 MB, and the words.
const maxObject = 6*(10<<20) + 2*maxForm

// draftCookie holds the token of the objection that this browser is writing for one notice.
func (s *site) draftCookie(id, token string) *http.Cookie {
	c := &http.Cookie{Name: s.CookieName + "_objection", Value: token, Path: "/notices/" + id, MaxAge: 24 * 3600, HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// draftToken is the token that the browser sent, or an empty text.
func (r *request) draftToken() string {
	token, err := r.Cookie(r.site.CookieName + "_objection")
	if err != nil || !notice.IsToken(token) {
		return ""
	}
	return token
}

// draftOf is the draft that this browser is writing for the notice; ok says that there is one.
func (r *request) draftOf(id string) (d notice.Draft, ok bool, err error) {
	d, err = r.site.Notices.DraftOf(r.ctx(), r.actor, id, r.draftToken())
	if fault.Is(err, fault.NotFound) {
		return d, false, nil
	}
	return d, err == nil, err
}

// keepDraft gives a browser that may object a token, unless it has one that is not used up.
func (r *request) keepDraft(id string) error {
	if r.draftToken() != "" {
		if d, ok, err := r.draftOf(id); err != nil || !ok || !d.Filed {
			return err
		}
	}
	http.SetCookie(r.Writer, r.site.draftCookie(id, notice.NewToken()))
	return nil
}

// evidence shows a script the files of the draft anew.
func (s *site) evidence(r *request) error {
	places, err := r.evidencePlaces(r.Param("id"), refusal{})
	if err != nil {
		return err
	}
	return s.showFragment(r, http.StatusOK, views.EvidencePlaces(places))
}

// evidenceTicket lets the browser of an objector put a file into the draft.
func (s *site) evidenceTicket(r *request) error {
	var in ticketRequest
	if err := r.readJSON(&in); err != nil {
		return err
	}
	token := r.draftToken()
	if token == "" {
		return fault.BadField("draft", "objection_draft")
	}
	d, err := s.Notices.BeginFile(r.ctx(), r.actor, r.Param("id"), token)
	if err != nil {
		return err
	}
	t, err := s.Attachments.Ticket(r.ctx(), d.Objector, attachment.Request{Parent: d.Ref, Slot: in.Slot, Name: in.Name, Size: in.Size, SHA256: in.SHA256, ContentType: in.Type})
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{"id": t.AttachmentID, "url": t.Upload.URL, "fields": t.Upload.Fields})
	return nil
}

// checkEvidence verifies what the browser has put into the store; it waits for the objection.
func (s *site) checkEvidence(r *request) error {
	d, err := s.Notices.DraftOf(r.ctx(), r.actor, r.Param("id"), r.draftToken())
	if err != nil {
		return err
	}
	file, err := s.Attachments.Check(r.ctx(), d.Objector, r.Param("code"))
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{"id": file.ID, "name": file.Name, "sha256": file.SHA256})
	return nil
}

// removeEvidence takes a file out of the draft. Without script the whole form comes along, and
// goes back with everything typed.
func (s *site) removeEvidence(r *request) error {
	d, err := s.Notices.DraftOf(r.ctx(), r.actor, r.Param("id"), r.draftToken())
	if err != nil {
		return err
	}
	if err := s.Attachments.Discard(r.ctx(), d.Objector, r.Param("code")); err != nil {
		return err
	}
	if r.fragment() {
		return s.evidence(r)
	}
	var in objectionForm
	if err := r.bindFiles(&in, maxObject); err != nil {
		return err
	}
	return s.showNotice(r, in, refusal{})
}

// bindFiles is bind for a form with files, of at most so many bytes. What was not taken out of
// it is gone when the request ends.
func (r *request) bindFiles(into any, most int64) error {
	if !strings.HasPrefix(r.GetHeader("Content-Type"), "multipart/form-data") {
		return r.bind(into)
	}
	r.Request.Body = http.MaxBytesReader(r.Writer, r.Request.Body, most)
	err := r.Request.ParseMultipartForm(maxForm)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Err: err}
	case err != nil:
		return &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	return bindValues(r.Request.PostForm, into)
}

// formFiles are the files of a form under one name; an input left empty sends none.
func (r *request) formFiles(name string) []*multipart.FileHeader {
	if r.Request.MultipartForm == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Request.MultipartForm.File[name]), func(h *multipart.FileHeader) bool { return h.Filename == "" })
}

// takeEvidence puts the files of the form into the draft. What is wrong with one is said where
// it was chosen.
func (s *site) takeEvidence(r *request, token string) error {
	var problems []fault.Field
	for _, slot := range notice.Slots() {
		for _, head := range r.formFiles(slot.Code) {
			err := s.takeFile(r, token, slot.Code, head)
			var f *fault.Error
			switch {
			case err == nil:
			case errors.As(err, &f) && f.Kind == fault.Invalid && len(f.Fields) > 0:
				for _, x := range f.Fields {
					x.Path = slot.Code
					problems = append(problems, x)
				}
			default:
				return err
			}
		}
	}
	if len(problems) > 0 {
		return fault.Bad(problems...)
	}
	return nil
}

func (s *site) takeFile(r *request, token, slot string, head *multipart.FileHeader) error {
	content, err := head.Open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return err
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d, err := s.Notices.BeginFile(r.ctx(), r.actor, r.Param("id"), token)
	if err != nil {
		return err
	}
	_, err = s.Attachments.Take(r.ctx(), d.Objector, attachment.Request{Parent: d.Ref, Slot: slot, Name: head.Filename, Size: head.Size,
		SHA256: hex.EncodeToString(sum.Sum(nil))}, content)
	return err
}

// evidencePlaces are the places for files of the objection that this browser is writing.
func (r *request) evidencePlaces(id string, told refusal) ([]views.EvidencePlace, error) {
	var held []attachment.Attachment
	d, ok, err := r.draftOf(id)
	if err == nil && ok && !d.Filed {
		held, err = r.site.Attachments.Checked(r.ctx(), d.Objector, d.Ref)
	}
	if err != nil {
		return nil, err
	}
	here := "/notices/" + id + "/evidence"
	var out []views.EvidencePlace
	for _, slot := range notice.Slots() {
		p := views.EvidencePlace{Code: slot.Code, Label: r.T("objection.field." + slot.Code), Help: r.T("objection." + slot.Code + ".help"), Error: told.Of(slot.Code)}
		for _, f := range held {
			if f.Slot == slot.Code {
				p.Files = append(p.Files, views.EvidenceFile{Name: f.Name, Meta: views.FileSize(f.Size), Scan: r.scanBadge(f), Remove: here + "/" + f.ID + "/remove"})
			}
		}
		if slot.MaxFiles > 1 && len(p.Files) >= slot.MaxFiles {
			p.Full = r.T("edit.slot.full", "Count", slot.MaxFiles)
		} else {
			p.Drop = r.evidenceDrop(here, slot, len(p.Files))
		}
		out = append(out, p)
	}
	return out, nil
}

func (r *request) evidenceDrop(here string, slot attachment.Slot, held int) views.Upload {
	u := views.Upload{ID: "drop-" + slot.Code, Label: r.T("edit.slot.add"), MaxBytes: slot.MaxBytes, Many: slot.MaxFiles > 1, Ticket: here,
		Complete: here + "/{id}/complete", Fields: map[string]string{"slot": slot.Code}, Refresh: here, Target: "#evidence", Plain: slot.Code}
	if slot.MaxFiles == 1 && held > 0 {
		u.Label = r.T("edit.slot.replace")
	}
	for _, format := range slot.Formats {
		u.Accept = append(u.Accept, "."+format)
	}
	return u
}

// objectionFiles are what came with a filed objection, for those who may read it: the
// commission. Others learn how many there are.
func (r *request) objectionFiles(x notice.View) (views.EvidenceView, error) {
	v := views.EvidenceView{Count: x.Evidence}
	if !r.actor.Commission() {
		v.Hidden = r.T("objection.evidence.hidden", "Count", x.Evidence)
		return v, nil
	}
	d := notice.Draft{}
	d.Ref.Kind, d.Ref.ID = workflows.Objection.Kind, x.ID
	files, err := r.site.Attachments.List(r.ctx(), r.actor, d.Ref)
	for _, slot := range notice.Slots() {
		for _, f := range files {
			if f.Slot == slot.Code {
				file := r.slotFile(f)
				file.Meta = r.T("objection.field."+slot.Code) + " · " + file.Meta
				v.Files = append(v.Files, file)
			}
		}
	}
	return v, err
}
