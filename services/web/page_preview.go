package web

import (
	"errors"
	"io"
	"slices"

	"clusterzone/services/attachment"
	"clusterzone/services/fault"
	"clusterzone/services/preview"
	"clusterzone/services/web/views"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// readable reports types that previewText turns into something to look at.
func readable(contentType string) bool {
	return slices.Contains([]string{workbookType, "application/json", "application/geo+json", "application/vnd.google-earth.kml+xml", "text/csv", "text/plain"}, contentType)
}

// previewFile shows a file without running anything: PDF and images as they are, workbooks and
// texts as tables and text. Who may download it may see it, and nobody else.
func (s *site) previewFile(r *request) error {
	content, file, err := s.Attachments.Open(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	switch {
	case shown(file.ContentType):
		return r.send(download{name: file.Name, kind: file.ContentType, size: file.Size, content: content, inline: true})
	case readable(file.ContentType):
		return s.previewText(r, file, content)
	}
	return fault.New(fault.Unsupported, "unsupported")
}

func (s *site) previewText(r *request, file attachment.Attachment, content io.Reader) error {
	v, err := r.previewOf(file, content)
	if err != nil {
		return err
	}
	return s.render.Framed(r.Writer, r.Request, views.PreviewPage(v))
}

func (r *request) previewOf(file attachment.Attachment, content io.Reader) (views.PreviewView, error) {
	v := views.PreviewView{Title: file.Name}
	more := false
	if file.ContentType == workbookType {
		sheets, err := preview.Workbook(content, file.Size)
		if errors.Is(err, preview.ErrTooLarge) || errors.Is(err, preview.ErrUnreadable) {
			v.Note = r.T("preview.none")
			return v, nil
		}
		if err != nil {
			return v, err
		}
		for _, x := range sheets {
			more = more || x.More
			v.Sheets = append(v.Sheets, views.PreviewSheet{Name: x.Name, Rows: x.Rows})
		}
	} else {
		text, rest, err := preview.Text(content)
		if errors.Is(err, preview.ErrUnreadable) {
			v.Note = r.T("preview.none")
			return v, nil
		}
		if err != nil {
			return v, err
		}
		v.Text, more = text, rest
	}
	if more {
		v.Note = r.T("preview.more", "Rows", preview.MaxRows, "Columns", preview.MaxColumns)
	}
	return v, nil
}
