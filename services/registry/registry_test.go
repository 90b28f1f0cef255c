package registry_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

func TestEstablish(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.view(w.a)
		if v.Number != "CQ-SFQ-2026-001" || w.view(w.b).Number != "CQ-SFQ-2026-002" {
			t.Errorf("got numbers %s and %s", v.Number, w.view(w.b).Number)
		}
		if v.State != "in_force" || v.Version != 1 || v.ValidFrom != "2026-11-23" || v.ValidTo != "2029-11-23" {
			t.Errorf("got %s version %d valid %s to %s", v.State, v.Version, v.ValidFrom, v.ValidTo)
		}
		if v.RenewalFrom != "2029-05-23" {
			t.Errorf("renewal from: got %s", v.RenewalFrom)
		}
		if len(v.Clocks) != 1 || v.Clocks[0].Name != workflows.ClockValidity || v.Clocks[0].Reading.Due.String() != v.ValidTo {
			t.Errorf("got clocks %+v", v.Clocks)
		}
		if len(v.Boundaries) != 1 || v.Boundaries[0].Texts != [4]string{"东路", "南路", "西路", "北路"} || !json.Valid(v.Boundaries[0].GeoJSON) {
			t.Errorf("got boundaries %+v", v.Boundaries)
		}
		var codes []string
		for _, m := range v.Measures {
			codes = append(codes, m.Code)
		}
		if diff := cmp.Diff(codes, []string{"fund-priority", "measure-20", "measure-21"}); diff != "" {
			t.Errorf("measures (-got +want):\n%s", diff)
		}
		if n := w.count("SELECT count(*) FROM outbox WHERE topic = 'certificate' AND case_id = ?", w.a); n != 1 {
			t.Errorf("got %d certificate rows in the outbox, want 1", n)
		}
		if n := w.count("SELECT count(*) FROM outbox WHERE topic = 'notice' AND event_key = ?", "accredited/"+w.a); n != 1 {
			t.Errorf("got %d notices of accreditation, want 1", n)
		}
	})
}

func TestEstablishNeedsADecision(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.grant("丙")
		g.DocumentNumber = ""
		err := w.db.Update(t.Context(), func(tx *database.Tx) error {
			_, err := w.s.Establish(tx, director, g)
			return err
		})
		wantKind(t, err, fault.Blocked)
		err = w.db.Update(t.Context(), func(tx *database.Tx) error {
			_, err := w.s.Establish(tx, officer, w.grant("丙"))
			return err
		})
		wantKind(t, err, fault.Forbidden)
		if n := w.count("SELECT count(*) FROM zone"); n != 2 {
			t.Errorf("got %d zones, want 2", n)
		}
	})
}

// TestPermissions puts every action of every role in every state to the service and compares
// the refusal with the table.
func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, st := range workflows.Zone.States {
			w.update(func(tx *database.Tx) error {
				_, err := tx.Exec("UPDATE zone SET status = ? WHERE id = ?", string(st.State), w.a) // the test stands in any state
				return err
			})
			for _, role := range workflows.Roles() {
				a := actor("probe", "500105", role)
				for _, action := range workflows.Zone.Actions() {
					w.probe(t, st.State, a, action)
				}
			}
		}
	})
}

func (w *world) probe(t *testing.T, state workflows.State, a identity.Actor, action workflows.Action) {
	t.Helper()
	err := w.db.Update(t.Context(), func(tx *database.Tx) error {
		var version int64
		if err := tx.One(&version, "SELECT version FROM zone WHERE id = ?", w.a); err != nil {
			return err
		}
		_, err := w.s.DoTx(tx, a, casework.Command{ID: w.a, Action: action, Version: version, Reason: "足够长的理由"})
		if err == nil {
			err = errRollBack
		}
		return err
	})
	row, known := workflows.Zone.Row(state, action)
	visible := a.ReadsAll() || a.Any(workflows.Filler, workflows.Leader, workflows.Statistics)
	var want []fault.Kind
	switch {
	case !visible:
		want = []fault.Kind{fault.NotFound}
	case !known:
		want = []fault.Kind{fault.Conflict}
	case !a.Any(row.Roles...):
		want = []fault.Kind{fault.Forbidden}
	case len(row.Needs) > 0:
		want = []fault.Kind{fault.Blocked, fault.Internal} // Internal: it went through and was rolled back
	default:
		want = []fault.Kind{fault.Internal}
	}
	if got := fault.KindOf(err); !slices.Contains(want, got) || got == fault.Internal && !errors.Is(err, errRollBack) {
		t.Errorf("%s by %v in %s: got %v, want kind %v", action, a.Roles, state, err, want)
	}
}

type rollBack struct{}

func (rollBack) Error() string { return "rolled back" }

var errRollBack = rollBack{}

func TestRevocation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.do(officer, w.a, "propose_revocation", "没有依据的提议")
		wantKind(t, err, fault.Blocked)
		w.evaluated(w.a, 2026, "unqualified")
		both := actor("both", "sdrc", workflows.Officer, workflows.Director)
		w.must(both, w.a, "propose_revocation", "年度考评不合格")
		_, err = w.do(director, w.a, "revoke", "单位尚未陈述")
		wantKind(t, err, fault.Blocked)
		w.must(leader, w.a, "state", "已经整改,请维持认定")
		if got := w.view(w.a).Statement; got != "已经整改,请维持认定" {
			t.Errorf("got statement %q", got)
		}
		_, err = w.do(both, w.a, "revoke", "提出的人不得决定")
		wantKind(t, err, fault.Blocked)
		w.must(director, w.a, "revoke", "整改后仍不符合条件")
		v := w.view(w.a)
		if v.State != "revoked" || v.Certificates[0].State != "revoked" {
			t.Errorf("got zone %s, certificate %s", v.State, v.Certificates[0].State)
		}
		if n := w.count("SELECT count(*) FROM deadline WHERE kind = 'zone' AND case_id = ? AND ended_at IS NULL", w.a); n != 0 {
			t.Errorf("%d clocks still run", n)
		}
	})
}

func TestRevocationWithoutStatement(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.evaluated(w.a, 2026, "unqualified")
		w.update(func(tx *database.Tx) error { return w.s.ProposeRevocation(tx, w.a, "整改未通过") })
		*w.at = w.at.AddDate(0, 0, 13)
		_, err := w.do(director, w.a, "revoke", "期限还没有届满")
		wantKind(t, err, fault.Blocked)
		*w.at = w.at.AddDate(0, 0, 2) // ten working days after 11-23 end with 12-07
		w.must(director, w.a, "revoke", "逾期未陈述,予以撤销")
	})
}

func TestKeepForgetsNothingAndAsksAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.evaluated(w.a, 2026, "unqualified")
		w.update(func(tx *database.Tx) error { return w.s.ProposeRevocation(tx, w.a, "整改未通过") })
		w.must(leader, w.a, "state", "请求维持认定")
		w.must(director, w.a, "keep", "情况已经改善")
		w.must(officer, w.a, "propose_revocation", "再次不合格")
		if v := w.view(w.a); v.Statement != "" {
			t.Errorf("an old statement answers a new proposal: %q", v.Statement)
		}
		_, err := w.do(director, w.a, "revoke", "单位尚未陈述申辩")
		wantKind(t, err, fault.Blocked)
	})
}

func TestRectificationFollows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		begin := func() error {
			return w.db.Update(t.Context(), func(tx *database.Tx) error {
				return w.s.BeginRectification(tx, w.a, map[string]any{"evaluation": "CQ-KP-2026-0001"})
			})
		}
		wantKind(t, begin(), fault.Blocked)
		w.evaluated(w.a, 2026, "unqualified")
		if err := begin(); err != nil {
			t.Fatal(err)
		}
		if err := begin(); err != nil {
			t.Errorf("a second time: got %v, want nothing to happen", err)
		}
		end := func() error {
			return w.db.Update(t.Context(), func(tx *database.Tx) error { return w.s.EndRectification(tx, w.a, nil) })
		}
		wantKind(t, end(), fault.Blocked)
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO rectification (id, number, evaluation_id, zone_id, unit_code, rule_set_id, workflow_version, status, version, items, created_at, updated_at)
				SELECT 'r1', 'ZG-1', e.id, e.zone_id, e.unit_code, e.rule_set_id, 1, 'passed', 5, '[]', e.created_at, e.updated_at FROM evaluation e WHERE e.zone_id = ?`, w.a)
			return err
		})
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if v := w.view(w.a); v.State != "in_force" || v.Version != 3 {
			t.Errorf("got %s version %d", v.State, v.Version)
		}
	})
}

func TestRenewal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.do(leader, w.a, "request_renewal", "申请延续三年")
		wantKind(t, err, fault.Blocked)
		_, err = w.do(director, w.a, "renew", "没有申请不得延续")
		wantKind(t, err, fault.Blocked)
		*w.at = time.Date(2029, 6, 1, 1, 0, 0, 0, time.UTC)
		w.must(leader, w.a, "request_renewal", "申请延续三年")
		w.must(director, w.a, "renew", "复核合格,准予延续")
		v := w.view(w.a)
		if v.ValidTo <= "2032-11-22" || v.ValidTo > "2032-11-30" || v.RenewalAsked {
			t.Errorf("got valid to %s, asked %v", v.ValidTo, v.RenewalAsked)
		}
		if len(v.Certificates) != 2 || v.Certificates[0].State != "issued" || v.Certificates[1].State != "superseded" {
			t.Errorf("got certificates %+v", v.Certificates)
		}
		if v.Clocks[0].Reading.Due.String() != v.ValidTo {
			t.Errorf("the clock ends on %s, the validity on %s", v.Clocks[0].Reading.Due, v.ValidTo)
		}
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		*w.at = time.Date(2029, 11, 23, 15, 59, 0, 0, time.UTC) // the last minute of the last day in Shanghai
		_, err := w.system(w.a, "expire")
		wantKind(t, err, fault.Blocked)
		*w.at = w.at.Add(time.Minute)
		number := w.view(w.a).Certificates[0].Number
		if c, err := w.s.CheckCertificate(t.Context(), number); err != nil || c.State != "expired" {
			t.Errorf("certificate after the last day: got %s, %v", c.State, err)
		}
		if _, err := w.system(w.a, "expire"); err != nil {
			t.Fatal(err)
		}
		if v := w.view(w.a); v.State != "expired" || v.Certificates[0].State != "expired" {
			t.Errorf("got zone %s, certificate %s", v.State, v.Certificates[0].State)
		}
	})
}

func TestVisibility(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		expert := actor("expert", "inst", workflows.Evaluator)
		heir := actor("heir", "liangjiang", workflows.Filler)
		tests := []struct {
			name  string
			actor identity.Actor
			sees  bool
		}{
			{"own filler", filler, true}, {"own leader", leader, true}, {"successor", heir, true}, {"another district", other, false},
			{"commission", officer, true}, {"supervision", actor("s", "x", workflows.Supervision), true},
			{"statistics", actor("s", "x", workflows.Statistics), true}, {"department", actor("d", "x", workflows.Department), false},
			{"administrator", actor("d", "x", workflows.SystemAdmin), false}, {"evaluator without a review", expert, false},
		}
		for _, tt := range tests {
			_, err := w.s.View(t.Context(), tt.actor, w.a)
			page, listErr := w.s.Zones(t.Context(), tt.actor, registry.Filter{})
			if listErr != nil {
				t.Fatal(listErr)
			}
			if tt.sees != (err == nil) || tt.sees != (len(page.Rows) == 2) || err != nil && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: view %v, %d rows; sees should be %v", tt.name, err, len(page.Rows), tt.sees)
			}
			_, err = w.s.Actions(t.Context(), tt.actor, w.a)
			if tt.sees != (err == nil) {
				t.Errorf("%s: actions: %v", tt.name, err)
			}
		}
		w.reviewed(expert.ID)
		if _, err := w.s.View(t.Context(), expert, w.a); err != nil {
			t.Errorf("evaluator with a review: %v", err)
		}
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at)
				VALUES ('x', 'evaluation', (SELECT id FROM evaluation WHERE zone_id = ?), ?, 'other', '利益关系', ?, ?)`, w.a, expert.ID, expert.ID, tx.Now())
			return err
		})
		_, err := w.s.View(t.Context(), expert, w.a)
		wantKind(t, err, fault.NotFound)
	})
}

// reviewed invites an evaluator to the evaluation of zone a.
func (w *world) reviewed(person string) {
	w.evaluated(w.a, 2025, "good")
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES (?, ?, '专家', 'inst', ?, ?)", person, person, tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO review (id, number, subject_kind, subject_id, evaluator_id, status, version, invited_by, created_at, updated_at)
			VALUES ('rv', 'PS-1', 'evaluation', (SELECT id FROM evaluation WHERE zone_id = ?), ?, 'accepted', 1, 'officer', ?, ?)`, w.a, person, tx.Now(), tx.Now())
		return err
	})
}

func TestStaleAndRepeated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.evaluated(w.a, 2026, "unqualified")
		c := casework.Command{ID: w.a, Action: "propose_revocation", Version: 1, Reason: "年度考评不合格", Key: "k1"}
		first, err := w.s.Do(t.Context(), officer, c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.s.Do(t.Context(), officer, c)
		if diff := cmp.Diff(again, first); err != nil || diff != "" {
			t.Errorf("again: %v (-got +want):\n%s", err, diff)
		}
		c.Reason = "另一个理由而已"
		_, err = w.s.Do(t.Context(), officer, c)
		wantKind(t, err, fault.Conflict)
		_, err = w.s.Do(t.Context(), leader, casework.Command{ID: w.a, Action: "state", Version: 1, Reason: "看到的是旧版本"})
		wantKind(t, err, fault.Conflict)
		_, err = w.s.Do(t.Context(), director, casework.Command{ID: w.a, Action: "keep", Version: 2, Reason: "短"})
		wantKind(t, err, fault.Invalid)
		_, err = w.s.Do(t.Context(), director, casework.Command{ID: w.a, Action: "keep", Version: 2, Reason: "足够长的理由", Data: json.RawMessage(`{"x":1}`)})
		wantKind(t, err, fault.Invalid)
	})
}

func TestNeighbours(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		names := func() (out []string) {
			w.update(func(tx *database.Tx) error {
				found, err := w.s.Neighbours(tx, "none")
				out = nil
				for _, b := range found {
					out = append(out, b.Name)
				}
				return err
			})
			return out
		}
		if diff := cmp.Diff(names(), []string{"甲示例集聚示范区", "乙示例集聚示范区"}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
		*w.at = time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)
		if _, err := w.system(w.a, "expire"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(names(), []string{"乙示例集聚示范区"}); diff != "" {
			t.Errorf("after expiry (-got +want):\n%s", diff)
		}
	})
}

func TestLists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tests := []struct {
			name   string
			filter registry.Filter
			want   int
		}{
			{"all", registry.Filter{}, 2}, {"by name", registry.Filter{Search: "甲示例"}, 1}, {"by number, any case", registry.Filter{Search: "cq-sfq-2026-002"}, 1},
			{"a percent sign is no wildcard", registry.Filter{Search: "%"}, 0}, {"sector", registry.Filter{Sector: "finance"}, 2},
			{"part of a sector code", registry.Filter{Sector: "fin"}, 0}, {"unit", registry.Filter{Unit: "500112"}, 0}, {"state", registry.Filter{State: "revoked"}, 0},
		}
		for _, tt := range tests {
			page, err := w.s.PublicZones(t.Context(), tt.filter)
			if err != nil || len(page.Rows) != tt.want {
				t.Errorf("%s: got %d rows, %v, want %d", tt.name, len(page.Rows), err, tt.want)
			}
		}
		first, err := w.s.Zones(t.Context(), officer, registry.Filter{Limit: 1})
		if err != nil || len(first.Rows) != 1 || first.Next == "" || first.Rows[0].ID != w.b {
			t.Fatalf("first page: %+v, %v", first, err)
		}
		second, err := w.s.Zones(t.Context(), officer, registry.Filter{Limit: 1, Cursor: first.Next})
		if err != nil || len(second.Rows) != 1 || second.Next != "" || second.Rows[0].ID != w.a {
			t.Errorf("second page: %+v, %v", second, err)
		}
		w.evaluated(w.a, 2025, "good")
		public, err := w.s.PublicZone(t.Context(), w.a)
		if err != nil || public.UnitName != "江北区人民政府" || len(public.Grades) != 1 || len(public.Measures) != 3 || len(public.GeoJSON) == 0 {
			t.Errorf("public zone: %+v, %v", public, err)
		}
		_, err = w.s.PublicZone(t.Context(), "nowhere")
		wantKind(t, err, fault.NotFound)
	})
}

func TestWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		list := func(a identity.Actor, tab casework.Tab) (n int) {
			w.update(func(tx *database.Tx) error {
				items, err := workOf(tx, w.s, a, tab)
				n = len(items)
				return err
			})
			return n
		}
		if n := list(director, casework.TabTodo); n != 0 {
			t.Errorf("nothing waits yet: got %d", n)
		}
		w.evaluated(w.a, 2026, "unqualified")
		w.must(officer, w.a, "propose_revocation", "年度考评不合格")
		got := []int{list(director, casework.TabTodo), list(leader, casework.TabTodo), list(other, casework.TabTodo), list(officer, casework.TabDone),
			list(director, casework.TabStarted), list(actor("s", "x", workflows.Supervision), casework.TabCopied)}
		if diff := cmp.Diff(got, []int{1, 1, 0, 1, 2, 0}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
		w.must(leader, w.a, "state", "已经整改,请维持认定")
		if n := list(leader, casework.TabTodo); n != 0 {
			t.Errorf("the leader has stated: got %d", n)
		}
	})
}

// workOf reads the first page of a tab of one kind.
func workOf(tx *database.Tx, s casework.Service, a identity.Actor, tab casework.Tab) ([]casework.WorkItem, error) {
	page, err := casework.Work(tx, []casework.Desk{s.Desk()}, a, casework.WorkQuery{Tab: tab, Limit: 100})
	return page.Items, err
}
