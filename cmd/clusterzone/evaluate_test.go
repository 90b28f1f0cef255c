package main

import (
	"encoding/json"
	"net/http"
	"time"

	"clusterzone/services/policy"
)

// evaluate: opened, filed, checked, scored, drafted, published, confirmed by another.
func (s *story) evaluate() {
	s.t.Helper()
	due := s.in.today().AddDate(0, 0, 40).Format(time.DateOnly)
	var made struct {
		ID string `json:"id"`
	}
	s.who["officer"].ok(http.MethodPost, "/evaluations", map[string]any{"zone_id": s.zone, "year": s.in.today().Year(), "due": due}).into(s.t, &made)
	path := "/evaluations/" + made.ID
	s.strangerSees(path)
	s.selfReport(path, made.ID)
	s.check(path)
	s.panel(path, "1 2 3")
	s.who["officer"].act(path, "draft_grade", "", nil)
	s.who["clerk"].act(path, "publish_notice", "", nil)
	s.in.pass(9 * 24 * time.Hour)
	s.in.until("the evaluation's notice ends", func() bool { return s.who["director"].actions(path).State.Code == "confirming" })
	if got := s.who["director"].act(path, "confirm", "", nil); got != "graded" {
		s.t.Fatalf("confirmed into %q", got)
	}
	var view struct {
		Grade  string `json:"grade"`
		Result struct {
			Lines []json.RawMessage `json:"lines"`
		} `json:"result"`
	}
	s.who["filler"].ok(http.MethodGet, path, nil).into(s.t, &view)
	if view.Grade == "" || len(view.Result.Lines) < 10 {
		s.t.Errorf("grade %q with %d lines of calculation", view.Grade, len(view.Result.Lines))
	}
}

func (s *story) selfReport(path, id string) {
	s.t.Helper()
	filler := s.who["filler"]
	filler.ok(http.MethodPut, path+"/self", map[string]any{"version": filler.actions(path).Version, "sheet": s.sheet()})
	for _, slot := range s.data.Rules.SlotsFor(policy.PurposeEvaluation) {
		if slot.Required || slot.Code == "evaluation-evidence" {
			filler.upload("evaluation", id, slot.Code, slot.Name.ZH+".pdf", "application/pdf", s.pdf(slot.Name.ZH))
		}
	}
	if facts, ok := filler.actions(path).blocked("send_to_sign"); !ok || len(facts) > 0 {
		s.t.Fatalf("the self-report is blocked by %v", facts)
	}
	filler.act(path, "send_to_sign", "", nil)
	s.who["leader"].act(path, "sign", "", nil)
}

// sheet has a figure within the range of every indicator that is not scored by experts.
func (s *story) sheet() json.RawMessage {
	return demoSheet(s.data.Rules.Evaluation, &demoEvaluation{seed: 3, good: true})
}

func (s *story) check(path string) {
	s.t.Helper()
	officer := s.who["officer"]
	officer.ok(http.MethodPut, path+"/checked", map[string]any{"version": officer.actions(path).Version, "sheet": s.sheet()})
	officer.act(path, "pass_check", "", nil)
}

// neglect: next year's self-report is not filed; the calendar grades it unqualified and
// orders rectification by itself.
func (s *story) neglect() {
	s.t.Helper()
	next := time.Date(s.in.today().Year()+1, time.January, 10, 0, 0, 0, 0, time.UTC)
	s.in.pass(next.Sub(s.in.today()))
	due := s.in.today().AddDate(0, 0, 20).Format(time.DateOnly)
	var made struct {
		ID string `json:"id"`
	}
	s.who["officer"].ok(http.MethodPost, "/evaluations", map[string]any{"zone_id": s.zone, "year": s.in.today().Year(), "due": due}).into(s.t, &made)
	s.in.pass(22 * 24 * time.Hour)
	path := "/evaluations/" + made.ID
	s.in.until("not filing is unqualified", func() bool { return s.who["officer"].actions(path).State.Code == "graded" })
	rectification := s.find("filler", "rectification")
	if got := s.who["filler"].actions(rectification).State.Code; got != "open" {
		s.t.Errorf("rectification is %q", got)
	}
	s.strangerSees(rectification)
}
