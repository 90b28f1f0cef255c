package application_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// What is written inside, told apart by words that occur nowhere else.
const (
	grounds        = "部门内部理由甲乙丙丁"
	conditions     = "部门所附条件戊己庚辛"
	recommendation = "经办推荐意见子丑寅卯"
	returned       = "主任退回说明辰巳午未"
	note           = "受理审查批注申酉戌亥"
	sentBack       = "审签人退回批语天地玄黄"
	working        = "尚未送出的文字宇宙洪荒"
)

// exposed is everything of an application and its opinions that a person can read.
func (w *world) exposed(who, id string) string {
	w.t.Helper()
	ctx, a := w.t.Context(), w.actor(who)
	out := []any{w.view(who, id), w.list(ctx, who, application.Filter{})}
	versions, err := w.apps.Versions(ctx, a, id)
	w.must(err)
	acts, err := w.apps.Actions(ctx, a, id)
	w.must(err)
	out = append(out, versions, acts)
	for _, o := range w.opinions(id) {
		if v, app, err := w.apps.Opinions().View(ctx, a, o); err == nil {
			out = append(out, v, app)
		}
	}
	for _, tab := range []casework.Tab{casework.TabTodo, casework.TabDone, casework.TabStarted, casework.TabCopied} {
		out = append(out, w.work(who, "application", tab), w.work(who, "opinion", tab))
	}
	// What a stale command is told about everything since the beginning.
	_, err = w.apps.Do(ctx, a, casework.Command{ID: id, Action: "withdraw", Version: 1})
	text, mistake := json.Marshal(out)
	w.must(mistake)
	return string(text) + fmt.Sprintf("%+v %+v", out, detailOf(err))
}

func detailOf(err error) any {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	return f.Detail
}

// secrets lists who may read which words while the case is not decided.
func secrets() map[string][]string {
	inside := []string{"clerk", "officer", "director", "supervision"}
	with := func(more ...string) []string { return append(append([]string{}, inside...), more...) }
	return map[string][]string{grounds: with("science"), conditions: with("science"), recommendation: inside, returned: inside, note: inside, sentBack: {"filler", "leader"}}
}

// Before the decision the district reads no opinion, no recommendation and no note of the
// check; a department reads its own opinion only, an evaluator none.
func TestInsideWordsStayInside(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("signing", "filler", "professional-services")
		w.do("leader", app(id), "send_back", sentBack, nil)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "sign", "", nil)
		w.pass(id)
		w.must(w.verdict("clerk", id, "fund", "pass", note))
		w.do("clerk", app(id), "accept", "", nil)
		asked := w.opinions(id)
		w.do("science", opinion(asked["dept-science"]), "give", "", map[string]any{"stance": "conditional", "grounds": grounds,
			"conditions": []condition.Draft{{Text: conditions, Proof: "有关证明材料", Moment: condition.AfterAccreditation, DueOn: "2027-12-31"}}})
		w.do("industry", opinion(asked["dept-industry"]), "give", "", agree())
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.do("officer", app(id), "recommend", recommendation, nil)
		w.do("director", app(id), "return_review", returned, nil)
		w.do("officer", app(id), "recommend", recommendation, nil)
		for _, who := range []string{"filler", "leader", "clerk", "officer", "director", "supervision", "science", "industry", "expert1"} {
			text := w.exposed(who, id)
			for secret, readers := range secrets() {
				want := false
				for _, r := range readers {
					want = want || r == who
				}
				if got := strings.Contains(text, secret); got != want {
					t.Errorf("%s reads %s: %v, want %v", who, secret, got, want)
				}
			}
		}
		checkNotices(t, w)
		v := w.view("filler", id)
		if len(v.Opinions) != 2 || v.Opinions[0].State != "given" || v.Opinions[1].Stance != "" || len(v.Verdicts) != 0 || v.Recommendation != "" {
			t.Errorf("the unit sees %+v", v.Opinions)
		}
	})
}

// What the commission leans to is not to be read off the state, the history, a list, a filter
// or the answer to one's own action before it is published.
func TestLeaningStaysInside(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, lean := range []workflows.Action{"recommend", "propose_refusal"} {
			id := w.at("in_review", "filler", "professional-services")
			asked := w.opinions(id)
			w.do("science", opinion(asked["dept-science"]), "give", "", agree())
			w.do("industry", opinion(asked["dept-industry"]), "give", "", agree())
			w.scored(id, w.invite(id, "expert1")[0], "expert1")
			before := map[string]string{}
			for _, who := range []string{"filler", "leader", "expert1"} {
				before[who] = fmt.Sprintf("%+v", w.view(who, id).History)
			}
			w.do("officer", app(id), lean, recommendation, nil)
			inner := w.state(app(id))
			for who, history := range before {
				v := w.view(who, id)
				if v.State != "in_review" || fmt.Sprintf("%+v", v.History) != history {
					t.Errorf("%s after %s reads %s and %+v", who, lean, v.State, v.History)
				}
				text := w.exposed(who, id)
				for _, trace := range []string{string(inner), `"` + string(lean) + `"`, "Action:" + string(lean) + " "} {
					if at := strings.Index(text, trace); at >= 0 {
						t.Errorf("%s can tell that %s happened: …%s…", who, lean, text[max(0, at-120):min(len(text), at+60)])
					}
				}
				if n := len(w.list(t.Context(), who, application.Filter{State: inner})); n != 0 {
					t.Errorf("%s filters %d applications by %s", who, n, inner)
				}
				if n := len(w.list(t.Context(), who, application.Filter{State: "in_review"})); n == 0 {
					t.Errorf("%s finds nothing in review", who)
				}
			}
			out := w.do("leader", app(id), "ask_withdrawal", "情况有变，申请撤回", nil)
			if out.State != "in_review" || out.From != "in_review" {
				t.Errorf("the leader is answered %+v", out)
			}
			w.do("director", app(id), "extend", "情况复杂，延长办理期限", nil)
			var told []string
			w.see(func(tx *database.Tx) error {
				return tx.Find(&told, "SELECT payload FROM outbox WHERE topic = 'notice' AND case_id = ? AND payload LIKE '%unit!_leaders%' ESCAPE '!'", id)
			})
			label, _ := workflows.Application.State(inner)
			if text := strings.Join(told, " "); strings.Contains(text, label.Label.Zh) || strings.Contains(text, label.Label.En) || len(told) == 0 {
				t.Errorf("the unit was told %s", text)
			}
			if got := w.view("officer", id); got.State != inner || len(w.list(t.Context(), "officer", application.Filter{State: inner})) != 1 {
				t.Errorf("the officer reads %s", got.State)
			}
			w.do("director", app(id), "return_review", returned, nil)
		}
	})
}

// checkNotices: nothing that is told to the unit or to evaluators carries inside words.
func checkNotices(t *testing.T, w *world) {
	t.Helper()
	var texts []string
	w.see(func(tx *database.Tx) error {
		return tx.Find(&texts, "SELECT payload FROM outbox WHERE topic IN ('notice', 'remind') AND (payload LIKE '%unit_%' OR payload LIKE '%asked_%')")
	})
	if len(texts) < 5 {
		t.Errorf("only %d notices", len(texts))
	}
	for _, text := range texts {
		for _, secret := range []string{grounds, conditions, recommendation, returned, note} {
			if strings.Contains(text, secret) {
				t.Errorf("told outside: %s", text)
			}
		}
	}
}

// The commission reads the version that was signed, never what the unit is writing; a draft
// that was never signed does not exist for anybody outside the unit.
func TestWorkingDraftStaysWithTheUnit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.at("correction", "filler")
		signed := w.view("clerk", id)
		v := w.view("filler", id)
		_, err := w.apps.Save(ctx, w.actor("filler"), id, application.Edit{Version: v.Version, Path: "positioning.text", Value: quoted(v.Content.Positioning.Text + working)})
		w.must(err)
		f, err := w.upload("filler", id, "development-plan", working)
		w.must(err)
		w.answerAll(id)
		for _, state := range []workflows.State{"correction", "correction_signing"} {
			if got := w.state(app(id)); got != state {
				t.Fatalf("the case is %s", got)
			}
			for _, who := range []string{"clerk", "officer", "director", "supervision"} {
				text := w.exposed(who, id)
				if strings.Contains(text, working) || strings.Contains(text, f.ID) {
					t.Errorf("%s reads the working draft in %s", who, state)
				}
				if got := w.view(who, id); got.Working || got.Digest != signed.Digest || len(got.Files) != len(signed.Files) {
					t.Errorf("%s in %s: working %v, %d files", who, state, got.Working, len(got.Files))
				}
			}
			if text := w.exposed("leader", id); !strings.Contains(text, working) || !strings.Contains(text, f.ID) {
				t.Errorf("the unit does not read its own draft in %s", state)
			}
			if state == "correction" {
				w.do("filler", app(id), "send_to_sign", "", nil)
			}
		}
		shows := func(who string) (ok bool) {
			w.see(func(tx *database.Tx) (err error) { ok, err = w.apps.Shows(tx, w.actor(who), id, f.ID); return err })
			return ok
		}
		if shows("clerk") || shows("supervision") || !shows("filler") || !shows("leader") {
			t.Error("who is shown the file before it is signed")
		}
		for who, want := range map[string]bool{"clerk": false, "supervision": false, "leader": true} {
			list, err := w.files.List(ctx, w.actor(who), app(id))
			w.must(err)
			if got := slices.ContainsFunc(list, func(x attachment.Attachment) bool { return x.ID == f.ID }); got != want {
				t.Errorf("%s: the unsigned file is listed: %v", who, got)
			}
			content, _, err := w.files.Open(ctx, w.actor(who), f.ID)
			if fault.Is(err, fault.NotFound) == want {
				t.Errorf("%s opens the unsigned file: %v", who, err)
			}
			if err == nil {
				_ = content.Close()
			}
		}
		w.do("leader", app(id), "sign", "", nil)
		if !shows("clerk") {
			t.Error("the signed file is not shown to the check")
		}
		if text := w.exposed("clerk", id); !strings.Contains(text, working) || !strings.Contains(text, f.ID) {
			t.Error("the corrected version does not reach the check")
		}
	})
}

// Who is asked in review reads the submitted version with all that it says, and acts on nothing.
func TestReviewersReadTheSubmittedVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("recommended", "filler")
		want := w.view("clerk", id)
		for _, who := range []string{"industry", "expert1"} {
			v := w.view(who, id)
			if v.Working || v.Digest != want.Digest || v.Content.Body.Name != want.Content.Body.Name || len(v.Files) != len(want.Files) || len(v.Choices) != 0 ||
				len(v.Verdicts) != 0 || len(v.Problems) != 0 {
				t.Errorf("%s: %+v", who, v)
			}
		}
		if v := w.view("expert1", id); len(v.Opinions) != 0 {
			t.Errorf("an evaluator sees that %d opinions were asked", len(v.Opinions))
		}
	})
}

// The search finds what it should, and takes what people type as text.
func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.at("submitted", "filler", "logistics"), w.at("in_review", "fillerB")
		number := one[string](w, "SELECT number FROM application WHERE id = ?", a)
		find := func(f application.Filter) string {
			var out []string
			for _, l := range w.list(t.Context(), "officer", f) {
				out = append(out, map[string]string{a: "a", b: "b"}[l.ID])
			}
			return strings.Join(out, "")
		}
		u, _ := w.book.Unit(unitB)
		for _, c := range []struct {
			f    application.Filter
			want string
		}{
			{application.Filter{}, "ba"}, {application.Filter{Text: number}, "a"}, {application.Filter{Text: strings.ToLower(number)}, "a"}, {application.Filter{Text: "集聚示范区"}, "ba"},
			{application.Filter{Text: u.Name.ZH}, "b"}, {application.Filter{Text: strings.ToUpper(u.Pinyin)}, "b"}, {application.Filter{Text: "%"}, ""}, {application.Filter{Text: "_"}, ""}, {application.Filter{Text: "!"}, ""},
			{application.Filter{Text: `'; --`}, ""}, {application.Filter{State: "in_review"}, "b"}, {application.Filter{Unit: unitA}, "a"}, {application.Filter{Sector: "logistics"}, "a"},
			{application.Filter{RoundID: w.round.ID, Limit: 1}, "b"}, {application.Filter{Before: b}, "a"}, {application.Filter{Before: a}, ""},
		} {
			if got := find(c.f); got != c.want {
				t.Errorf("%+v: %q, want %q", c.f, got, c.want)
			}
		}
		for _, limit := range []int{-1, 0, 1, 1 << 30} {
			w.see(func(tx *database.Tx) error {
				_, err := casework.Work(tx, []casework.Desk{w.apps.Desk(), w.apps.Opinions().Desk()}, w.actor("officer"), casework.WorkQuery{Tab: casework.TabTodo, Limit: limit})
				if err != nil {
					t.Errorf("limit %d: %v", limit, err)
				}
				return nil
			})
		}
	})
}
