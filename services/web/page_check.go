package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// commissionRoutes are the pages on which the commission, departments and evaluators work, and
// those of the annual evaluation.
func commissionRoutes() []route {
	return slices.Concat(checkRoutes(), opinionRoutes(), reviewRoutes(), decisionRoutes(), evaluationRoutes())
}

func checkRoutes() []route {
	return []route{
		{get, "/applications/:id/check", (*site).checkPage, only(watchers()...), false},
		{post, "/applications/:id/check", (*site).saveVerdicts, only(workflows.Clerk, workflows.Officer), false},
		{get, "/applications/:id/check/notice", (*site).correctionPage, only(workflows.Clerk, workflows.Officer), false},
		{post, "/applications/:id/check/notice", (*site).draftCorrection, only(workflows.Clerk, workflows.Officer), false},
	}
}

// checkForm is the seven verdicts: <part>.verdict and <part>.words below "v.".
type checkForm struct {
	Version int64             `form:"version"`
	Rows    map[string]string `form:"v.*"`
	Next    string            `form:"next,20"`
}

// verdict is what the form says of a part.
func (f checkForm) verdict(part string) application.Verdict {
	return application.Verdict{Part: part, Verdict: f.Rows[part+".verdict"], Note: f.Rows[part+".words"]}
}

// checkState is the check as it is shown: the case, what the form holds, and what is wrong.
type checkState struct {
	view application.View
	form checkForm
	told refusal
	over *views.Overtaken
}

// checkPage shows the check of an application.
func (s *site) checkPage(r *request) error {
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	return s.showCheck(r, checkState{view: v, form: storedVerdicts(v)})
}

// storedVerdicts is the form as the case stands.
func storedVerdicts(v application.View) checkForm {
	f := checkForm{Version: v.Version, Rows: map[string]string{}}
	for _, x := range v.Verdicts {
		f.Rows[x.Part+".verdict"], f.Rows[x.Part+".words"] = x.Verdict, x.Note
	}
	return f
}

// saveVerdicts stores what has changed, all of it or nothing, and leads on.
func (s *site) saveVerdicts(r *request) error {
	var in checkForm
	if err := r.bind(&in); err != nil {
		return s.refuseVerdicts(r, in, err)
	}
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	changed, err := in.changed(v)
	if err != nil {
		return s.refuseVerdicts(r, in, err)
	}
	version := in.Version
	for _, x := range changed {
		if version, err = s.Applications.SetVerdict(r.ctx(), r.actor, v.ID, version, x); err != nil {
			return s.refuseVerdicts(r, in, prefixed(err, "v."+x.Part+"."))
		}
	}
	if r.wantsJSON() {
		r.saved(version)
		return nil
	}
	return s.afterVerdicts(r, v.ID, in.Next)
}

// saved answers an autosave: what was refused before is no longer.
func (r *request) saved(version int64) {
	r.JSON(http.StatusOK, map[string]any{"version": version, "saved_at": wording.Clock(r.site.DB.Now()), "problems": map[string]string{}})
}

// changed lists the verdicts that differ from what is stored. All are looked at before the
// first is stored, so that a form is saved as a whole or not at all.
func (f checkForm) changed(v application.View) ([]application.Verdict, error) {
	stored := storedVerdicts(v)
	var out []application.Verdict
	var problems []fault.Field
	for name := range f.Rows {
		part, field, _ := strings.Cut(name, ".")
		if !slices.Contains(application.Parts(), part) || field != "verdict" && field != "words" {
			problems = append(problems, fault.Field{Path: "v." + name, Code: "unknown_field"})
		}
	}
	for _, part := range application.Parts() {
		x := f.verdict(part)
		if x == stored.verdict(part) || x.Verdict == "" && x.Note == "" {
			continue
		}
		if p := verdictProblem(x); p != nil {
			problems = append(problems, *p)
		}
		out = append(out, x)
	}
	if len(problems) > 0 {
		return nil, fault.Bad(problems...)
	}
	return out, nil
}

// verdictProblem is what application.SetVerdict would say, asked before anything is stored.
func verdictProblem(v application.Verdict) *fault.Field {
	n := utf8.RuneCountInString(v.Note)
	switch {
	case !slices.Contains([]string{"pass", "correct", "question"}, v.Verdict):
		return &fault.Field{Path: "v." + v.Part + ".verdict", Code: "verdict.unknown"}
	case n > 500 || v.Verdict != "pass" && n < 4:
		return &fault.Field{Path: "v." + v.Part + ".words", Code: "correction.words", Params: map[string]string{"Min": "4", "Max": "500"}}
	}
	return nil
}

// asFault finds the fault in an error.
func asFault(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}

// prefixed names the fields of an error as the form does.
func prefixed(err error, prefix string) error {
	f, ok := asFault(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	out := *f
	out.Fields = slices.Clone(f.Fields)
	for i := range out.Fields {
		if out.Fields[i].Path == "note" {
			out.Fields[i].Path = "words"
		}
		out.Fields[i].Path = prefix + out.Fields[i].Path
	}
	return &out
}

// afterVerdicts leads on as the pressed button says.
func (s *site) afterVerdicts(r *request, id, next string) error {
	path := casework.Path(workflows.Application.Kind, id)
	switch next {
	case "notice":
		return r.redirect(path + "/check/notice")
	case "accept":
		return r.redirect(path + "/act/accept")
	}
	return r.done(path+"/check", "checking.saved")
}

// refuseVerdicts shows the form again with everything typed, or tells a script.
func (s *site) refuseVerdicts(r *request, in checkForm, failed error) error {
	told, err := r.refused(failed, r.verdictLabels())
	if err != nil {
		return err
	}
	v, err := s.Applications.View(r.ctx(), r.actor, r.Param("id"))
	if err != nil {
		return err
	}
	state := checkState{view: v, form: in, told: told}
	if told.Told.Code == "stale" {
		state.over = r.overtakenVerdicts(v, in, told)
		state.told.Problems = nil
	}
	switch {
	case r.wantsJSON() && state.over != nil:
		return s.showFragment(r, http.StatusConflict, views.OvertakenBox(*state.over))
	case r.wantsJSON():
		return failed
	}
	if state.over != nil {
		state.form.Version, state.over.Values = v.Version, nil
	}
	return s.showCheck(r, state)
}

// overtakenVerdicts says which verdicts somebody else has set to what, and carries one's own.
func (r *request) overtakenVerdicts(v application.View, in checkForm, told refusal) *views.Overtaken {
	path := casework.Path(workflows.Application.Kind, v.ID) + "/check"
	o := &views.Overtaken{Action: path, Reload: path, Submit: r.T("checking.mine"), Values: map[string]string{"version": strconv.FormatInt(v.Version, 10)}}
	if c, ok := told.Told.Detail.(casework.Changed); ok {
		o.Since = r.timeline(workflows.Application.Kind, c.Since, nil)
	}
	stored := storedVerdicts(v)
	for _, part := range application.Parts() {
		theirs, mine := stored.verdict(part), in.verdict(part)
		o.Values["v."+part+".verdict"], o.Values["v."+part+".words"] = mine.Verdict, mine.Note
		if theirs != mine && theirs.Verdict != "" {
			o.Lines = append(o.Lines, r.T("checking.theirs", "Part", r.T("field."+part), "Verdict", r.T("checking.verdict."+theirs.Verdict), "Note", theirs.Note))
		}
	}
	return o
}

func (r *request) verdictLabels() map[string]string {
	out := map[string]string{}
	for _, part := range application.Parts() {
		out["v."+part+".verdict"], out["v."+part+".words"] = r.T("field."+part), r.T("field."+part)
	}
	return out
}

func (s *site) showCheck(r *request, c checkState) error {
	v := views.CheckView{Header: r.caseHeader(c.view, r.T("checking.title")), Overtaken: c.over,
		Form:    views.Form{Action: casework.Path(workflows.Application.Kind, c.view.ID) + "/check", Version: c.form.Version, Problems: c.told.Problems},
		Dossier: s.dossier(r, c.view, deskFrame), Locked: r.checkLocked(c.view)}
	v.Form.Autosave = v.Form.Action
	v.Form.Saved = r.lastVerdict(c.view)
	r.verdictRows(&v.Dossier, c, v.Locked != "")
	v.Desk = r.fileDesk(v.Dossier)
	r.checkButtons(&v, c)
	var err error
	if v.Clocks, err = r.clocks(c.view.Clocks); err != nil {
		return err
	}
	if v.Locked == "" {
		v.Actions = r.choices(casework.Ref{Kind: workflows.Application.Kind, ID: c.view.ID}, slices.DeleteFunc(slices.Clone(c.view.Choices), func(x workflows.Choice) bool {
			return x.Action == "accept" || x.Action == "request_correction"
		}))
	}
	return s.wide(r, wide{c.told.status(), r.T("checking.title"), c.view.Demo, views.CheckPage(v)})
}

// wide is a page over the whole width, with maps.
type wide struct {
	status int
	title  string
	demo   bool // what it shows is invented
	body   templ.Component
}

func (s *site) wide(r *request, w wide) error {
	p, err := s.page(r, w.title)
	if err != nil {
		return err
	}
	p.Wide, p.Map, p.Demo = true, true, p.Demo || w.demo
	return s.showStatus(r, w.status, p, w.body)
}

// caseHeader opens a page that belongs to an application.
func (r *request) caseHeader(v application.View, title string) views.Header {
	return views.Header{Title: title, Lead: r.T("desk.lead", "Number", v.Number, "Name", v.Name), Crumbs: []views.Link{
		{Label: r.T("menu.applications"), Href: "/applications"}, {Label: v.Number, Href: casework.Path(workflows.Application.Kind, v.ID)}}}
}

// checkLocked says why verdicts cannot be given now or by this person.
func (r *request) checkLocked(v application.View) string {
	switch {
	case !r.actor.Any(workflows.Clerk, workflows.Officer):
		return r.T("checking.locked.role")
	case v.State != "submitted":
		return r.T("checking.locked.state", "State", r.stateLabel(workflows.Application.Kind, v.State))
	}
	return ""
}

// lastVerdict is when a verdict was last stored, as 10:32.
func (r *request) lastVerdict(v application.View) string {
	var last time.Time
	for _, x := range v.Verdicts {
		if x.At.After(last) {
			last = x.At
		}
	}
	if last.IsZero() {
		return ""
	}
	return wording.Clock(last)
}

// verdictRows puts the verdict under each part and its badge into the links.
func (r *request) verdictRows(d *views.Dossier, c checkState, locked bool) {
	for i := range d.Parts {
		p := &d.Parts[i]
		if !slices.Contains(application.Parts(), p.Code) {
			continue
		}
		x := c.form.verdict(p.Code)
		p.Badge = r.verdictBadge(x.Verdict)
		name := "v." + p.Code
		problem := c.told.Of(name + ".words")
		if problem == "" {
			problem = c.told.Of(name + ".verdict")
		}
		p.Below = &views.Verdict{Name: name, Label: r.T("checking.verdict.of", "Part", p.Label), Options: r.options("checking.verdict.", "pass", "correct", "question"),
			Value: x.Verdict, Words: x.Note, Error: problem, Locked: locked}
	}
}

func (r *request) verdictBadge(verdict string) *views.Badge {
	switch verdict {
	case "pass":
		return &views.Badge{Label: r.T("checking.verdict.pass"), Tone: views.Good}
	case "correct", "question":
		return &views.Badge{Label: r.T("checking.verdict." + verdict), Tone: views.Active}
	}
	return &views.Badge{Label: r.T("checking.verdict.open"), Tone: views.Quiet}
}

// deskFrame is the frame beside a dossier in which its files open.
const deskFrame = "desk-file"

// fileDesk opens with the first file that can be shown.
func (r *request) fileDesk(d views.Dossier) views.FileDesk {
	desk := views.FileDesk{Frame: d.Frame, Hint: r.T("dossier.desk.none")}
	for _, p := range d.Parts {
		for _, f := range p.Files {
			if f.Frame != "" {
				desk.First, desk.Hint = f.Frame, r.T("dossier.desk.hint")
				return desk
			}
		}
	}
	return desk
}

// checkButtons are what the verdicts lead to: acceptance where all pass, else the notice.
func (r *request) checkButtons(v *views.CheckView, c checkState) {
	count := map[string]int{}
	for _, part := range application.Parts() {
		count[c.form.verdict(part).Verdict]++
	}
	all := count["pass"] == len(application.Parts())
	v.Count = r.T("checking.count", "Pass", strconv.Itoa(count["pass"]), "Correct", strconv.Itoa(count["correct"]),
		"Question", strconv.Itoa(count["question"]), "Open", strconv.Itoa(count[""]))
	save := views.CheckButton{Label: r.T("checking.save"), Value: "stay", Primary: true}
	if !r.actor.Has(workflows.Clerk) {
		v.Buttons, v.Hints = []views.CheckButton{save}, []string{r.T("checking.clerk")}
		return
	}
	accept := views.CheckButton{Label: r.T("checking.save.accept"), Value: "accept"}
	notice := views.CheckButton{Label: r.T("checking.save.notice"), Value: "notice"}
	switch {
	case all:
		save.Primary, accept.Primary = false, true
		v.Buttons, v.Hints = []views.CheckButton{accept, save}, []string{r.T("checking.hint.accept")}
	case count["correct"] > 0:
		save.Primary, notice.Primary = false, true
		v.Buttons, v.Hints = []views.CheckButton{notice, save, accept}, []string{r.T("checking.hint.notice")}
	default:
		v.Buttons, v.Hints = []views.CheckButton{save, notice, accept}, []string{r.T("checking.hint.open")}
	}
}
