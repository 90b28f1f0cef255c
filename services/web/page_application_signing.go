package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// signing is an application about to be handed in or signed.
type signing struct {
	file   caseFile
	action workflows.Action
	told   refusal // of sending back
	reason string
	parts  []string
}

// sendPage shows the filler what stands in the way of handing in, and what has changed since
// the version that was signed last.
func (s *site) sendPage(r *request) error { return s.signingPage(r, "send_to_sign") }

// signPage shows the leader the whole application with what has changed since the last
// signature, to be signed or sent back with reasons.
func (s *site) signPage(r *request) error { return s.signingPage(r, "sign") }

func (s *site) signingPage(r *request, action workflows.Action) error {
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	return s.showSigning(r, signing{file: f, action: action})
}

// choice is the choice of the page where the table offers it now.
func (g signing) choice() (workflows.Choice, bool) {
	i := slices.IndexFunc(g.file.view.Choices, func(c workflows.Choice) bool { return c.Action == g.action })
	if i < 0 {
		return workflows.Choice{}, false
	}
	return g.file.view.Choices[i], true
}

func (s *site) showSigning(r *request, g signing) error {
	v := g.file.view
	here := casework.Path(workflows.Application.Kind, v.ID)
	choice, offered := g.choice()
	if !offered { // the case has moved on
		r.flash(views.Warning, "filing.signing.moved", "State", r.stateLabel(workflows.Application.Kind, v.State))
		return r.redirect(here)
	}
	head, err := r.filingHeader(v, r.T("filing.signing.title."+string(g.action)))
	if err != nil {
		return err
	}
	out := views.SigningView{Header: head, Cancel: here, Submit: choice.Label.In(string(r.lang)), Agree: r.T("filing.signing.agree." + string(g.action)),
		Form: views.Form{Action: here + "/act/" + string(g.action), Version: v.Version}, Notes: r.signingNotes(v), Blocked: r.signingBlocked(v, choice),
		Links: []views.Action{{Label: r.T("filing.print.open"), Icon: "printer", Href: here + "/print?version=draft", Get: true}}}
	if err := s.layChanges(r, g.file, &out); err != nil {
		return err
	}
	for i := range v.Items {
		if v.State == "correction" || v.State == "correction_signing" {
			out.Items = append(out.Items, r.itemView(v, i))
		}
	}
	if g.action == "sign" {
		out.Body = []templ.Component{views.DossierView(s.dossier(r, v, ""))}
		out.Back = r.sendBackForm(g, here)
	}
	return s.simple(r, max(http.StatusOK, g.told.status()), head.Title, views.SigningPage(out))
}

// signingBlocked says why the application cannot be handed in or signed now: each item that is
// not answered by name, and what else the table says.
func (r *request) signingBlocked(v application.View, c workflows.Choice) (out []string) {
	for _, fact := range c.Blocked {
		if fact != workflows.ItemsAnswered {
			out = append(out, r.blocked(workflows.Application.Kind, workflows.Choice{Blocked: []workflows.Fact{fact}}))
			continue
		}
		for i, item := range v.Items {
			if !item.Done {
				out = append(out, r.T("filing.signing.unanswered", "Number", i+1, "Place", r.itemLabel(v, item)))
			}
		}
	}
	return out
}

// signingNotes name the parts whose values came along and that nobody has looked at.
func (r *request) signingNotes(v application.View) []views.Flash {
	var names []string
	for _, part := range editParts() {
		if n := v.Carried.OpenIn(part); n > 0 {
			names = append(names, r.T("filing.carried.part", "Part", r.T("field."+part), "Count", n))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []views.Flash{{Kind: views.Note, Text: r.T("filing.signing.carried", "From", r.carriedFrom(v), "Parts", r.listed(names))}}
}

// listed joins names as a list.
func (r *request) listed(names []string) string {
	out := ""
	for i, name := range names {
		if i > 0 {
			out += r.T("web.list.comma")
		}
		out += name
	}
	return out
}

// layChanges shows what has changed since the last signature, each change with the item of
// the notice it answers.
func (s *site) layChanges(r *request, f caseFile, out *views.SigningView) (err error) {
	if len(f.versions) == 0 {
		out.Since = r.T("filing.signing.first")
		return nil
	}
	last := f.versions[len(f.versions)-1]
	from, to := snapshot{last.No, last.Content, last.Files}, snapshot{0, f.view.Content, f.view.Files}
	out.Since = r.T("filing.signing.since", "No", last.No, "When", wording.DateTime(r.lang, last.SignedAt), "Who", f.signers[last.SignedBy])
	if out.Fields, err = s.compareFields(r, f, from, to); err != nil {
		return err
	}
	out.Files = r.compareFiles(f, from, to)
	return nil
}

// itemNote names the item of the notice that a change belongs to.
func (r *request) itemNote(v application.View, path string) string {
	if len(v.Items) == 0 {
		return ""
	}
	i := application.ItemFor(v.Items, v.Slots, path)
	if i < 0 {
		return r.T("filing.change.besides")
	}
	return r.T("filing.change.item", "Number", i+1)
}

// sendBackForm asks the leader for reasons and the parts they are about.
func (r *request) sendBackForm(g signing, here string) *views.SendBackView {
	out := &views.SendBackView{Form: views.Form{Action: here + "/send-back", Version: g.file.view.Version, Problems: g.told.Problems},
		Reason: views.Field{Name: "reason", Label: r.T("filing.back.reason"), Help: r.T("filing.back.help"), Value: g.reason, Required: true, Max: 2000, Rows: 4, Error: g.told.Of("reason")},
		Parts:  views.Field{Name: "parts", Label: r.T("filing.back.parts")}}
	for _, part := range editParts() {
		out.Parts.Options = append(out.Parts.Options, views.Option{Value: part, Label: r.T("field." + part), Chosen: slices.Contains(g.parts, part)})
	}
	return out
}

type sendBackInput struct {
	Version int64    `form:"version"`
	Reason  string   `form:"reason,5000"`
	Parts   []string `form:"parts"`
}

// sendBack gives the application back to the filler with reasons.
func (s *site) sendBack(r *request) error {
	var in sendBackInput
	err := r.bind(&in)
	var data []byte
	if err == nil {
		data, err = json.Marshal(map[string][]string{"parts": in.Parts})
	}
	if err == nil {
		_, err = s.Applications.Do(r.ctx(), r.actor, casework.Command{ID: r.Param("id"), Action: "send_back", Version: in.Version, Reason: in.Reason, Data: data})
	}
	if err == nil {
		s.wake()
		return r.done(casework.Path(workflows.Application.Kind, r.Param("id")), "filing.back.done")
	}
	told, err := r.refused(err, map[string]string{"reason": r.T("filing.back.reason"), "data.parts": r.T("filing.back.parts")})
	if err != nil {
		return err
	}
	f, err := s.openCase(r)
	if err != nil {
		return err
	}
	return s.showSigning(r, signing{file: f, action: "sign", told: told, reason: in.Reason, parts: in.Parts})
}

// sentBack is the leader's refusal above the editor, with the parts it is about.
func (r *request) sentBack(v application.View) *views.SentBackView {
	if v.SentBack == nil {
		return nil
	}
	out := &views.SentBackView{Title: r.T("filing.sent_back", "Who", v.SentBack.By, "When", wording.DateTime(r.lang, v.SentBack.At)), Reason: v.SentBack.Reason}
	for _, part := range v.SentBack.Parts {
		out.Parts = append(out.Parts, views.Link{Label: r.T("field." + part), Href: editHref(v.ID, part, "")})
	}
	return out
}

// signatureNote says whose signature stands, and for what: what is being changed has none.
func (r *request) signatureNote(f caseFile) *views.Flash {
	v := f.view
	if !v.Working || len(f.versions) == 0 {
		return nil
	}
	last := f.versions[len(f.versions)-1]
	return &views.Flash{Kind: views.Note, Text: r.T("filing.signature.void", "No", last.No, "Who", f.signers[last.SignedBy], "When", wording.DateTime(r.lang, last.SignedAt))}
}

// withdrawalNote tells both sides that a withdrawal was asked for and why.
func (r *request) withdrawalNote(v application.View) *views.Flash {
	if !v.WithdrawalAsked {
		return nil
	}
	for _, e := range slices.Backward(v.History) {
		if e.Action == "ask_withdrawal" {
			return &views.Flash{Kind: views.Warning, Text: r.T("filing.withdrawal.asked", "When", wording.DateTime(r.lang, e.At), "Who", e.ActorName, "Reason", e.Reason)}
		}
	}
	return nil
}
