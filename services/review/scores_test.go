package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func TestAcceptNeedsTheCommitment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.invite("e1")[0]
		for data, want := range map[string][]string{
			``:                          {"data.commitment commitment_unsigned", "data.no_conflict conflict_undeclared"},
			`{"commitment":true}`:       {"data.no_conflict conflict_undeclared"},
			`{"no_conflict":true}`:      {"data.commitment commitment_unsigned"},
			`{"commitment":true,"x":1}`: {"data malformed"},
			`{"commitment":true,"no_conflict":true}}`: {"data malformed"},
			`[`: {"data malformed"},
		} {
			err := w.do("e1", id, "accept", "", data)
			wantKind(t, data, err, fault.Invalid)
			if diff := cmp.Diff(want, codes(err)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", data, diff)
			}
		}
		w.must(w.do("e1", id, "accept", "", signed))
		v, err := w.s.View(t.Context(), w.actor("e1"), id)
		w.must(err)
		if v.Committed == nil || v.State != "accepted" || len(v.Clocks) != 2 || v.Clocks[0].Name != workflows.ClockReview || len(v.History) != 2 {
			t.Errorf("after accepting: %+v", v)
		}
	})
}

func TestReasonsAreRequired(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.invite("e1")[0]
		for _, tt := range []struct {
			who    string
			action workflows.Action
			data   string
			want   []string
		}{
			{"e1", "decline", "", []string{"reason reason_required"}},
			{"e1", "recuse", `{"kind":"unit"}`, []string{"reason reason_required"}},
			{"officer", "cancel", "", []string{"reason reason_required"}},
			{"e1", "recuse", `{}`, []string{"data.kind required"}},
			{"e1", "recuse", `{"kind":"friend"}`, []string{"data.kind unknown"}},
		} {
			err := w.do(tt.who, id, tt.action, " ", tt.data)
			wantKind(t, string(tt.action), err, fault.Invalid)
			if diff := cmp.Diff(tt.want, codes(err)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", tt.action, tt.data, diff)
			}
		}
		if state, version := w.stateOf(id); state != "invited" || version != 1 {
			t.Errorf("refused actions moved the review to %s, version %d", state, version)
		}
	})
}

// What submission refuses is named field by field; the draft and the command both count.
func TestSubmitRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.accepted("e1")
		err := w.do("e1", id, "submit_scores", "", "")
		wantKind(t, "empty draft", err, fault.Invalid)
		if f, _ := faultOf(err); len(f.Fields) != 6 || f.Fields[0].Code != "score_missing" || f.Fields[0].Params["Field"] != "规划与四至" || f.Fields[0].Params["Max"] != "15" {
			t.Errorf("empty draft: %+v", f.Fields)
		}
		bad := strings.NewReplacer(`"planning":{"points":"14"`, `"planning":{"points":"16"`, `"clustering":{"points":"20"`, `"clustering":{"points":"20.3"`,
			`"management":{"points":"8","reason":"材料齐全且依据充分,可以认定"`, `"management":{"points":"1","reason":"差"`).Replace(scores("14"))
		bad = strings.TrimSuffix(bad, `,"comment":"同意"}`) + `,"vetoes":[{"code":"false-material","reason":""}]}`
		err = w.do("e1", id, "submit_scores", "", bad)
		want := []string{"data.scores.clustering.points score_step", "data.scores.management.reason score_reason", "data.scores.planning.points score_range",
			"data.vetoes.false-material.reason score_reason"}
		if diff := cmp.Diff(want, codes(err)); diff != "" {
			t.Errorf("bad ballot (-want +got):\n%s", diff)
		}
		for data, want := range map[string]string{
			`{"scores":{"nonsense":{"points":"1"}}}`:          "data.scores.nonsense score_unknown",
			`{"scores":{"planning":{"points":"a lot"}}}`:      "data.scores.planning.points not_a_number",
			`{"vetoes":[{"code":"nonsense"}]}`:                "data.vetoes[0].code veto_unknown",
			`{"comment":"\u0000"}`:                            "data.comment not_text",
			`{"scores":{"planning":{"points":1}}}`:            "data malformed",
			`{"comment":"` + strings.Repeat("长", 4001) + `"}`: "data.comment too_long",
		} {
			if got := codes(w.do("e1", id, "submit_scores", "", data)); len(got) == 0 || got[0] != want {
				t.Errorf("%.60s: got %v, want %s", data, got, want)
			}
		}
		if state, _ := w.stateOf(id); state != "accepted" {
			t.Errorf("refused scores moved the review to %s", state)
		}
	})
}

// Every code that this package answers has a text in both languages, and its parameters fit.
func TestEveryCodeHasAText(t *testing.T) {
	catalogue, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]any{"Name": "甲", "Field": "f", "Max": "1", "Min": "1", "Step": "1", "Limit": "1", "Time": "1"}
	for _, code := range []string{"fault.evaluators_empty", "fault.evaluators_many", "fault.evaluator_unknown", "fault.evaluator_twice", "fault.evaluator_unit",
		"fault.evaluator_employer", "fault.evaluator_named", "fault.evaluator_recused", "fault.evaluator_declined", "fault.evaluator_expired",
		"fault.evaluator_cancelled", "fault.evaluator_asked", "fault.evaluator_office", "fault.commitment_unsigned", "fault.conflict_undeclared",
		"fault.recuse_in_review", "fault.score_unknown", "fault.score_missing", "fault.score_range", "fault.score_step", "fault.score_reason",
		"fault.veto_unknown", "fault.veto_twice", "fault.malformed", "fault.not_text", "fault.too_long", "fault.not_a_number", "fault.required", "fault.unknown",
		"fault.reason_required", "fault.no_transition"} {
		for _, lang := range wording.Langs() {
			p := map[string]any{}
			for k, v := range params {
				p[k] = v
			}
			if text := catalogue.Text(lang, code, p); strings.Contains(text, "⟦") {
				t.Errorf("%s in %s: %s", code, lang, text)
			}
		}
	}
	for _, kind := range review.RecusalKinds() {
		if !catalogue.Has("review.recusal." + kind) {
			t.Errorf("recusal kind %s has no label", kind)
		}
	}
}

// Autosave keeps what is incomplete, takes the version along, and refuses what is stale, not
// one's own, or not being scored.
func TestSaveScores(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.invite("e1")[0]
		half := review.Draft{Scores: map[string]review.Mark{"planning": {Points: "12.5", Reason: "尚可"}, "clustering": {}}, Comment: "草稿"}
		_, err := w.s.SaveScores(t.Context(), w.actor("e1"), id, 1, half)
		wantKind(t, "before accepting", err, fault.Conflict)
		w.must(w.do("e1", id, "accept", "", signed))
		version, err := w.s.SaveScores(t.Context(), w.actor("e1"), id, 2, half)
		w.must(err)
		v, err := w.s.View(t.Context(), w.actor("e1"), id)
		w.must(err)
		if diff := cmp.Diff(half, v.Draft); diff != "" || version != 3 || v.Version != 3 || !v.Written || len(v.Missing) == 0 {
			t.Errorf("saved: version %d, missing %v (-want +got):\n%s", version, v.Missing, diff)
		}
		_, err = w.s.SaveScores(t.Context(), w.actor("e1"), id, 2, review.Draft{})
		wantKind(t, "stale", err, fault.Conflict)
		if f, _ := faultOf(err); f.Code != "stale" || cmp.Diff(review.Saved{Version: 3, Draft: half}, f.Detail) != "" {
			t.Errorf("stale: %+v", f)
		}
		_, err = w.s.SaveScores(t.Context(), w.actor("officer"), id, 3, half)
		wantKind(t, "by the officer", err, fault.Forbidden)
		_, err = w.s.SaveScores(t.Context(), w.actor("e2"), id, 3, half)
		wantKind(t, "by a colleague", err, fault.NotFound)
		_, err = w.s.SaveScores(t.Context(), w.actor("e1"), id, 3, review.Draft{Scores: map[string]review.Mark{"x": {}}})
		wantKind(t, "unknown row", err, fault.Invalid)
		w.must(w.do("e1", id, "submit_scores", "", scores("14")))
		_, err = w.s.SaveScores(t.Context(), w.actor("e1"), id, 4, half)
		wantKind(t, "after handing in", err, fault.Conflict)
	})
}

// A saved draft can be handed in without sending it again; totals are kept to the hundredth.
func TestSubmitTheSavedDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.accepted("e1")
		why := "材料齐全且依据充分,可以认定"
		d := review.Draft{Scores: map[string]review.Mark{}, Vetoes: []review.Raised{{Code: "false-material", Reason: why}}, Comment: "不同意"}
		for code, p := range map[string]string{"planning": "14.5", "clustering": "20", "character": "16", "positioning": "12", "guarantees": "12", "management": "8"} {
			d.Scores[code] = review.Mark{Points: p, Reason: why}
		}
		version, err := w.s.SaveScores(t.Context(), w.actor("e1"), id, 2, d)
		w.must(err)
		choice := w.choice("e1", id, "submit_scores")
		if len(choice.Blocked) != 0 {
			t.Errorf("submit is blocked by %v", choice.Blocked)
		}
		out, err := w.s.Do(t.Context(), w.actor("e1"), casework.Command{ID: id, Action: "submit_scores", Version: version, Key: "k"})
		w.must(err)
		again, err := w.s.Do(t.Context(), w.actor("e1"), casework.Command{ID: id, Action: "submit_scores", Version: version, Key: "k"})
		w.must(err)
		if diff := cmp.Diff(out, again); diff != "" || out.State != "scored" {
			t.Errorf("replay (-first +again):\n%s", diff)
		}
		v, err := w.s.View(t.Context(), w.actor("officer"), id)
		w.must(err)
		if diff := cmp.Diff(d, v.Draft); diff != "" || *v.Total != 8250 || !v.Vetoed || v.Scored == nil {
			t.Errorf("handed in: total %v vetoed %v (-want +got):\n%s", v.Total, v.Vetoed, diff)
		}
		w.see(func(tx *database.Tx) error {
			result, done, err := w.s.Result(tx, w.ref)
			if !done || result.Score != 8250 || !result.Vetoed || len(result.Vetoes) != 1 {
				t.Errorf("result: done %v %+v", done, result)
			}
			return err
		})
	})
}

func (w *world) choice(who, id string, action workflows.Action) workflows.Choice {
	w.t.Helper()
	acts, err := w.s.Actions(w.t.Context(), w.actor(who), id)
	w.must(err)
	for _, c := range acts.Choices {
		if c.Action == action {
			return c
		}
	}
	return workflows.Choice{}
}

func TestStaleCommandSaysWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.accepted("e1")
		_, err := w.s.Do(t.Context(), w.actor("officer"), casework.Command{ID: id, Action: "cancel", Version: 1, Reason: "x"})
		wantKind(t, "stale", err, fault.Conflict)
		f, _ := faultOf(err)
		if c, ok := f.Detail.(casework.Changed); !ok || c.Version != 2 || c.State != "accepted" || len(c.Since) != 1 {
			t.Errorf("detail: %+v", f.Detail)
		}
	})
}

// Result: nothing without scores, not done while one is open, the mean of those who scored.
func TestResult(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		result := func() (r policy.PanelResult, done bool) {
			w.see(func(tx *database.Tx) (err error) { r, done, err = w.s.Result(tx, w.ref); return err })
			return r, done
		}
		if r, done := result(); done || r.Score != 0 {
			t.Errorf("nobody: %v %v", r.Score, done)
		}
		ids := w.invite("e1", "e2")
		if _, done := result(); done {
			t.Error("done while both are invited")
		}
		w.must(w.do("e1", ids[0], "accept", "", signed))
		w.must(w.do("e1", ids[0], "submit_scores", "", scores("15")))
		if r, done := result(); done || r.Score != 8300 {
			t.Errorf("one open: %v %v", r.Score, done)
		}
		w.must(w.do("e2", ids[1], "decline", "无时间", ""))
		if r, done := result(); !done || r.Score != 8300 {
			t.Errorf("the only one: %v %v", r.Score, done)
		}
		for i, first := range []string{"0", "5", "10", "15"} {
			w.scored([]string{"e3", "e4", "e5", "e6"}[i], first)
		}
		// 83, 68, 73, 78, 83: highest and lowest dropped, (83+73+78)/3
		if r, done := result(); !done || r.Score != 7800 || r.Spread != 1500 || r.Moderate {
			t.Errorf("five: %v %v %+v", r.Score, done, r)
		}
	})
}

// A spread over the limit holds the case until the panel has met once more; both ends can be
// returned, and a spread that stays does not stop the case for ever.
func TestModeration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		high, low, mid := w.scored("e1", "15"), w.accepted("e2"), w.scored("e3", "10")
		poor := strings.ReplaceAll(scores("0"), `"points":"20"`, `"points":"5"`)
		w.must(w.do("e2", low, "submit_scores", "", poor)) // 83, 78, 53
		done := func() (done bool) {
			w.see(func(tx *database.Tx) (err error) { _, done, err = w.s.Result(tx, w.ref); return err })
			return done
		}
		if done() {
			t.Error("done with a spread of 30")
		}
		if w.held() {
			t.Error("held though nobody works")
		}
		wantKind(t, "by a clerk", w.do("clerk", low, "moderate", "x", ""), fault.Forbidden)
		w.must(w.do("officer", low, "moderate", "请说明集聚规模评分依据", ""))
		w.must(w.do("officer", high, "moderate", "请复核", ""))
		if !w.held() || done() {
			t.Error("not held, or done, while two score again")
		}
		w.must(w.do("e1", high, "submit_scores", "", scores("15")))
		w.must(w.do("e2", low, "submit_scores", "", poor))
		if !done() {
			t.Error("the panel has met again, the case must be able to go on")
		}
		w.must(w.do("officer", low, "moderate", "再次复议", ""))
		w.must(w.do("e2", low, "submit_scores", "", scores("12")))
		if err := w.do("officer", mid, "moderate", "x", ""); !fault.Is(err, fault.Blocked) {
			t.Errorf("within the limit: got %v, want blocked", err)
		}
		if !done() {
			t.Error("not done within the limit")
		}
	})
}

// The system lets an invitation expire when its clock is over, not before.
func TestExpire(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.invite("e1")[0]
		expire := func() error {
			_, err := w.s.Do(t.Context(), identity.SystemActor(), casework.Command{ID: id, Action: "expire"})
			return err
		}
		wantKind(t, "at once", expire(), fault.Blocked)
		w.clock.advance(3*24*time.Hour + 14*time.Hour) // Thursday 2026-11-26 23:00 in Shanghai, the third working day
		wantKind(t, "on the last day", expire(), fault.Blocked)
		w.clock.advance(time.Hour)
		w.must(expire())
		if state, _ := w.stateOf(id); state != "expired" || w.held() {
			t.Errorf("state %s, held %v", state, w.held())
		}
		_, err := w.s.View(t.Context(), w.actor("e1"), id)
		wantKind(t, "for the evaluator", err, fault.NotFound)
	})
}

// A parent that ends cancels what is open and keeps what is in.
func TestCancelAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in, open, asked := w.scored("e1", "14"), w.accepted("e2"), w.invite("e3")[0]
		w.update(func(tx *database.Tx) error {
			if err := w.move(tx, w.ref, w.actor("officer"), "agree_withdrawal", "单位申请"); err != nil {
				return err
			}
			return w.s.CancelAll(tx, w.ref, "申报已撤回")
		})
		for id, want := range map[string]string{in: "scored", open: "cancelled", asked: "cancelled"} {
			if state, _ := w.stateOf(id); state != want {
				t.Errorf("got %s, want %s", state, want)
			}
		}
	})
}

func TestWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.addCase("app-2")
		mine := w.accepted("e1") // 20 working days
		w.ref.ID = "app-2"
		soon := w.invite("e1")[0] // 3 working days
		w.invite("e2")
		list := func(who string, tab casework.Tab) (ids []string, items []casework.WorkItem) {
			w.see(func(tx *database.Tx) (err error) { items, err = workOf(tx, w.s, w.actor(who), tab); return err })
			for _, it := range items {
				ids = append(ids, it.ID)
			}
			return ids, items
		}
		ids, items := list("e1", casework.TabTodo)
		if diff := cmp.Diff([]string{soon, mine}, ids); diff != "" {
			t.Fatalf("todo of e1 (-want +got):\n%s", diff)
		}
		if it := items[0]; it.DueOn != "2026-11-26" || it.Overdue || it.Title != "示例集聚示范区" || it.Unit != "500103" || it.State != "invited" || it.Kind != "review" {
			t.Errorf("item: %+v", it)
		}
		double := w.actor("clerk") // who is an evaluator elsewhere
		double.Roles = append(double.Roles, workflows.Evaluator)
		w.see(func(tx *database.Tx) error {
			items, err := workOf(tx, w.s, double, casework.TabTodo)
			if len(items) != 0 {
				t.Errorf("others' reviews on a clerk's desk: %+v", items)
			}
			return err
		})
		w.clock.advance(5 * 24 * time.Hour)
		if _, items = list("e1", casework.TabTodo); !items[0].Overdue || items[1].Overdue {
			t.Errorf("overdue: %+v", items)
		}
		w.must(w.do("e1", mine, "submit_scores", "", scores("14")))
		for _, tt := range []struct {
			who  string
			tab  casework.Tab
			want int
		}{{"e1", casework.TabTodo, 1}, {"e1", casework.TabDone, 1}, {"officer", casework.TabTodo, 0}, {"officer", casework.TabStarted, 3}, {"officer2", casework.TabStarted, 0},
			{"supervisor", casework.TabCopied, 0}, {"clerk", casework.TabCopied, 0}, {"filler", casework.TabTodo, 0}, {"filler", casework.TabDone, 0}} {
			if ids, _ := list(tt.who, tt.tab); len(ids) != tt.want {
				t.Errorf("%s of %s: got %v, want %d", tt.tab, tt.who, ids, tt.want)
			}
		}
	})
}

// workOf reads the first page of a tab of one kind.
func workOf(tx *database.Tx, s casework.Service, a identity.Actor, tab casework.Tab) ([]casework.WorkItem, error) {
	page, err := casework.Work(tx, []casework.Desk{s.Desk()}, a, casework.WorkQuery{Tab: tab, Limit: 100})
	return page.Items, err
}
