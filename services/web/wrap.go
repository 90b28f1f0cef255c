package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clusterzone/services/fault"
	"clusterzone/services/problem"
	"clusterzone/services/web/views"
)

// wrap is the one way into every page: who asks, whether they may, what they get where it
// fails, one line in the log.
func (s *site) wrap(rt route) gin.HandlerFunc {
	return func(c *gin.Context) {
		began := time.Now()
		r, ended, err := s.request(c)
		if err == nil {
			err = s.serve(r, rt, ended)
		}
		if err != nil {
			s.fail(r, err)
		}
		s.Log.Debug("page", "method", c.Request.Method, "path", loggedPath(c.Request.URL.Path), "status", c.Writer.Status(),
			"ms", time.Since(began).Milliseconds(), "actor", r.actor.ID, "request", r.actor.RequestID)
	}
}

// loggedPath is an address as it may stand in a log: that of a calendar feed is a secret.
func loggedPath(path string) string {
	if strings.HasPrefix(path, "/calendar/feed/") {
		return "/calendar/feed/-"
	}
	return path
}

// serve runs the handler for those who may; a panic becomes an internal error.
func (s *site) serve(r *request, rt route, ended bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in %s %s: %v\n%s", rt.method, rt.path, p, debug.Stack())
		}
	}()
	switch {
	case !r.loggedIn() && !rt.who.anybody:
		return s.askLogin(r, ended)
	case r.loggedIn() && r.actor.MustChange && !rt.always:
		r.flash(views.Warning, "fault.must_change_password")
		return r.redirect("/profile/password")
	case !rt.who.admits(r.actor):
		return fault.Missing()
	}
	return rt.do(s, r)
}

// askLogin leads a reader to the login and back. What was typed into a form must not be lost,
// so a POST stays where it is and says what to do.
func (s *site) askLogin(r *request, ended bool) error {
	if r.Request.Method != http.MethodGet && r.Request.Method != http.MethodHead || r.wantsJSON() || r.fragment() {
		return fault.New(fault.Unauthenticated, "session_expired")
	}
	if ended {
		r.flash(views.Note, "fault.session_expired")
	}
	return r.redirect("/login?next=" + url.QueryEscape(r.here()))
}

// fail answers an error by its kind, in the form the asker understands.
func (s *site) fail(r *request, err error) {
	if r.Writer.Written() {
		s.Log.Error("answer already on its way", "path", loggedPath(r.Request.URL.Path), "err", err)
		return
	}
	p := s.Teller.Of(r.lang, err)
	var failed error
	switch {
	case r.wantsJSON() || r.forAPI():
		r.problemJSON(p)
	case r.fragment():
		failed = s.showFragment(r, p.Status, views.FlashBox(views.Flash{Kind: views.Failed, Text: p.Title}))
	default:
		failed = s.errorPage(r, p)
	}
	if failed != nil && !r.Writer.Written() {
		s.Log.Error("error page", "path", loggedPath(r.Request.URL.Path), "err", failed)
		http.Error(r.Writer, p.Title, p.Status)
	}
}

// forAPI reports whether a programme asked: the API shares the router, so what it does not
// serve ends here.
func (r *request) forAPI() bool { return strings.HasPrefix(r.Request.URL.Path, "/api/") }

// problemJSON answers a script as RFC 9457 lays it out; problems are by field.
func (r *request) problemJSON(p problem.Problem) {
	body := map[string]any{"status": p.Status, "code": p.Code, "title": p.Title, "detail": p.Title}
	fields := map[string]string{}
	for _, f := range p.Fields {
		fields[f.Path] = f.Message
	}
	if len(fields) > 0 {
		body["problems"] = fields
		body["detail"] = p.Fields[0].Message
	}
	if len(p.Blocked) > 0 {
		body["detail"] = strings.Join(p.Blocked, r.T("web.list.comma"))
	}
	if p.Reference != "" {
		body["reference"] = p.Reference
	}
	r.JSON(p.Status, body)
}

// JSON answers a script with data, under the headers of every page.
func (r *request) JSON(status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		r.site.fail(r, err)
		return
	}
	h := r.Writer.Header()
	r.site.render.Headers(h)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	r.Writer.WriteHeader(status)
	// The answer is on its way: a browser that went away is no error of ours.
	_, _ = r.Writer.Write(text)
}

// absent answers what is not there.
func absent(*site, *request) error { return fault.Missing() }

// wrongMethod answers a page asked for in the wrong way, such as a form's address typed in:
// there is nothing to read at it.
func wrongMethod(_ *site, r *request) error {
	if !r.forAPI() {
		return fault.Missing()
	}
	r.problemJSON(problem.Problem{Status: http.StatusMethodNotAllowed, Code: "unsupported", Title: r.T("fault.unsupported")})
	return nil
}
