// Package web owns the pages: it binds a request, calls one service method,
// renders a view. It knows no adapter and takes no decision of the domain.
package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// Renderer turns views into answers, in the language of the request.
type Renderer struct {
	texts   *wording.Catalogue
	static  *Static
	policy  string
	config  Config
	preview string
}

// NewRenderer returns a renderer over the catalogue and the static files. Of the
// configuration it reads UploadOrigin and Secure.
func NewRenderer(texts *wording.Catalogue, static *Static, config Config) *Renderer {
	return &Renderer{
		texts: texts, static: static, config: config,
		policy:  contentPolicy(config.UploadOrigin),
		preview: "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
	}
}

// contentPolicy allows our own files and nothing written into a page. frame-src
// is for previews of documents beside the work on them.
func contentPolicy(uploadOrigin string) string {
	connect := strings.TrimSpace("connect-src 'self' " + uploadOrigin)
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'",
		connect, "frame-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
	}, "; ")
}

// langCookie keeps the language chosen last.
const langCookie = "lang"

type langKey struct{}

// withLang settles the language of a request, whatever it asks for.
func withLang(r *http.Request, lang wording.Lang) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), langKey{}, lang))
}

// Lang returns the language of a request: the one settled by withLang, else the
// one asked for by ?lang=, else the one chosen last, else what the browser prefers.
func (d *Renderer) Lang(r *http.Request) wording.Lang {
	if lang, ok := r.Context().Value(langKey{}).(wording.Lang); ok {
		return lang
	}
	if lang, ok := known(r.URL.Query().Get("lang")); ok {
		return lang
	}
	if cookie, err := r.Cookie(langCookie); err == nil {
		if lang, ok := known(cookie.Value); ok {
			return lang
		}
	}
	return d.texts.Match(r.Header.Get("Accept-Language"))
}

func known(text string) (wording.Lang, bool) {
	for _, lang := range wording.Langs() {
		if string(lang) == text {
			return lang, true
		}
	}
	return "", false
}

// Scope returns what views and handlers need of a request: scope.T(key) is a text
// in its language.
func (d *Renderer) Scope(r *http.Request) views.Scope {
	return views.Scope{Lang: d.Lang(r), Texts: d.texts, Asset: d.static.URL}
}

// Render writes a view with a status. It renders into memory first, so a view
// that fails leaves the answer untouched and the error can still be shown.
func (d *Renderer) Render(w http.ResponseWriter, r *http.Request, status int, view templ.Component) error {
	scope := d.Scope(r)
	var b bytes.Buffer
	if err := view.Render(views.With(r.Context(), scope), &b); err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	d.rememberLang(w, r)
	h := w.Header()
	d.Headers(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(scope.Lang))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Add("Vary", "Cookie, Accept-Language, HX-Request")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// The answer is on its way: a browser that went away is no error of ours.
	_, _ = b.WriteTo(w)
	return nil
}

// rememberLang keeps a language chosen by ?lang= for a year.
func (d *Renderer) rememberLang(w http.ResponseWriter, r *http.Request) {
	lang, ok := known(r.URL.Query().Get("lang"))
	if !ok {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, Secure: d.config.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// Headers sets the security headers of every page.
func (d *Renderer) Headers(h http.Header) {
	d.common(h)
	h.Set("Content-Security-Policy", d.policy)
	h.Set("X-Frame-Options", "DENY")
}

// PreviewHeaders sets the security headers of a document that our own pages may
// show in a frame, a PDF or an image; nothing in it may run.
func (d *Renderer) PreviewHeaders(h http.Header) {
	d.common(h)
	h.Set("Content-Security-Policy", d.preview)
	h.Set("X-Frame-Options", "SAMEORIGIN")
}

func (d *Renderer) common(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	if d.config.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
