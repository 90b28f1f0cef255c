package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/problem"
	"clusterzone/services/reminder"
	"clusterzone/services/web/views"
	"clusterzone/workflows"
)

// page fills the frame around a page: who reads it, their menu, unread messages, the message
// left by the page before. The title is in words: a text of the catalogue or a case's name.
func (s *site) page(r *request, title string) (views.Page, error) {
	p := views.Page{Title: title, Path: r.here(), Demo: s.Demo, Menu: s.menu(r)}
	if !r.loggedIn() {
		return p, nil
	}
	p.User = &views.UserBox{ID: r.actor.ID, Name: r.actor.Name, Unit: r.actor.UnitName, Roles: r.roleNames(r.actor.Roles)}
	err := r.view(func(tx *database.Tx) error {
		n, err := reminder.Unread(tx, r.actor.ID)
		p.Unread = int(n)
		return err
	})
	return p, err
}

// show answers with a page in its frame; a script that asked for a part gets the body alone.
func (s *site) show(r *request, p views.Page, body templ.Component) error {
	return s.showStatus(r, http.StatusOK, p, body)
}

func (s *site) showStatus(r *request, status int, p views.Page, body templ.Component) error {
	if r.fragment() {
		return s.showFragment(r, status, body)
	}
	p.Flash = r.takeFlash()
	return s.render.Render(r.Writer, r.Request, status, within(views.Layout(p), body))
}

// showFragment answers with a part of a page.
func (s *site) showFragment(r *request, status int, body templ.Component) error {
	return s.render.Render(r.Writer, r.Request, status, body)
}

// simple is page and show in one, for pages whose frame needs nothing more.
func (s *site) simple(r *request, status int, title string, body templ.Component) error {
	p, err := s.page(r, title)
	if err != nil {
		return err
	}
	return s.showStatus(r, status, p, body)
}

// within renders children inside a view that takes them.
func within(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// errorPage says an error to a person. Its address is left out of it, so that what is absent
// and what is not for this person are the same page to the byte.
func (s *site) errorPage(r *request, p problem.Problem) error {
	page, err := s.page(r, r.T("page.error.title."+statusWord(p.Status)))
	if err != nil { // the database is what is down: a frame without a person
		page = views.Page{Title: r.T("page.error.title." + statusWord(p.Status)), Demo: s.Demo}
	}
	page.Path = ""
	v := views.ErrorView{Title: page.Title, Text: p.Title, Reasons: p.Blocked, Home: r.T("page.error.home")}
	for _, f := range p.Fields {
		v.Reasons = append(v.Reasons, f.Message)
	}
	switch p.Status {
	case http.StatusUnauthorized:
		v.Help, v.Login = r.T("page.error.login.help"), r.T("web.login")
	case http.StatusNotFound:
		v.Help = r.T("web.page.missing.help")
	case http.StatusConflict:
		v.Help = r.T("page.error.conflict.help")
	}
	if p.Reference != "" {
		v.Help = r.T("web.page.error.help", "Reference", p.Reference)
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		r.Header("Retry-After", "60")
	}
	return s.showStatus(r, p.Status, page, views.ErrorPage(v))
}

// statusWord chooses the heading of an error page.
func statusWord(status int) string {
	switch status {
	case http.StatusNotFound:
		return "missing"
	case http.StatusUnauthorized:
		return "login"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusConflict:
		return "conflict"
	case http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return "unreadable"
	case http.StatusTooManyRequests:
		return "often"
	case http.StatusServiceUnavailable:
		return "unavailable"
	}
	return "internal"
}

// roleNames says roles in words.
func (r *request) roleNames(roles []workflows.Role) []string {
	out := make([]string, len(roles))
	for i, role := range roles {
		out[i] = r.roleName(role)
	}
	return out
}

func (r *request) roleName(role workflows.Role) string { return r.T("role." + string(role)) }

// entry is one line of the menu: for whom, and which part of the address makes it the present
// one.
type entry struct {
	section, key, href, icon string
	roles                    []workflows.Role
	public                   bool // visitors see it
}

// entries is the menu of everybody, in order.
func entries() []entry {
	department, evaluator := []workflows.Role{workflows.Department}, []workflows.Role{workflows.Evaluator}
	join := slices.Concat[[]workflows.Role]
	return []entry{
		{"", "menu.work", "/", "home", workers(), false},
		{"", "menu.calendar", "/calendar", "calendar-due", workers(), false},
		{"", "menu.inbox", "/inbox", "mail", workers(), false},
		{"menu.cases", "menu.overdue", "/overdue", "alert-triangle", watchers(), false},
		{"menu.cases", "menu.dashboard", "/dashboard", "report-analytics", watchers(), false},
		{"menu.cases", "menu.supervision", "/supervision", "speakerphone", watchers(), false},
		{"menu.cases", "menu.applications", "/applications", "file-text", join(unitSide(), watchers(), department, evaluator), false},
		{"menu.cases", "menu.unit_profile", "/unit-profile", "building-community", unitSide(), false},
		{"menu.cases", "menu.opinions", "/opinions", "message-report", join(watchers(), department), false},
		{"menu.cases", "menu.conditions", "/conditions", "list-check", conditionReaders(), false},
		{"menu.cases", "menu.reviews.own", "/reviews", "clipboard-check", evaluator, false},
		{"menu.cases", "menu.reviews", "/reviews", "users-group", watchers(), false},
		{"menu.cases", "menu.pool", "/experts", "users", watchers(), false},
		{"menu.cases", "menu.pool.own", "/experts/own", "user-check", evaluator, false},
		{"menu.cases", "menu.decisions", "/decisions", "scale", watchers(), false},
		{"menu.cases", "menu.objections", "/objections", "speakerphone", watchers(), false},
		{"menu.cases", "menu.evaluations", "/evaluations", "report-analytics", join(unitSide(), watchers(), []workflows.Role{workflows.Statistics}), false},
		{"menu.cases", "menu.rectifications", "/rectifications", "checklist", join(unitSide(), watchers()), false},
		{"menu.cases", "menu.rounds", "/rounds", "calendar", join(unitSide(), watchers()), false},
		{"menu.cases", "menu.templates", "/templates", "rubber-stamp", watchers(), false},
		{"menu.cases", "menu.shelf", "/shelf", "paperclip", unitSide(), false},
		{"menu.register", "menu.zones", "/zones", "map", workers(), true},
		{"menu.register", "menu.notices", "/notices", "bell", workers(), true},
		{"menu.register", "menu.certificates", "/certificates", "certificate", workers(), true},
		{"menu.register", "menu.document_check", "/document-check", "file-certificate", workers(), true},
		{"menu.register", "menu.track", "/objections/track", "search", nil, true},
		{"menu.admin", "menu.persons", "/persons", "users", administrators(), false},
		{"menu.admin", "menu.units", "/units", "building-community", administrators(), false},
		{"menu.admin", "menu.audit", "/audit", "shield-check", []workflows.Role{workflows.Auditor}, false},
		{"menu.admin", "menu.inbox", "/inbox", "mail", administrators(), false},
	}
}

func (e entry) admits(r *request) bool {
	if !r.loggedIn() {
		return e.public
	}
	return r.actor.Any(e.roles...)
}

// menu lists what the reader's roles open, the present place marked. Whoever still has to
// change a one-time password has nowhere to go.
func (s *site) menu(r *request) []views.MenuItem {
	if r.actor.MustChange {
		return nil
	}
	var out []views.MenuItem
	best, length := -1, 0
	for _, e := range entries() {
		if !e.admits(r) {
			continue
		}
		section := ""
		if e.section != "" {
			section = r.T(e.section)
		}
		if under(r.Request.URL.Path, e.href) && len(e.href) > length {
			best, length = len(out), len(e.href)
		}
		out = append(out, views.MenuItem{Section: section, Label: r.T(e.key), Href: e.href, Icon: e.icon})
	}
	if best >= 0 {
		out[best].Active = true
	}
	return out
}

func under(path, href string) bool {
	if href == "/" {
		return path == "/"
	}
	return path == href || strings.HasPrefix(path, href+"/")
}

// unitNames maps the codes of all units to their names in the reader's language.
func (r *request) unitNames(tx *database.Tx) (map[string]string, error) {
	units, err := identity.Units(tx, "")
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(units))
	for _, u := range units {
		names[u.Code] = u.Name
		if r.english() {
			names[u.Code] = u.NameEn
		}
	}
	return names, nil
}
