package web

import (
	"net/http"
	"strconv"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// sessionAnswer is what upload.js needs to send a file in parts.
type sessionAnswer struct {
	PartSize int64        `json:"part_size"`
	Count    int          `json:"count"`
	Parts    []partAnswer `json:"parts"`
}

type partAnswer struct {
	No   int   `json:"no"`
	Size int64 `json:"size"`
}

func answerOf(x attachment.Session) sessionAnswer {
	out := sessionAnswer{PartSize: x.PartSize, Count: x.Count, Parts: []partAnswer{}}
	for _, p := range x.Parts {
		out.Parts = append(out.Parts, partAnswer{p.No, p.Size})
	}
	return out
}

// uploadSession tells which parts of an unfinished upload have arrived.
func (s *site) uploadSession(r *request) error {
	x, err := s.Attachments.Session(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{"id": x.AttachmentID, "session": answerOf(x)})
	return nil
}

// uploadPart lets the browser send one part.
func (s *site) uploadPart(r *request) error {
	var in struct {
		No     int    `json:"no"`
		SHA256 string `json:"sha256"`
	}
	if err := r.readJSON(&in); err != nil {
		return err
	}
	t, err := s.Attachments.PartTicket(r.ctx(), r.actor, r.Param("id"), in.No, in.SHA256)
	if err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{"url": t.URL, "method": t.Method, "headers": t.Headers})
	return nil
}

// discardUpload gives up an unfinished upload at a script's request.
func (s *site) discardUpload(r *request) error {
	if err := s.Attachments.Discard(r.ctx(), r.actor, r.Param("id")); err != nil {
		return err
	}
	r.JSON(http.StatusOK, map[string]any{})
	return nil
}

// unfinished are the uploads in parts that this person has begun for a case, by slot. Where
// the store does not answer, the page goes without them.
func (r *request) unfinished(ref casework.Ref) map[string][]attachment.Session {
	found, err := r.site.Attachments.Sessions(r.ctx(), r.actor, ref)
	if err != nil {
		r.site.Log.Warn("list unfinished uploads", "case", ref.ID, "err", err)
		return nil
	}
	out := map[string][]attachment.Session{}
	for _, x := range found {
		out[x.Slot] = append(out[x.Slot], x)
	}
	return out
}

// resumable sets what a place for files needs for uploads that can be gone on with. back is
// the page that a discarded one leads to.
func (r *request) resumable(u *views.Upload, open []attachment.Session, back string) {
	if u == nil {
		return
	}
	for _, x := range open {
		percent := int(100 * x.Done() / max(1, x.Size))
		u.Unfinished = append(u.Unfinished, views.UnfinishedUpload{Name: x.Name, Percent: percent,
			Meta: r.T("upload.unfinished.meta", "Percent", strconv.Itoa(percent), "Done", views.FileSize(x.Done()), "Size", views.FileSize(x.Size),
				"Until", wording.DateTime(r.lang, x.ExpiresAt)),
			Discard: views.Action{Label: r.T("upload.discard"), Href: "/attachments/" + x.AttachmentID + "/remove", Name: "back", Value: back,
				Confirm: &views.Confirm{Title: r.T("upload.discard.title", "Name", x.Name), Text: r.T("upload.discard.ask", "Name", x.Name)}}})
	}
}
