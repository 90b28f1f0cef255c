package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// persons lists the accounts for the three administrators.
func (s *site) persons(r *request) error {
	f := identity.PersonFilter{Search: r.text("q"), Unit: r.text("unit"), Role: workflows.Role(r.text("role")), After: r.text("after"), Limit: pageSize}
	if active := r.text("active"); active != "" {
		yes := active == "yes"
		f.Active = &yes
	}
	page, err := s.Identity.Persons(r.ctx(), r.actor, f)
	if err != nil {
		return err
	}
	v := views.ListView{Header: views.Header{Title: r.T("menu.persons"), Lead: r.T("persons.lead")}, Pager: views.Pager{Shown: len(page.People)},
		Table: r.personTable(page.People)}
	if r.actor.Has(workflows.SystemAdmin) {
		v.Actions = []views.Action{{Label: r.T("persons.new"), Get: true, Href: "/persons/new", Icon: "plus", Primary: true}}
	}
	query := r.Request.URL.Query()
	query.Del("after")
	if f.After != "" {
		v.Pager.First = "/persons?" + query.Encode()
	}
	if page.Next != "" {
		query.Set("after", page.Next)
		v.Pager.Next = "/persons?" + query.Encode()
	}
	if v.Filter, err = s.personFilter(r, f); err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, v.Header.Title, views.ListPage(v))
}

func (r *request) personTable(people []identity.Person) views.Table {
	t := views.Table{Caption: r.T("menu.persons"), Empty: views.Empty{Text: r.T("list.none"), Help: r.T("list.none.help")}, Columns: []views.Column{
		{Label: r.T("person.name")}, {Label: r.T("person.login"), Keep: true}, {Label: r.T("column.unit")}, {Label: r.T("person.roles")},
		{Label: r.T("column.state"), Keep: true}}}
	for _, p := range people {
		t.Rows = append(t.Rows, views.Row{ID: p.ID, Name: p.Name, Cells: []views.Cell{{Text: p.Name, Href: "/persons/" + p.ID}, {Text: p.Login}, {Text: p.UnitName},
			{Text: strings.Join(r.roleNames(p.Roles), r.T("web.list.comma"))}, {View: views.StateBadge(r.personBadge(p))}}})
	}
	return t
}

func (r *request) personBadge(p identity.Person) views.Badge {
	switch {
	case !p.Active:
		return views.Badge{Label: r.T("person.inactive"), Tone: views.Quiet}
	case !p.CanLogin:
		return views.Badge{Label: r.T("person.no.password"), Tone: views.Waiting}
	case p.MustChange:
		return views.Badge{Label: r.T("person.one.time"), Tone: views.Waiting}
	}
	return views.Badge{Label: r.T("person.active"), Tone: views.Good}
}

func (s *site) personFilter(r *request, f identity.PersonFilter) (*views.Filter, error) {
	units, err := s.unitField(r, "unit", f.Unit)
	if err != nil {
		return nil, err
	}
	roles := views.Field{Name: "role", Label: r.T("person.roles"), Value: string(f.Role)}
	for _, role := range identity.Assignable() {
		roles.Options = append(roles.Options, views.Option{Value: string(role), Label: r.roleName(role)})
	}
	active := views.Field{Name: "active", Label: r.T("column.state"), Value: r.text("active"), Options: []views.Option{
		{Value: "yes", Label: r.T("person.active")}, {Value: "no", Label: r.T("person.inactive")}}}
	return &views.Filter{Action: "/persons", Search: r.searchField(f.Search), Lists: []views.Field{units, roles, active},
		Active: f.Search != "" || f.Unit != "" || f.Role != "" || f.Active != nil}, nil
}

// unitField chooses a unit, grouped by kind.
func (s *site) unitField(r *request, name, value string) (views.Field, error) {
	f := views.Field{Name: name, Label: r.T("column.unit"), Value: value}
	units, err := s.Identity.AllUnits(r.ctx(), "")
	slices.SortStableFunc(units, func(a, b identity.Unit) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	for _, u := range units {
		f.Options = append(f.Options, views.Option{Value: u.Code, Label: r.pick(u.Name, u.NameEn), Group: r.T("unit.kind." + string(u.Kind))})
	}
	return f, err
}

// personFacts are the facts of an account for reading.
func (r *request) personFacts(p identity.Person) []views.Item {
	facts := []views.Item{{Term: r.T("person.name"), Text: p.Name}, {Term: r.T("person.login"), Text: p.Login}, {Term: r.T("column.unit"), Text: p.UnitName},
		{Term: r.T("person.roles"), Text: strings.Join(r.roleNames(p.Roles), r.T("web.list.comma"))}, {Term: r.T("person.email"), Text: p.Email},
		{Term: r.T("person.phone"), Text: p.Phone}}
	if p.Employer != "" {
		facts = append(facts, views.Item{Term: r.T("person.employer"), Text: p.Employer})
	}
	return facts
}

// sessionTable lists sessions, each with a button that ends it below the address given.
func (r *request) sessionTable(sessions []identity.SessionInfo, address string) views.Table {
	t := views.Table{Caption: r.T("page.session.title"), Empty: views.Empty{Text: r.T("page.session.empty")}, Columns: []views.Column{
		{Label: r.T("session.kind")}, {Label: r.T("session.ip"), Keep: true}, {Label: r.T("session.opened"), Keep: true}, {Label: r.T("session.seen"), Keep: true},
		{Label: r.T("column.action"), Keep: true}}}
	for _, x := range sessions {
		end := views.Action{Label: r.T("session.end"), Href: address + x.ID + "/end"}
		kind := views.Cell{Text: r.T("session.kind." + string(x.Kind)), Sub: x.Agent}
		if x.Current {
			kind.Text = r.T("session.current")
		}
		t.Rows = append(t.Rows, views.Row{ID: x.ID, Cells: []views.Cell{kind, {Text: x.IP}, {Text: wording.DateTime(r.lang, x.CreatedAt)},
			{Text: wording.DateTime(r.lang, x.SeenAt)}, {View: views.ActionButton(end)}}})
	}
	return t
}

// personForm is the profile of an account as the system administrator keeps it.
type personForm struct {
	Version  int64    `form:"version"`
	Login    string   `form:"login,64"`
	Name     string   `form:"name,60"`
	Unit     string   `form:"unit,40"`
	Email    string   `form:"email,254"`
	Phone    string   `form:"phone,40"`
	Lang     string   `form:"lang,10"`
	Employer string   `form:"employer,100"`
	Superior string   `form:"superior,64"`
	Fields   []string `form:"fields"`
}

func (f personForm) profile(superior string) identity.Profile {
	return identity.Profile{Name: f.Name, Unit: f.Unit, Email: f.Email, Phone: f.Phone, Lang: f.Lang, Employer: f.Employer, Fields: f.Fields, SuperiorID: superior}
}

func formOf(p identity.Person) personForm {
	return personForm{Version: p.Version, Login: p.Login, Name: p.Name, Unit: p.Unit, Email: p.Email, Phone: p.Phone, Lang: p.Lang, Employer: p.Employer,
		Superior: p.SuperiorID, Fields: p.Fields}
}

func personLabels(r *request) map[string]string {
	out := map[string]string{"unit": r.T("column.unit"), "roles": r.T("person.roles")}
	for _, name := range []string{"login", "name", "email", "phone", "lang", "employer", "superior", "fields"} {
		out[name] = r.T("person." + name)
	}
	return out
}

// personFields are the inputs of a profile.
func (s *site) personFields(r *request, in personForm, told refusal, fresh bool) ([]views.Input, error) {
	labels := personLabels(r)
	line := func(name, value string, most int) views.Input {
		f := views.Field{Name: name, Label: labels[name], Value: value, Max: most, Error: told.Of(name)}
		if help := "person." + name + ".help"; s.Words.Has(help) {
			f.Help = r.T(help)
		}
		return views.Input{Kind: views.LineInput, Field: f}
	}
	unit, err := s.unitField(r, "unit", in.Unit)
	if err != nil {
		return nil, err
	}
	unit.Required, unit.Error = true, told.Of("unit")
	superior, err := s.superiorField(r, in.Superior, told)
	if err != nil {
		return nil, err
	}
	lang := views.Field{Name: "lang", Label: labels["lang"], Value: in.Lang, Error: told.Of("lang"), Options: []views.Option{
		{Value: "zh-CN", Label: r.T("web.lang.zh")}, {Value: "en", Label: r.T("web.lang.en")}}}
	fields := views.Field{Name: "fields", Label: labels["fields"], Help: r.T("person.fields.help"), Error: told.Of("fields")}
	for _, x := range s.Book.Sectors {
		fields.Options = append(fields.Options, views.Option{Value: x.Code, Label: x.Short.In(string(r.lang)), Chosen: slices.Contains(in.Fields, x.Code)})
	}
	name := line("name", in.Name, 60)
	name.Field.Required = true
	out := []views.Input{name, {Kind: views.SelectInput, Field: unit}, line("email", in.Email, 254), line("phone", in.Phone, 40), line("employer", in.Employer, 100),
		{Kind: views.SelectInput, Field: superior}, {Kind: views.RadioInput, Field: lang}, {Kind: views.ManyInput, Field: fields}}
	if fresh {
		login := line("login", in.Login, 64)
		login.Field.Required = true
		out = slices.Insert(out, 0, login)
	}
	return out, nil
}

// superiorField chooses who is told when reminders stay without effect: anybody who leads or
// directs.
func (s *site) superiorField(r *request, value string, told refusal) (views.Field, error) {
	f := views.Field{Name: "superior", Label: r.T("person.superior"), Help: r.T("person.superior.help"), Value: value, Error: told.Of("superior")}
	err := r.view(func(tx *database.Tx) error {
		people, err := identity.Recipients(tx, identity.Query{Roles: []workflows.Role{workflows.Leader, workflows.Director, workflows.Department}})
		if err != nil {
			return err
		}
		units, err := r.unitNames(tx)
		for _, p := range people {
			f.Options = append(f.Options, views.Option{Value: p.ID, Label: r.T("person.of", "Name", p.Name, "Unit", units[p.Unit])})
		}
		return err
	})
	return f, err
}

func (s *site) newPersonPage(r *request) error {
	return s.showNewPerson(r, personForm{Lang: string(wording.ZH)}, refusal{})
}

// createPerson opens an account; roles and password come from the security administrator.
func (s *site) createPerson(r *request) error {
	var in personForm
	err := r.bind(&in)
	if err == nil {
		var p identity.Person
		if p, err = s.Identity.CreatePerson(r.ctx(), r.actor, in.Login, in.profile(in.Superior)); err == nil {
			return r.done("/persons/"+p.ID, "persons.created", "Name", p.Name)
		}
	}
	told, err := r.refused(err, personLabels(r))
	if err != nil {
		return err
	}
	return s.showNewPerson(r, in, told)
}

func (s *site) showNewPerson(r *request, in personForm, told refusal) error {
	fields, err := s.personFields(r, in, told, true)
	if err != nil {
		return err
	}
	return s.simple(r, told.status(), r.T("persons.new"), views.FormPage(views.FormView{Header: views.Header{Title: r.T("persons.new"), Lead: r.T("persons.new.lead"),
		Crumbs: []views.Link{{Label: r.T("menu.persons"), Href: "/persons"}}}, Form: views.Form{Action: "/persons/new", Problems: told.Problems}, Fields: fields,
		Submit: r.T("persons.create"), Back: "/persons"}))
}

// person shows one account with what the reader's office may change of it.
func (s *site) person(r *request) error { return s.showPerson(r, nil, refusal{}, "") }

// updatePerson stores a changed profile.
func (s *site) updatePerson(r *request) error {
	var in personForm
	err := r.bind(&in)
	if err == nil {
		var p identity.Person
		if p, err = s.Identity.UpdatePerson(r.ctx(), r.actor, r.Param("id"), in.Version, in.profile(in.Superior)); err == nil {
			return r.done("/persons/"+p.ID, "persons.saved", "Name", p.Name)
		}
	}
	told, err := r.refused(err, personLabels(r))
	if err != nil {
		return err
	}
	if now, ok := told.Told.Detail.(identity.Person); ok {
		in.Version = now.Version
		told.Problems = r.changedMeanwhile(in, now)
	}
	return s.showPerson(r, &in, told, "")
}

// changedMeanwhile says what somebody else stored while the form was open: what was typed
// stands in the form, what stands now beside it.
func (r *request) changedMeanwhile(mine personForm, now identity.Person) []views.Problem {
	out := []views.Problem{{Text: r.T("fault.stale")}}
	theirs := formOf(now)
	labels := personLabels(r)
	for _, f := range []struct{ name, mine, theirs string }{{"name", mine.Name, theirs.Name}, {"unit", mine.Unit, theirs.Unit}, {"email", mine.Email, theirs.Email},
		{"phone", mine.Phone, theirs.Phone}, {"employer", mine.Employer, theirs.Employer}} {
		if f.mine != f.theirs {
			out = append(out, views.Problem{Field: f.name, Text: r.T("page.stale.field", "Label", labels[f.name], "Mine", f.mine, "Theirs", f.theirs)})
		}
	}
	return out
}

// showPerson shows an account; form is what came back refused, password a one-time password
// just issued, shown this once.
func (s *site) showPerson(r *request, form *personForm, told refusal, password string) error {
	p, err := s.Identity.Person(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	badge := r.personBadge(p)
	v := views.PersonView{ID: p.ID, Version: p.Version, Header: views.Header{Title: p.Name, Badge: &badge, Lead: r.T("person.of", "Name", p.Login, "Unit", p.UnitName),
		Crumbs: []views.Link{{Label: r.T("menu.persons"), Href: "/persons"}}}, Facts: r.personFacts(p), Problems: told.Problems, Password: password,
		Own: p.ID == r.actor.ID, Active: p.Active, Factor: p.SecondFactor}
	switch {
	case v.Own:
	case r.actor.Has(workflows.SystemAdmin):
		if form == nil {
			own := formOf(p)
			form = &own
		}
		v.Form = &views.Form{Action: "/persons/" + p.ID, Version: form.Version}
		v.Fields, err = s.personFields(r, *form, told, false)
	case r.actor.Has(workflows.Security):
		v.Roles = r.roleField(p, told)
		var sessions []identity.SessionInfo
		if sessions, err = s.Identity.SessionsOf(r.ctx(), r.actor, p.ID); err == nil {
			table := r.sessionTable(sessions, "/persons/"+p.ID+"/sessions/")
			v.Sessions = &table
		}
	}
	if err != nil {
		return err
	}
	return s.simple(r, told.status(), p.Name, views.PersonPage(v))
}

// roleField offers the roles that the person's kind of unit can hold.
func (r *request) roleField(p identity.Person, told refusal) *views.Field {
	f := views.Field{Name: "roles", Label: r.T("person.roles"), Help: r.T("person.roles.help"), Error: told.Of("roles")}
	for _, role := range identity.Assignable() {
		if identity.CheckRoles([]workflows.Role{role}, p.UnitKind) == nil {
			f.Options = append(f.Options, views.Option{Value: string(role), Label: r.roleName(role), Chosen: slices.Contains(p.Roles, role)})
		}
	}
	return &f
}

type rolesForm struct {
	Version int64    `form:"version"`
	Roles   []string `form:"roles"`
}

// setRoles gives and takes roles.
func (s *site) setRoles(r *request) error {
	var in rolesForm
	err := r.bind(&in)
	if err == nil {
		roles := make([]workflows.Role, len(in.Roles))
		for i, role := range in.Roles {
			roles[i] = workflows.Role(role)
		}
		err = s.Identity.SetRoles(r.ctx(), r.actor, r.Param("id"), in.Version, roles)
	}
	return s.personDone(r, err, "person.roles.saved")
}

type activeForm struct {
	Version int64  `form:"version"`
	Active  string `form:"active,5"`
}

// setActive opens or closes an account.
func (s *site) setActive(r *request) error {
	var in activeForm
	if err := r.bind(&in); err != nil {
		return s.personDone(r, err, "")
	}
	if in.Active == "yes" {
		return s.personDone(r, s.Identity.Activate(r.ctx(), r.actor, r.Param("id")), "person.activated")
	}
	return s.personDone(r, s.Identity.Deactivate(r.ctx(), r.actor, r.Param("id")), "person.deactivated")
}

// resetPassword issues a one-time password. It is shown in this answer and nowhere else.
func (s *site) resetPassword(r *request) error {
	password, err := s.Identity.ResetPassword(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return s.personDone(r, err, "")
	}
	return s.showPerson(r, nil, refusal{}, password)
}

func (s *site) unlockPerson(r *request) error {
	return s.personDone(r, s.Identity.Unlock(r.ctx(), r.actor, r.Param("id")), "person.unlocked")
}

func (s *site) clearFactor(r *request) error {
	return s.personDone(r, s.Identity.ClearTOTP(r.ctx(), r.actor, r.Param("id")), "person.factor.cleared")
}

func (s *site) endPersonSession(r *request) error {
	return s.personDone(r, s.Identity.RevokeSession(r.ctx(), r.actor, r.Param("session")), "page.session.ended")
}

// personDone leads back to the account after a change, or shows why there was none.
func (s *site) personDone(r *request, err error, key string) error {
	if err == nil {
		return r.done("/persons/"+url.PathEscape(r.Param("id")), key)
	}
	told, err := r.refused(err, personLabels(r))
	if err != nil {
		return err
	}
	return s.showPerson(r, nil, told, "")
}

// findPersons looks for accounts by a text, for administrators.
func (s *site) findPersons(r *request, text string) (g views.SearchGroup, err error) {
	if !r.actor.Any(administrators()...) {
		return g, nil
	}
	page, err := s.Identity.Persons(r.ctx(), r.actor, identity.PersonFilter{Search: text, Limit: found})
	if err != nil {
		return g, err
	}
	g.Title, g.Table = r.T("menu.persons"), r.personTable(page.People)
	if page.Next != "" {
		g.More = views.Link{Label: r.T("search.more"), Href: "/persons?q=" + url.QueryEscape(text)}
	}
	return g, nil
}
