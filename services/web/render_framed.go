package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"clusterzone/services/web/views"
)

// Framed answers with a whole document that our own pages may show in a frame. Nothing in it
// runs; of ours it may load style sheets.
func (d *Renderer) Framed(w http.ResponseWriter, r *http.Request, view templ.Component) error {
	var b bytes.Buffer
	if err := view.Render(views.With(r.Context(), d.Scope(r)), &b); err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	h := w.Header()
	d.PreviewHeaders(h)
	h.Set("Content-Security-Policy", strings.Replace(d.preview, "style-src 'unsafe-inline'", "style-src 'self'", 1))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = b.WriteTo(w) // a browser that went away is no error of ours
	return nil
}
