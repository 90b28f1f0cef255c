package evaluation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// failed brings zone 0 to an unqualified grade and returns the rectification it orders.
func (w *world) failed() string {
	w.t.Helper()
	id := w.open(w.ids[0])
	w.graded(id, bad(), "2")
	return w.view(officer, id).RectificationID
}

func (w *world) remedy(a identity.Actor, id string) evaluation.RectificationView {
	w.t.Helper()
	v, err := w.r.View(w.t.Context(), a, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) act(a identity.Actor, id string, action workflows.Action, reason string) error {
	w.t.Helper()
	_, err := w.r.Do(w.t.Context(), a, casework.Command{ID: id, Action: action, Version: w.remedy(officer, id).Version, Reason: reason})
	return err
}

func (w *world) mustAct(a identity.Actor, id string, action workflows.Action, reason string) {
	w.t.Helper()
	if err := w.act(a, id, action, reason); err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
}

// answered fills in every item and the papers, and submits.
func (w *world) answered(id string) {
	w.t.Helper()
	v := w.remedy(filler, id)
	var results []evaluation.ItemResult
	for _, it := range v.Items {
		results = append(results, evaluation.ItemResult{ID: it.ID, Result: "已制定并落实整改措施,指标已经回升。"})
	}
	if _, err := w.r.SaveItems(w.t.Context(), filler, id, v.Version, results); err != nil {
		w.t.Fatal(err)
	}
	w.attach(casework.Ref{Kind: "rectification", ID: id}, "rectification-plan", "rectification-evidence")
	w.mustAct(leader, id, "submit", "")
}

// rechecked gives every item a verdict and hands the re-check in.
func (w *world) rechecked(a identity.Actor, id, verdict string) {
	w.t.Helper()
	v := w.remedy(a, id)
	var verdicts []evaluation.ItemVerdict
	for _, it := range v.Items {
		verdicts = append(verdicts, evaluation.ItemVerdict{ID: it.ID, Verdict: verdict, Note: "现场核对的情况说明"})
	}
	if _, err := w.r.SaveRecheck(w.t.Context(), a, id, v.Version, verdicts); err != nil {
		w.t.Fatal(err)
	}
	w.mustAct(a, id, "recheck", "")
}

func TestUnqualifiedOrdersARectification(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.remedy(filler, w.failed())
		if v.Number != "CQ-ZG-2026-0001" || v.State != "open" || v.Year != 2026 || len(v.Clocks) != 1 {
			t.Errorf("got %s %s for %d, clocks %+v", v.Number, v.State, v.Year, v.Clocks)
		}
		var codes []string
		for _, it := range v.Items {
			codes = append(codes, it.Code)
		}
		// The losses: delivery and platforms 10, innovation, management and growth 8, new firms 7.
		if diff := cmp.Diff(codes, []string{"delivery", "platforms", "innovation", "management", "revenue-growth"}); diff != "" {
			t.Errorf("items (-got +want):\n%s", diff)
		}
		if got := w.zone(w.ids[0]).State; got != "rectifying" {
			t.Errorf("zone: got %s", got)
		}
		if len(v.Problems) != len(v.Items)+2 {
			t.Errorf("got %d problems: %v", len(v.Problems), v.Problems)
		}
	})
}

func TestRectificationPassed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		wantKind(t, w.act(leader, id, "submit", ""), fault.Blocked)
		w.answered(id)
		wantKind(t, w.act(officer, id, "recheck", ""), fault.Blocked)
		w.rechecked(both, id, "pass")
		if v := w.remedy(filler, id); v.Items[0].Verdict != "" || v.Items[0].Note != "" {
			t.Errorf("the unit reads the re-check before its result: %+v", v.Items[0])
		}
		wantKind(t, w.act(both, id, "pass", ""), fault.Blocked)
		w.mustAct(director, id, "pass", "")
		if got := w.zone(w.ids[0]).State; got != "in_force" {
			t.Errorf("zone: got %s", got)
		}
		if v := w.remedy(filler, id); v.State != "passed" || v.Items[0].Verdict != "pass" {
			t.Errorf("got %s, %+v", v.State, v.Items[0])
		}
	})
}

func TestRectificationFailedLeadsToRevocation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		w.answered(id)
		w.rechecked(officer, id, "fail")
		w.mustAct(director, id, "fail", "主要问题没有解决")
		z := w.zone(w.ids[0])
		if z.State != "revocation_proposed" {
			t.Fatalf("zone: got %s", z.State)
		}
		do := func(a identity.Actor, action workflows.Action, reason string) {
			if _, err := w.zones.Do(t.Context(), a, casework.Command{ID: z.ID, Action: action, Version: w.zone(z.ID).Version, Reason: reason}); err != nil {
				t.Fatalf("%s: %v", action, err)
			}
		}
		do(leader, "state", "请求再给一次机会")
		do(director, "revoke", "整改不合格,撤销认定")
		if got := w.zone(z.ID); got.State != "revoked" || got.Certificates[0].State != "revoked" {
			t.Errorf("got %s, certificate %s", got.State, got.Certificates[0].State)
		}
	})
}

func TestRectificationLapses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		due := w.remedy(officer, id).Clocks[0].Reading
		wantKind(t, w.bySystem(w.r, id, "lapse"), fault.Blocked)
		w.mustAct(officer, id, "extend", "项目建设周期较长")
		wantKind(t, w.act(officer, id, "extend", "再延长一次"), fault.Blocked)
		*w.at = due.DueAt
		wantKind(t, w.bySystem(w.r, id, "lapse"), fault.Blocked)
		later := w.remedy(officer, id).Clocks[0].Reading
		if !later.Due.After(due.Due) {
			t.Errorf("extended from %s to %s", due.Due, later.Due)
		}
		*w.at = later.DueAt.Add(-time.Microsecond)
		wantKind(t, w.bySystem(w.r, id, "lapse"), fault.Blocked)
		*w.at = later.DueAt
		if err := w.bySystem(w.r, id, "lapse"); err != nil {
			t.Fatal(err)
		}
		if got := w.zone(w.ids[0]).State; got != "revocation_proposed" {
			t.Errorf("zone: got %s", got)
		}
	})
}

func TestReturnedRectificationIsLookedAtAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		w.answered(id)
		w.rechecked(officer, id, "fail")
		w.mustAct(director, id, "return", "补充佐证后再报")
		v := w.remedy(filler, id)
		if v.State != "open" || v.Items[0].Verdict != "fail" || v.Items[0].Note == "" {
			t.Errorf("got %s, %+v", v.State, v.Items[0])
		}
		w.mustAct(leader, id, "submit", "")
		wantKind(t, w.act(officer, id, "recheck", ""), fault.Blocked)
		w.rechecked(officer, id, "pass")
		w.mustAct(director, id, "pass", "")
	})
}

func TestItemsAreReadStrictly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		v := w.remedy(filler, id)
		save := func(a identity.Actor, version int64, in ...evaluation.ItemResult) error {
			_, err := w.r.SaveItems(t.Context(), a, id, version, in)
			return err
		}
		ok := evaluation.ItemResult{ID: v.Items[0].ID, Result: "已经完成整改,佐证已上传。"}
		wantKind(t, save(filler, v.Version, evaluation.ItemResult{ID: "none", Result: ok.Result}), fault.Invalid)
		wantKind(t, save(filler, v.Version, evaluation.ItemResult{ID: ok.ID, Result: "太短"}), fault.Invalid)
		wantKind(t, save(filler, v.Version, evaluation.ItemResult{ID: ok.ID, Result: "带有空字符\x00的整改结果说明"}), fault.Invalid)
		wantKind(t, save(officer, v.Version, ok), fault.Forbidden)
		wantKind(t, save(stranger, v.Version, ok), fault.NotFound)
		if err := save(filler, v.Version, ok); err != nil {
			t.Fatal(err)
		}
		wantKind(t, save(filler, v.Version, ok), fault.Conflict)
		w.answered(id)
		v = w.remedy(officer, id)
		check := func(in evaluation.ItemVerdict) error {
			_, err := w.r.SaveRecheck(t.Context(), officer, id, v.Version, []evaluation.ItemVerdict{in})
			return err
		}
		wantKind(t, check(evaluation.ItemVerdict{ID: v.Items[0].ID, Verdict: "maybe"}), fault.Invalid)
		wantKind(t, check(evaluation.ItemVerdict{ID: v.Items[0].ID, Verdict: "fail"}), fault.Invalid)
	})
}

func TestRectificationPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		for _, st := range workflows.Rectification.States {
			w.update(func(tx *database.Tx) error {
				_, err := tx.Exec("UPDATE rectification SET status = ? WHERE id = ?", string(st.State), id) // the test stands in any state
				return err
			})
			for _, role := range workflows.Roles() {
				for _, action := range workflows.Rectification.Actions() {
					probe(t, w, w.r, workflows.Rectification, casework.Command{ID: id, Action: action}, actor("probe", "500105", role))
				}
			}
		}
	})
}

func TestRectificationIsSeenByItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.failed()
		for _, a := range []identity.Actor{stranger, expert("e1"), actor("x", "x", workflows.Auditor)} {
			_, err := w.r.View(t.Context(), a, id)
			wantKind(t, err, fault.NotFound)
			_, err = w.r.Actions(t.Context(), a, id)
			wantKind(t, err, fault.NotFound)
			w.update(func(tx *database.Tx) error {
				wantKind(t, w.r.Reading(tx, a, id), fault.NotFound)
				_, err := w.r.Writing(tx, a, id, "rectification-plan")
				wantKind(t, err, fault.NotFound)
				items, err := workOf(tx, w.r, a, casework.TabTodo)
				if len(items) != 0 {
					t.Errorf("%s has %d on the desk", a.ID, len(items))
				}
				return err
			})
		}
		w.update(func(tx *database.Tx) error {
			slot, err := w.r.Writing(tx, filler, id, "rectification-plan")
			if err != nil || slot.MaxFiles != 1 {
				t.Errorf("slot %+v, %v", slot, err)
			}
			_, err = w.r.Writing(tx, filler, id, "self-report")
			wantKind(t, err, fault.Invalid)
			if err := w.r.Touched(tx, filler, id); err != nil {
				t.Error(err)
			}
			items, err := workOf(tx, w.r, leader, casework.TabTodo)
			if len(items) != 1 || items[0].Kind != "rectification" || items[0].Title != "甲示例集聚示范区" {
				t.Errorf("got %+v", items)
			}
			return err
		})
		page, err := w.r.List(t.Context(), filler, evaluation.Filter{Year: 2026})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].DueOn == "" {
			t.Errorf("got %+v, %v", page.Rows, err)
		}
	})
}

// workOf reads the first page of a tab of one kind.
func workOf(tx *database.Tx, s casework.Service, a identity.Actor, tab casework.Tab) ([]casework.WorkItem, error) {
	page, err := casework.Work(tx, []casework.Desk{s.Desk()}, a, casework.WorkQuery{Tab: tab, Limit: 100})
	return page.Items, err
}
