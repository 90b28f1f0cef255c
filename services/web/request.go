package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// request is one request with who asks and in which language. Handlers get it ready made.
type request struct {
	*gin.Context
	actor identity.Actor // the public where nobody is logged in
	lang  wording.Lang
	scope views.Scope
	site  *site
}

// request reads who asks. A session that has ended makes a visitor of its owner; ended is
// true then.
func (s *site) request(c *gin.Context) (r *request, ended bool, err error) {
	r = &request{Context: c, site: s, actor: identity.PublicActor(c.ClientIP())}
	if token, missing := c.Cookie(s.CookieName); missing == nil && token != "" {
		a, err := s.Identity.Authenticate(c.Request.Context(), token, identity.Cookie)
		switch {
		case err == nil:
			r.actor = a
		case fault.Is(err, fault.Unauthenticated):
			ended = true
			s.setSession(c.Writer, "")
		default:
			s.settleLang(r)
			return r, false, err
		}
	}
	r.actor.IP, r.actor.RequestID = c.ClientIP(), uuid.NewString()
	c.Header("X-Request-Id", r.actor.RequestID)
	s.settleLang(r)
	return r, ended, s.keepLang(r)
}

// settleLang chooses the language: asked for by ?lang=, else the account's, else the cookie's,
// else the browser's.
func (s *site) settleLang(r *request) {
	lang, asked := known(r.Query("lang"))
	if own, ok := known(r.actor.Lang); !asked && r.loggedIn() && ok {
		lang, asked = own, true
	}
	if !asked {
		lang = s.render.Lang(r.Request)
	}
	r.lang, r.actor.Lang = lang, string(lang)
	r.Request = withLang(r.Request, lang)
	r.scope = s.render.Scope(r.Request)
}

// keepLang stores a language chosen by ?lang= with the account, so that mail follows.
func (s *site) keepLang(r *request) error {
	if _, asked := known(r.Query("lang")); !asked || !r.loggedIn() || r.Request.Method != http.MethodGet {
		return nil
	}
	return s.Identity.SetLang(r.ctx(), r.actor, string(r.lang))
}

func (r *request) ctx() context.Context { return r.Request.Context() }

// loggedIn reports whether a person asks.
func (r *request) loggedIn() bool { return r.actor.SessionID != "" }

// T is a text of the catalogue in the reader's language; params alternate name and value.
func (r *request) T(key string, params ...any) string { return r.scope.T(key, params...) }

// english reports whether the reader reads English.
func (r *request) english() bool { return r.lang == wording.EN }

// fragment reports whether a script asks for a part of a page.
func (r *request) fragment() bool {
	return r.GetHeader("HX-Request") == "true" && r.GetHeader("HX-Boosted") != "true"
}

// wantsJSON reports whether a script of ours asks for data: autosave, uploads.
func (r *request) wantsJSON() bool {
	return strings.Contains(r.GetHeader("Accept"), "application/json")
}

// text returns a query parameter fit for searching: clean, trimmed, at most 100 characters.
func (r *request) text(name string) string {
	value := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, strings.ToValidUTF8(r.Query(name), ""))
	value = strings.TrimSpace(value)
	if runes := []rune(value); len(runes) > 100 {
		value = string(runes[:100])
	}
	return value
}

// view runs fn in a read-only transaction.
func (r *request) view(fn func(tx *database.Tx) error) error { return r.site.DB.View(r.ctx(), fn) }

// update runs fn in a transaction.
func (r *request) update(fn func(tx *database.Tx) error) error { return r.site.DB.Update(r.ctx(), fn) }

// redirect sends the browser on after a POST; a script is told to go there as a whole.
func (r *request) redirect(path string) error {
	if r.fragment() {
		r.Header("HX-Redirect", path)
		r.Status(http.StatusNoContent)
		return nil
	}
	r.Header("Cache-Control", "no-store")
	r.Redirect(http.StatusSeeOther, path)
	return nil
}

// done redirects after a POST with a message in green; params alternate name and value.
func (r *request) done(path, key string, params ...any) error {
	r.flash(views.Done, key, params...)
	return r.redirect(path)
}

// here is path and query of this page, to come back to.
func (r *request) here() string { return r.Request.URL.RequestURI() }

// back returns where to go after the login: an address of our own, or the home page.
func back(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// setSession gives the browser a session, or takes it away with an empty token. It ends with
// the browser, and on the server whenever identity says so.
func (s *site) setSession(w http.ResponseWriter, token string) {
	c := &http.Cookie{Name: s.CookieName, Value: token, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
