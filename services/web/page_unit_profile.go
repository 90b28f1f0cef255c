package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// profileBodies bounds the bodies of the form.
const profileBodies = 30

// profileForm is the unit's bodies as typed: bodies.<n>.<field>.
type profileForm struct {
	Version int64             `form:"version"`
	Bodies  map[string]string `form:"bodies.*"`
}

// unitProfilePage shows what the unit keeps about itself.
func (s *site) unitProfilePage(r *request) error {
	p, err := s.Applications.Profile(r.ctx(), r.actor)
	if err != nil {
		return err
	}
	return s.showUnitProfile(r, p, p.Version, refusal{}, nil)
}

// saveUnitProfile keeps what was typed; a refusal or a colleague's save shows it again.
func (s *site) saveUnitProfile(r *request) error {
	var in profileForm
	err := r.bind(&in)
	var bodies []application.ProfileBody
	if err == nil {
		bodies, err = in.bodies()
	}
	if err == nil {
		_, err = s.Applications.SaveProfile(r.ctx(), r.actor, in.Version, bodies)
	}
	if err == nil {
		return r.done("/unit-profile", "filing.profile.saved")
	}
	now, failed := s.Applications.Profile(r.ctx(), r.actor)
	if failed != nil {
		return failed
	}
	var f *fault.Error
	if stale := errors.As(err, &f) && f.Kind == fault.Conflict; stale {
		theirs := now.Bodies
		now.Bodies = bodies
		return s.showUnitProfile(r, now, now.Version, refusal{Status: http.StatusConflict}, r.profileOvertaken(theirs))
	}
	told, err := r.refused(profileFields(err), r.profileLabels(len(bodies)))
	if err != nil {
		return err
	}
	now.Bodies = bodies
	return s.showUnitProfile(r, now, in.Version, told, nil)
}

// profileFields names the fields of a refusal as the form does: bodies[2].name is
// bodies.2.name.
func profileFields(err error) error {
	f, ok := asFault(err)
	if !ok {
		return err
	}
	out := *f
	out.Fields = nil
	for _, x := range f.Fields {
		x.Path = strings.NewReplacer("[", ".", "]", "", "contact.", "contact_").Replace(x.Path)
		out.Fields = append(out.Fields, x)
	}
	return &out
}

// profileParts are the fields of a body: their names in the form, and in the document.
func profileParts() [][2]string {
	return [][2]string{{"name", "name"}, {"kind", "kind"}, {"credit_code", "credit_code"}, {"legal_representative", "legal_representative"}, {"managers", "managers"},
		{"contact_name", "contact.name"}, {"contact_phone", "contact.phone"}, {"contact_email", "contact.email"}}
}

// profileLabels name the fields of n bodies in the summary of their problems.
func (r *request) profileLabels(n int) map[string]string {
	out := map[string]string{}
	for i := range n + 1 {
		for _, part := range profileParts() {
			out[fmt.Sprintf("bodies.%d.%s", i, part[0])] = r.T("filing.profile.field", "Number", i+1, "Label", r.T("field.body."+part[1]))
		}
	}
	return out
}

func (r *request) profileOvertaken(theirs []application.ProfileBody) *views.OvertakenNote {
	note := &views.OvertakenNote{Text: r.T("filing.profile.stale")}
	for _, b := range theirs {
		note.Lines = append(note.Lines, r.listed([]string{b.Name, b.CreditCode, b.LegalRepresentative, strconv.FormatInt(b.Managers, 10), b.Contact.Name, b.Contact.Phone, b.Contact.Email}))
	}
	return note
}

// bodies are the rows that were filled in and not taken out, in their order.
func (f profileForm) bodies() ([]application.ProfileBody, error) {
	rows := map[int]map[string]string{}
	for name, value := range f.Bodies {
		number, field, _ := strings.Cut(name, ".")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i > profileBodies {
			return nil, fault.BadField("bodies."+name, "unknown_field")
		}
		if rows[i] == nil {
			rows[i] = map[string]string{}
		}
		rows[i][field] = value
	}
	var out []application.ProfileBody
	for i := range profileBodies + 1 {
		body, filled, err := profileBodyOf(i, rows[i])
		if err != nil {
			return nil, err
		}
		if filled && rows[i]["remove"] == "" {
			out = append(out, body)
		}
	}
	return out, nil
}

// profileBodyOf reads one row; not filled where nothing was typed.
func profileBodyOf(i int, row map[string]string) (b application.ProfileBody, filled bool, err error) {
	for field, value := range row {
		switch field {
		case "id":
			b.ID = value
			continue
		case "remove":
			continue
		case "name":
			b.Name = value
		case "kind":
			b.Kind = application.BodyKind(value)
		case "credit_code":
			b.CreditCode = value
		case "legal_representative":
			b.LegalRepresentative = value
		case "managers":
			if b.Managers, err = wholeNumber(value); err != nil {
				return b, true, fault.BadField(fmt.Sprintf("bodies.%d.managers", i), "not_a_number")
			}
		case "contact_name":
			b.Contact.Name = value
		case "contact_phone":
			b.Contact.Phone = value
		case "contact_email":
			b.Contact.Email = value
		default:
			return b, true, fault.BadField(fmt.Sprintf("bodies.%d.%s", i, fieldName(field)), "unknown_field")
		}
		filled = filled || value != ""
	}
	return b, filled, nil
}

func wholeNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err == nil && n < 0 {
		err = strconv.ErrRange
	}
	return n, err
}

func (s *site) showUnitProfile(r *request, p application.Profile, version int64, told refusal, over *views.OvertakenNote) error {
	v := views.ProfilePageView{Header: views.Header{Title: r.T("filing.profile.title"), Lead: r.T("filing.profile.lead")}, Editing: r.actor.Has(workflows.Filler),
		Form: views.Form{Action: "/unit-profile", Version: version, Problems: told.Problems}, Over: over}
	var rules policy.RuleSet
	names := map[string]string{}
	err := r.view(func(tx *database.Tx) (err error) {
		id, _, err := s.Book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		if rules, err = s.Book.RuleSet(tx, id); err != nil || p.UpdatedBy == "" {
			return err
		}
		names, err = identity.Names(tx, []string{p.UpdatedBy})
		return err
	})
	if err != nil {
		return err
	}
	if p.UpdatedAt != nil {
		v.Saved = r.T("filing.profile.when", "Who", names[p.UpdatedBy], "When", wording.DateTime(r.lang, *p.UpdatedAt))
	}
	for i, b := range p.Bodies {
		v.Bodies = append(v.Bodies, r.profileBody(i, b, rules, told))
	}
	if v.Editing && len(p.Bodies) < profileBodies {
		fresh := r.profileBody(len(p.Bodies), application.ProfileBody{}, rules, told)
		fresh.Fresh, fresh.Title = true, r.T("filing.profile.new")
		v.Bodies = append(v.Bodies, fresh)
	}
	if len(p.Bodies) == 0 {
		v.Empty = &views.Empty{Text: r.T("filing.profile.none"), Help: r.T("filing.profile.none.help")}
	}
	return s.simple(r, max(http.StatusOK, told.status()), v.Header.Title, views.UnitProfilePage(v))
}

func (r *request) profileBody(i int, b application.ProfileBody, rules policy.RuleSet, told refusal) views.ProfileBodyView {
	name := "bodies." + strconv.Itoa(i)
	out := views.ProfileBodyView{Name: name, Title: b.Name, ID: b.ID, Remove: views.Field{Name: name + ".remove", Label: r.T("filing.profile.remove")}}
	managers := ""
	if b.Managers > 0 {
		managers = strconv.FormatInt(b.Managers, 10)
	}
	kinds := []views.Option{{Value: "", Label: r.T("filing.profile.kind.none")}}
	kind := ""
	for _, k := range rules.Filing.BodyKinds {
		kinds = append(kinds, views.Option{Value: k.Code, Label: k.Name.In(string(r.lang)), Chosen: string(b.Kind) == k.Code})
		if string(b.Kind) == k.Code {
			kind = k.Name.In(string(r.lang))
		}
	}
	add := func(kindOf views.InputKind, field, label, value, text string, most int) {
		f := views.Field{Name: name + "." + field, Label: r.T("field.body." + label), Value: value, Max: most, Error: told.Of(name + "." + field)}
		if field == "kind" {
			f.Options = kinds
		}
		out.Inputs = append(out.Inputs, views.Input{Kind: kindOf, Field: f})
		out.Facts = append(out.Facts, views.Item{Term: f.Label, Text: text})
	}
	add(views.LineInput, "name", "name", b.Name, b.Name, 100)
	add(views.SelectInput, "kind", "kind", string(b.Kind), kind, 0)
	add(views.LineInput, "credit_code", "credit_code", b.CreditCode, b.CreditCode, 60)
	add(views.LineInput, "legal_representative", "legal_representative", b.LegalRepresentative, b.LegalRepresentative, 60)
	add(views.FigureInput, "managers", "managers", managers, managers, 0)
	add(views.LineInput, "contact_name", "contact.name", b.Contact.Name, b.Contact.Name, 60)
	add(views.LineInput, "contact_phone", "contact.phone", b.Contact.Phone, b.Contact.Phone, 60)
	add(views.LineInput, "contact_email", "contact.email", b.Contact.Email, b.Contact.Email, 254)
	return out
}
