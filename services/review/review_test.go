package review_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	"clusterzone/workflows"
)

func faultOf(err error) (*fault.Error, bool) {
	var f *fault.Error
	if errors.As(err, &f) {
		return f, true
	}
	return &fault.Error{}, false
}

// Inviting holds the decision clock; it goes on when the last open review is settled, and
// stands still again when one is returned.
func TestClockStandsStillWhileExpertsWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.held() {
			t.Fatal("held before anybody was invited")
		}
		ids := w.invite("e1", "e2", "e3")
		steps := []struct {
			what string
			do   func() error
			held bool
		}{
			{"invited", func() error { return nil }, true},
			{"declined", func() error { return w.do("e1", ids[0], "decline", "时间冲突", "") }, true},
			{"accepted", func() error { return w.do("e2", ids[1], "accept", "", signed) }, true},
			{"recused", func() error { return w.do("e3", ids[2], "recuse", "有项目合作", `{"kind":"financial"}`) }, true},
			{"scored", func() error { return w.do("e2", ids[1], "submit_scores", "", scores("14")) }, false},
			{"invited again", func() error { ids = append(ids, w.invite("e4")...); return nil }, true},
			{"cancelled", func() error { return w.do("officer", ids[3], "cancel", "另行安排", "") }, false},
		}
		for _, step := range steps {
			w.must(step.do())
			if got := w.held(); got != step.held {
				t.Errorf("%s: clock held %v, want %v", step.what, got, step.held)
			}
		}
	})
}

// The last two evaluators hand in at the same moment: the second comes while the first is
// not yet committed. The clock must go on afterwards.
func TestTwoHandInAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.accepted("e1"), w.accepted("e2")
		one, two := w.command(first, "submit_scores", "", scores("12")), w.command(second, "submit_scores", "", scores("12"))
		done := make(chan error, 1)
		w.update(func(tx *database.Tx) error {
			if _, err := w.s.DoTx(tx, w.actor("e1"), one); err != nil {
				return err
			}
			go func() {
				_, err := w.s.Do(t.Context(), w.actor("e2"), two)
				done <- err
			}()
			time.Sleep(300 * time.Millisecond) // long enough for the second to count, were it not made to wait
			return nil
		})
		w.must(<-done)
		if w.held() {
			t.Error("the clock still stands though everybody has handed in")
		}
	})
}

func TestInviteRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.invite("e1", "e2", "e3", "e4", "e5")
		w.must(w.do("e1", old[0], "decline", "无时间", ""))
		w.must(w.do("e2", old[1], "recuse", "亲属任职", `{"kind":"other"}`))
		w.must(w.do("officer", old[2], "cancel", "调整", ""))
		w.clock.advance(20 * 24 * time.Hour)
		_, err := w.s.Do(t.Context(), identity.SystemActor(), casework.Command{ID: old[3], Action: "expire"})
		w.must(err)
		_, err = w.s.Invite(t.Context(), w.actor("officer"), w.ref,
			[]string{"e1", "e2", "e3", "e4", "e5", "same-unit", "same-body", "named", "both", "nobody", "filler", "e6", "e6"}, "")
		wantKind(t, "refused list", err, fault.Invalid)
		want := []string{"evaluators[0] evaluator_declined", "evaluators[10] evaluator_unknown", "evaluators[12] evaluator_twice", "evaluators[1] evaluator_recused",
			"evaluators[2] evaluator_cancelled", "evaluators[3] evaluator_expired", "evaluators[4] evaluator_asked", "evaluators[5] evaluator_unit",
			"evaluators[6] evaluator_employer", "evaluators[7] evaluator_named", "evaluators[8] evaluator_office", "evaluators[9] evaluator_unknown"}
		if diff := cmp.Diff(want, codes(err)); diff != "" {
			t.Errorf("refusals (-want +got):\n%s", diff)
		}
		w.see(func(tx *database.Tx) error {
			n, err := tx.Count("SELECT count(*) FROM review WHERE evaluator_id = 'e6'")
			if n != 0 {
				t.Error("e6 was invited though the list was refused")
			}
			return err
		})
		_, err = w.s.Invite(t.Context(), w.actor("officer"), w.ref, nil, "")
		wantKind(t, "nobody", err, fault.Invalid)
		_, err = w.s.Invite(t.Context(), w.actor("officer"), casework.Ref{Kind: "application", ID: "absent"}, []string{"e6"}, "")
		wantKind(t, "absent case", err, fault.NotFound)
		_, err = w.s.Invite(t.Context(), w.actor("officer"), casework.Ref{Kind: "zone", ID: "x"}, []string{"e6"}, "")
		wantKind(t, "kind that is not reviewed", err, fault.NotFound)
		pool, err := w.s.Pool(t.Context(), w.actor("officer"), w.ref)
		w.must(err)
		if len(pool) != evaluators+4 || pool[0].ID != "e6" || pool[0].Excluded != "" || pool[1].Excluded == "" {
			t.Errorf("pool: %+v", pool)
		}
	})
}

func TestInviteOnlyWhileTheCaseIsScored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(func(tx *database.Tx) error { return w.move(tx, w.ref, w.actor("officer"), "recommend", "达到标准") })
		_, err := w.s.Invite(t.Context(), w.actor("officer"), w.ref, []string{"e1"}, "")
		wantKind(t, "outside review", err, fault.Blocked)
		w.see(func(tx *database.Tx) error {
			n, err := tx.Count("SELECT count(*) FROM number_sequence WHERE name LIKE 'review/%' AND value > 0")
			if n != 0 {
				t.Error("a refused invitation used up a number")
			}
			return err
		})
	})
}

// One key answers the same again and invites nobody twice; another list under it is refused.
func TestInviteOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, err := w.s.Invite(t.Context(), w.actor("officer"), w.ref, []string{"e1", "e2"}, "key")
		w.must(err)
		w.must(w.do("e1", first[0].ID, "decline", "无时间", ""))
		again, err := w.s.Invite(t.Context(), w.actor("officer"), w.ref, []string{"e1", "e2"}, "key")
		w.must(err)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("second answer (-first +again):\n%s", diff)
		}
		if first[0].State != "invited" || !strings.HasPrefix(first[0].Number, "评审〔2026〕1号") || first[1].Number != "评审〔2026〕2号" {
			t.Errorf("outcomes: %+v", first)
		}
		_, err = w.s.Invite(t.Context(), w.actor("officer"), w.ref, []string{"e3"}, "key")
		wantKind(t, "same key, other list", err, fault.Conflict)
	})
}

// Every action in every state by every role: allowed exactly where the table says so, absent
// for whoever may not see the review, and never half done.
func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		people := []string{"own", "stranger", "officer", "clerk", "director", "supervisor", "filler", "leader", "dept", "stat", "sysadmin", "security", "auditor", "system", "double"}
		n := 0
		for _, state := range []string{"invited", "accepted", "scored", "declined", "recused", "expired", "cancelled"} {
			for _, who := range people {
				for _, action := range workflows.Review.Actions() {
					if action == "invite" {
						continue
					}
					n++
					w.cell(t, n, state, who, action)
				}
			}
		}
	})
}

// cell tries one action on a review that is put into a state by SQL, and undoes all of it.
func (w *world) cell(t *testing.T, n int, state, who string, action workflows.Action) {
	t.Helper()
	undo := errors.New("undone by the test")
	a := w.actor(who)
	switch who {
	case "own":
		a = w.actor("e1")
	case "stranger":
		a = w.actor("e2")
	case "system":
		a = identity.SystemActor()
	case "double": // an officer who is an evaluator elsewhere is none here
		a = w.actor("officer")
		a.Roles = append(a.Roles, workflows.Evaluator)
	}
	data := map[workflows.Action]string{"accept": signed, "recuse": `{"kind":"other"}`, "submit_scores": scores("15")}[action]
	err := w.db.Update(t.Context(), func(tx *database.Tx) error {
		id := w.plant(t, tx, state)
		_, err := w.s.DoTx(tx, a, casework.Command{ID: id, Action: action, Version: 3, Reason: "理由", Data: []byte(data)})
		if err != nil {
			return err
		}
		return undo
	})
	if got, want := outcomeOf(err, undo), expected(state, who, a, action); got != want {
		t.Errorf("cell %d: %s in %s by %s: got %s (%v), want %s", n, action, state, who, got, err, want)
	}
}

// plant puts a review of e1, and an opposed one of e2 so that moderation is open, into the
// database; the invitation clock is over.
func (w *world) plant(t *testing.T, tx *database.Tx, state string) string {
	t.Helper()
	for i, st := range []string{state, "scored"} {
		_, err := tx.Exec(`INSERT INTO review (id, number, subject_kind, subject_id, evaluator_id, status, version, total, invited_by, created_at, updated_at)
			VALUES (?, ?, 'application', 'app-1', ?, ?, 3, ?, 'officer', ?, ?)`, fmt.Sprintf("r%d", i+1), fmt.Sprintf("n%d", i+1), fmt.Sprintf("e%d", i+1), st, 4000+5000*i, tx.Now(), tx.Now())
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := tx.Exec(`INSERT INTO deadline (id, kind, case_id, clock, cycle, started_at, days, working, due_on, due_at, calendar_version)
		VALUES ('d1', 'review', 'r1', 'invitation', 1, ?, 3, TRUE, '2026-01-01', ?, 'x')`, tx.Now().Add(-time.Hour), tx.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return "r1"
}

func outcomeOf(err, undo error) string {
	switch {
	case errors.Is(err, undo):
		return "done"
	case fault.Is(err, fault.NotFound):
		return "absent"
	case fault.Is(err, fault.Forbidden):
		return "forbidden"
	case fault.Is(err, fault.Conflict):
		return "no transition"
	}
	return fmt.Sprintf("error %v", err)
}

func expected(state, who string, a identity.Actor, action workflows.Action) string {
	reads := a.ReadsAll()
	if who == "own" {
		reads = state == "invited" || state == "accepted" || state == "scored"
	}
	row, known := workflows.Review.Row(workflows.State(state), action)
	switch {
	case !reads:
		return "absent"
	case !known:
		return "no transition"
	case !a.Any(row.Roles...), who == "double" && !slices.Contains(row.Roles, workflows.Officer):
		return "forbidden"
	}
	return "done"
}

// After recusal the case does not exist for the person, in any way of asking.
func TestRecusalMakesTheCaseAbsent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, by := range []string{"e1", "officer"} {
			t.Run("by "+by, func(t *testing.T) {
				who := map[string]string{"e1": "e1", "officer": "e2"}[by]
				id := w.accepted(who)
				a := w.actor(who)
				w.must(w.do(by, id, "recuse", "与发展主体有合作", `{"kind":"financial"}`))
				w.wantAbsent(t, a, id)
				w.see(func(tx *database.Tx) error {
					var r struct{ Kind, Reason, DeclaredBy string }
					err := tx.One(&r, "SELECT kind, reason, declared_by FROM recusal WHERE person_id = ?", who)
					if r.Kind != "financial" || r.Reason != "与发展主体有合作" || r.DeclaredBy != by {
						t.Errorf("recusal row: %+v", r)
					}
					return err
				})
			})
		}
	})
}

func (w *world) wantAbsent(t *testing.T, a identity.Actor, id string) {
	t.Helper()
	_, version := w.stateOf(id)
	_, err := w.s.View(t.Context(), a, id)
	wantKind(t, "view", err, fault.NotFound)
	_, err = w.s.Actions(t.Context(), a, id)
	wantKind(t, "actions", err, fault.NotFound)
	_, err = w.s.SaveScores(t.Context(), a, id, version, review.Draft{})
	wantKind(t, "save", err, fault.NotFound)
	for _, action := range workflows.Review.Actions() {
		_, err = w.s.Do(t.Context(), a, casework.Command{ID: id, Action: action, Version: version, Reason: "x", Data: []byte(signed)})
		wantKind(t, "do "+string(action), err, fault.NotFound)
	}
	w.see(func(tx *database.Tx) error {
		_, err := w.s.ForSubject(tx, a, w.ref)
		wantKind(t, "panel", err, fault.NotFound)
		if may, err := review.MayRead(tx, a.ID, w.ref); may || err != nil {
			t.Errorf("may read: %v, %v", may, err)
		}
		if is, err := review.IsRecused(tx, a.ID, w.ref); !is || err != nil {
			t.Errorf("is recused: %v, %v", is, err)
		}
		for _, tab := range []casework.Tab{casework.TabTodo, casework.TabDone, casework.TabStarted, casework.TabCopied} {
			if items, err := workOf(tx, w.s, a, tab); len(items) != 0 || err != nil {
				t.Errorf("work list %s: %v, %v", tab, items, err)
			}
		}
		n, err := tx.Count("SELECT count(*) FROM application WHERE "+review.Recused("application"), a.ID)
		if n != 0 {
			t.Error("the scope shows the application to a recused person")
		}
		return err
	})
	_, err = w.s.Pool(t.Context(), identity.Actor{ID: a.ID, Roles: []workflows.Role{workflows.Officer}}, w.ref)
	wantKind(t, "pool", err, fault.NotFound)
	_, err = w.s.Invite(t.Context(), identity.Actor{ID: a.ID, Roles: []workflows.Role{workflows.Officer}}, w.ref, []string{"e6"}, "")
	wantKind(t, "invite", err, fault.NotFound)
}

// A recused officer sees no review of the case; declaring needs a kind, a reason and a right.
func TestDeclare(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.accepted("e1")
		declare := func(who, person, kind, reason string) error {
			return w.db.Update(t.Context(), func(tx *database.Tx) error {
				return w.s.Declare(tx, w.actor(who), w.ref, review.Recusal{PersonID: person, Kind: kind, Reason: reason})
			})
		}
		wantKind(t, "no kind, no reason", declare("officer", "officer", "", " "), fault.Invalid)
		wantKind(t, "somebody else's", declare("clerk", "officer", "other", "x"), fault.Forbidden)
		wantKind(t, "unknown person", declare("officer", "nobody", "other", "x"), fault.NotFound)
		wantKind(t, "has an open review", declare("officer", "e1", "other", "x"), fault.Conflict)
		for _, who := range []string{"clerk", "supervisor", "officer"} {
			if _, err := w.s.View(t.Context(), w.actor(who), id); err != nil {
				t.Errorf("%s before: %v", who, err)
			}
			w.must(declare(who, who, "other", "曾参与该规划"))
			w.wantAbsent(t, w.actor(who), id)
		}
		if _, err := w.s.View(t.Context(), w.actor("director"), id); err != nil {
			t.Errorf("director, not recused: %v", err)
		}
	})
}

func TestReadingConditionMatchesMayRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.invite("e1")[0]
		w.see(func(tx *database.Tx) error {
			for who, want := range map[string]bool{"e1": true, "e2": false, "officer": false} {
				n, err := tx.Count("SELECT count(*) FROM application WHERE "+review.Reading("application"), who)
				if err != nil {
					return err
				}
				may, err := review.MayRead(tx, who, w.ref)
				if err != nil || (n == 1) != want || may != want {
					t.Errorf("%s: condition %v, function %v, want %v (%v)", who, n == 1, may, want, err)
				}
			}
			return nil
		})
		w.must(w.do("e1", id, "decline", "无时间", ""))
		w.see(func(tx *database.Tx) error {
			may, err := review.MayRead(tx, "e1", w.ref)
			if may {
				t.Error("may still read after declining")
			}
			return err
		})
	})
}

// Others' scores reach an evaluator only once the own ones are in, and never with a name.
func TestScoresAreHidden(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.scored("e1", "14")
		second := w.accepted("e2")
		before, err := w.s.View(t.Context(), w.actor("e2"), second)
		w.must(err)
		if leaks := found(t, before, "82", "e1", "专家乙", "同意", first); len(leaks) != 0 || before.Others != nil {
			t.Errorf("before handing in, e2 sees %v of e1", leaks)
		}
		_, err = w.s.View(t.Context(), w.actor("e2"), first)
		wantKind(t, "a colleague's review", err, fault.NotFound)
		w.see(func(tx *database.Tx) error {
			sum, err := w.s.ForSubject(tx, w.actor("e2"), w.ref)
			if len(sum) != 1 || !sum[0].Own {
				t.Errorf("panel before: %+v", sum)
			}
			_, absent := w.s.ForSubject(tx, w.actor("e3"), w.ref)
			wantKind(t, "not on the panel", absent, fault.NotFound)
			return err
		})
		w.must(w.do("e2", second, "submit_scores", "", scores("10")))
		v, err := w.s.View(t.Context(), w.actor("e2"), second)
		w.must(err)
		if leaks := found(t, v, "82", "e1", "专家乙", first); cmp.Diff([]string{"82"}, leaks) != "" {
			t.Errorf("after handing in, e2 sees %v of e1, want the total alone", leaks)
		}
		if diff := cmp.Diff([]policy.Points{8200}, v.Others); diff != "" {
			t.Errorf("others after (-want +got):\n%s", diff)
		}
		w.see(func(tx *database.Tx) error {
			sum, err := w.s.ForSubject(tx, w.actor("e2"), w.ref)
			if len(sum) != 2 || *sum[1].Total != 8200 || sum[1].Evaluator != "" || sum[1].EvaluatorID != "" || sum[1].ReviewID != "" {
				t.Errorf("panel after: %+v", sum)
			}
			return err
		})
		// Returned for moderation, the own scores are no longer in.
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE review SET total = 5000 WHERE id = ?", second)
			return err
		})
		w.must(w.do("officer", second, "moderate", "分差过大", ""))
		v, err = w.s.View(t.Context(), w.actor("e2"), second)
		w.must(err)
		if v.Others != nil {
			t.Error("others are shown to an evaluator who is scoring again")
		}
	})
}

// found lists which of the words is a value, not just a part of one, somewhere in v.
func found(t *testing.T, v any, words ...string) (out []string) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return out
		}
		if value := fmt.Sprint(token); slices.Contains(words, value) {
			out = append(out, value)
		}
	}
}

// The commission and supervision read names and totals, but nothing that was not handed in.
func TestWhoReadsWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.scored("e1", "14")
		open := w.accepted("e2")
		_, err := w.s.SaveScores(t.Context(), w.actor("e2"), open, 2, review.Draft{Comment: "未定稿的意见"})
		w.must(err)
		for _, who := range []string{"officer", "clerk", "director", "supervisor"} {
			v, err := w.s.View(t.Context(), w.actor(who), open)
			w.must(err)
			if v.Written || v.Draft.Comment != "" || v.Own || v.Evaluator == "" {
				t.Errorf("%s reads a draft: %+v", who, v)
			}
			w.see(func(tx *database.Tx) error {
				sum, err := w.s.ForSubject(tx, w.actor(who), w.ref)
				if len(sum) != 2 || sum[0].Evaluator == "" || *sum[0].Total != 8200 || sum[1].Total != nil || sum[1].DueOn == "" {
					t.Errorf("%s: panel %+v", who, sum)
				}
				return err
			})
		}
		w.must(w.do("e2", open, "submit_scores", "", scores("10")))
		mean := func(who string) []review.Summary {
			var out []review.Summary
			w.see(func(tx *database.Tx) (err error) { out, err = w.s.ForSubject(tx, w.actor(who), w.ref); return err })
			return out
		}
		for _, who := range []string{"filler", "leader", "other", "dept", "stat"} {
			if got := mean(who); got != nil {
				t.Errorf("%s before the decision: %+v", who, got)
			}
		}
		w.update(func(tx *database.Tx) error {
			for _, step := range []struct {
				who    string
				action workflows.Action
			}{{"officer", "propose_refusal"}, {"director", "refuse"}} {
				if err := w.move(tx, w.ref, w.actor(step.who), step.action, "未达标准"); err != nil {
					return err
				}
			}
			return nil
		})
		for _, who := range []string{"filler", "leader"} {
			got := mean(who)
			if len(got) != 1 || !got[0].Mean || *got[0].Total != 8000 || got[0].Evaluator != "" || got[0].ReviewID != "" {
				t.Errorf("%s after the decision: %+v", who, got)
			}
		}
		for _, who := range []string{"other", "dept", "stat"} {
			if got := mean(who); got != nil {
				t.Errorf("%s after the decision: %+v", who, got)
			}
		}
	})
}
