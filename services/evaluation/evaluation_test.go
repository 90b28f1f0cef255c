package evaluation_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

func TestTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		v := w.view(filler, id)
		if v.Number != "CQ-KP-2026-0001" || v.State != "self_report" || v.Clocks[0].Reading.Due.String() != "2027-03-01" {
			t.Errorf("opened: %s %s due %s", v.Number, v.State, v.Clocks[0].Reading.Due)
		}
		w.drafted(id, good(), "8")
		v = w.view(officer, id)
		if *v.Total != 8660 || v.Grade != "good" || v.Result.Check.Total != 7060 || v.Result.Self.Total != 7060 {
			t.Errorf("drafted: total %s (check %s, self %s), grade %s", v.Total, v.Result.Check.Total, v.Result.Self.Total, v.Grade)
		}
		if len(v.Result.Expert.Lines) != 15 || len(v.Result.Panel.Ballots) != 0 {
			t.Errorf("got %d lines, ballots %v", len(v.Result.Expert.Lines), v.Result.Panel.Ballots)
		}
		w.must(officer, id, "publish_notice", "")
		wantKind(t, w.bySystem(w.s, id, "end_notice"), fault.Blocked)
		w.days(8)
		if err := w.bySystem(w.s, id, "end_notice"); err != nil {
			t.Fatal(err)
		}
		w.must(director, id, "confirm", "")
		v = w.view(filler, id)
		if v.State != "graded" || v.Grade != "good" || *v.Total != 8660 || v.Checked == nil || v.Result == nil || v.RectificationID != "" {
			t.Errorf("graded, to the unit: %s %s %v", v.State, v.Grade, v.Total)
		}
		if z := w.zone(w.ids[0]); z.State != "in_force" || len(z.Grades) != 1 {
			t.Errorf("zone: %s, grades %v", z.State, z.Grades)
		}
	})
}

func TestPeersAreComparedOverTheirCheckedFigures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var ids []string
		for i, revenue := range []string{"100", "200", "300"} {
			id := w.open(w.ids[i])
			reported := good()
			reported.Figures["revenue"] = "999"
			w.file(id, reported)
			if i == 2 {
				if got := w.view(officer, ids[0]).Result.Peers; got != 1 {
					t.Errorf("with one zone whose check is not passed: %d peers, want 1", got)
				}
			}
			checked := good()
			checked.Figures["revenue"] = revenue
			checked.Notes = map[string]string{"revenue": "按统计口径核减"}
			w.check(id, checked)
			ids = append(ids, id)
		}
		for i, want := range []policy.Points{600, 800, 1000} {
			v := w.view(officer, ids[i])
			if !v.Preview || v.Result.Peers != 2 {
				t.Fatalf("zone %d: preview %v, %d peers", i, v.Preview, v.Result.Peers)
			}
			if got := v.Result.Check.Lines[0]; got.Code != "revenue" || got.Points != want {
				t.Errorf("zone %d: %s gets %s, want %s", i, got.Code, got.Points, want)
			}
		}
		if v := w.view(filler, ids[0]); v.Result != nil {
			t.Error("the unit sees the figures of others before the grade")
		}
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`UPDATE zone SET sectors = '["logistics","finance"]' WHERE id = ?`, w.ids[2])
			return err
		})
		if got := w.view(officer, ids[0]).Result.Peers; got != 1 {
			t.Errorf("with one zone of another main sector: %d peers, want 1", got)
		}
	})
}

func TestNotFiled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.openYear(w.ids[0], 2025, "2026-12-15")
		*w.at = time.Date(2026, 12, 15, 15, 59, 59, 0, time.UTC)
		wantKind(t, w.bySystem(w.s, id, "not_filed"), fault.Blocked)
		wantKind(t, w.do(officer, id, "not_filed", ""), fault.Forbidden)
		*w.at = w.at.Add(time.Second)
		if err := w.bySystem(w.s, id, "not_filed"); err != nil {
			t.Fatal(err)
		}
		v := w.view(filler, id)
		if v.State != "graded" || v.Grade != "unqualified" || !v.Result.Absent || v.RectificationID == "" {
			t.Errorf("got %s %s, absent %v, rectification %q", v.State, v.Grade, v.Result.Absent, v.RectificationID)
		}
		if got := w.zone(w.ids[0]).State; got != "rectifying" {
			t.Errorf("zone: got %s", got)
		}
	})
}

// TestSecondUnqualifiedYear: two in a row lead to a proposal to revoke instead of another
// rectification.
func TestSecondUnqualifiedYear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, year := range []int{2025, 2026} {
			id := w.openYear(w.ids[0], year, "2026-12-15")
			*w.at = time.Date(2026, 12, 16, 1, 0, 0, 0, time.UTC)
			if err := w.bySystem(w.s, id, "not_filed"); err != nil {
				t.Fatal(err)
			}
			*w.at = time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
		}
		if got := w.zone(w.ids[0]).State; got != "revocation_proposed" {
			t.Errorf("zone: got %s", got)
		}
		page, err := w.r.List(t.Context(), officer, evaluation.Filter{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Year != 2025 {
			t.Errorf("rectifications: %+v, %v", page.Rows, err)
		}
	})
}

func TestTwoPersons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		w.check(id, good())
		wantKind(t, w.do(both, id, "draft_grade", ""), fault.Blocked) // no scores yet
		w.score(id, "8")
		w.must(both, id, "draft_grade", "")
		w.must(officer, id, "publish_notice", "")
		w.days(9)
		if err := w.bySystem(w.s, id, "end_notice"); err != nil {
			t.Fatal(err)
		}
		wantKind(t, w.do(both, id, "confirm", ""), fault.Blocked)
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO objection (id, number, notice_id, subject_kind, subject_id, status, version, objector_kind, objector_name, contact, body, created_at, updated_at)
				SELECT 'o1', 'YY-1', n.id, n.subject_kind, n.subject_id, 'received', 1, 'individual', '张三', '1', '异议', ?, ? FROM notice n WHERE n.subject_id = ?`, tx.Now(), tx.Now(), id)
			return err
		})
		wantKind(t, w.do(director, id, "confirm", ""), fault.Blocked)
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE objection SET status = 'dismissed' WHERE id = 'o1'")
			return err
		})
		w.must(director, id, "confirm", "")
	})
}

func TestRedoTakesTheGradeBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.drafted(id, good(), "8")
		w.must(director, id, "redo", "请核对增加值口径")
		v := w.view(officer, id)
		if v.State != "scoring" || v.Total != nil || v.Grade != "" || !v.Preview {
			t.Errorf("got %s, total %v, grade %q, preview %v", v.State, v.Total, v.Grade, v.Preview)
		}
		for _, e := range w.view(filler, id).History {
			if e.Action == "redo" && e.Reason != "" {
				t.Errorf("the unit reads an internal reason: %q", e.Reason)
			}
		}
		w.must(officer, id, "draft_grade", "")
	})
}

func TestReturnedReportKeepsItsVersions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		first := w.view(officer, id)
		*w.at = time.Date(2027, 3, 10, 1, 0, 0, 0, time.UTC)
		w.must(officer, id, "return_report", "税收数据与入库数不符")
		v := w.view(filler, id)
		if v.State != "self_report" || !v.Working || v.Clocks[0].Reading.Due.String() != "2027-03-24" {
			t.Errorf("returned: %s, working %v, due %s", v.State, v.Working, v.Clocks[0].Reading.Due)
		}
		changed := good()
		changed.Figures["tax"] = "61"
		w.file(id, changed)
		second := w.view(officer, id)
		if second.SubmittedNo != 2 || second.Digest == first.Digest || second.Self.Figures["tax"] != "61" || first.Self.Figures["tax"] != "60" {
			t.Errorf("got version %d, tax %s", second.SubmittedNo, second.Self.Figures["tax"])
		}
		err := w.db.Update(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE evaluation_version SET content = '{}' WHERE evaluation_id = ?", id)
			return err
		})
		if err == nil {
			t.Error("a signed version could be changed")
		}
	})
}

func TestColumnsAreSeenInTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		w.check(id, good())
		w.score(id, "8")
		w.must(officer, id, "draft_grade", "")
		tests := []struct {
			name            string
			actor           identity.Actor
			checked, result bool
		}{
			{"filler", filler, false, false}, {"leader", leader, false, false}, {"officer", officer, true, true}, {"supervision", supervisor, true, true},
			{"statistics", statistics, true, false}, {"expert who has scored", expert("e1"), true, false},
		}
		for _, tt := range tests {
			v := w.view(tt.actor, id)
			if (v.Checked != nil) != tt.checked || (v.Result != nil) != tt.result || (v.Total != nil) != tt.result || (v.Grade != "") != tt.result {
				t.Errorf("%s: checked %v, result %v, total %v, grade %q", tt.name, v.Checked != nil, v.Result != nil, v.Total, v.Grade)
			}
			page, err := w.s.List(t.Context(), tt.actor, evaluation.Filter{Year: 2026})
			if err != nil || len(page.Rows) != 1 || (page.Rows[0].Grade != "") != tt.result || (page.Rows[0].Total != nil) != tt.result {
				t.Errorf("%s: list %+v, %v", tt.name, page.Rows, err)
			}
		}
	})
}

func TestOthersSeeNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		w.check(id, good())
		recused := actor("officer-2", "sdrc", workflows.Officer)
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES (?, ?, 'x', 'sdrc', ?, ?)", recused.ID, recused.ID, tx.Now(), tx.Now())
			if err != nil {
				return err
			}
			return w.reviews.Declare(tx, officer, ref(id), review.Recusal{PersonID: recused.ID, Kind: "other", Reason: "亲属在该企业任职"})
		})
		for _, a := range []identity.Actor{stranger, expert("e3"), recused, actor("d", "x", workflows.Department), actor("x", "x", workflows.SystemAdmin)} {
			_, err := w.s.View(t.Context(), a, id)
			wantKind(t, err, fault.NotFound)
			_, err = w.s.Actions(t.Context(), a, id)
			wantKind(t, err, fault.NotFound)
			_, err = w.s.Do(t.Context(), a, casework.Command{ID: id, Action: "draft_grade", Version: 1})
			wantKind(t, err, fault.NotFound)
			_, err = w.s.SaveSelf(t.Context(), a, id, 1, text(t, good()))
			wantKind(t, err, fault.NotFound)
			w.update(func(tx *database.Tx) error {
				wantKind(t, w.s.Reading(tx, a, id), fault.NotFound)
				_, err := w.s.Writing(tx, a, id, "self-report")
				wantKind(t, err, fault.NotFound)
				wantKind(t, w.s.Touched(tx, a, id), fault.NotFound)
				return nil
			})
			if page, err := w.s.List(t.Context(), a, evaluation.Filter{}); err != nil || len(page.Rows) != 0 {
				t.Errorf("%s lists %d rows, %v", a.ID, len(page.Rows), err)
			}
		}
		_, err := w.s.View(t.Context(), officer, "no\x00where")
		wantKind(t, err, fault.NotFound)
	})
}

// TestPermissions puts every action of every role in every state to the service and compares
// the refusal with the table.
func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		w.update(func(tx *database.Tx) error { // the clock of the self-report runs again, as it does in its states
			_, err := tx.Exec("UPDATE deadline SET ended_at = NULL WHERE clock = 'self_report' AND case_id = ?", id)
			return err
		})
		for _, st := range workflows.Evaluation.States {
			w.update(func(tx *database.Tx) error {
				_, err := tx.Exec("UPDATE evaluation SET status = ? WHERE id = ?", string(st.State), id) // the test stands in any state
				return err
			})
			for _, role := range workflows.Roles() {
				for _, action := range workflows.Evaluation.Actions() {
					probe(t, w, w.s, workflows.Evaluation, casework.Command{ID: id, Action: action}, actor("probe", "500105", role))
				}
			}
		}
	})
}

var errRollBack = errors.New("rolled back")

// probe tries a command and rolls it back.
func probe(t *testing.T, w *world, s casework.Service, table *workflows.Workflow, c casework.Command, a identity.Actor) {
	t.Helper()
	var state workflows.State
	err := w.db.Update(t.Context(), func(tx *database.Tx) error {
		var now struct {
			Version int64
			Status  string
		}
		if err := tx.One(&now, "SELECT version, status FROM "+string(s.Kind())+" WHERE id = ?", c.ID); err != nil {
			return err
		}
		state, c.Version, c.Reason = workflows.State(now.Status), now.Version, "足够长的理由"
		if _, err := s.DoTx(tx, a, c); err != nil {
			return err
		}
		return errRollBack
	})
	row, known := table.Row(state, c.Action)
	var want []fault.Kind
	switch {
	case !a.ReadsAll() && !a.Any(workflows.Filler, workflows.Leader, workflows.Statistics):
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
		t.Errorf("%s by %v in %s: got %v, want kind %v", c.Action, a.Roles, state, err, want)
	}
}

func TestStaleAndRepeated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		saved, err := w.s.SaveSelf(t.Context(), filler, id, 1, text(t, good()))
		if err != nil || saved.Version != 2 || len(saved.Problems) == 0 {
			t.Fatalf("got %+v, %v", saved, err)
		}
		same, err := w.s.SaveSelf(t.Context(), filler, id, 2, text(t, good()))
		if err != nil || same.Version != 2 {
			t.Errorf("saving the same: version %d, %v", same.Version, err)
		}
		mine := good()
		mine.Figures["tax"] = "61"
		_, err = w.s.SaveSelf(t.Context(), filler, id, 1, text(t, mine))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "stale" {
			t.Fatalf("got %v, want stale", err)
		}
		want := []evaluation.ConflictField{{Path: "figures.tax", Mine: "61", Theirs: "60"}}
		if diff := cmp.Diff(f.Detail.(map[string]any)["fields"], want); diff != "" {
			t.Errorf("both values (-got +want):\n%s", diff)
		}
		_, err = w.s.Do(t.Context(), filler, casework.Command{ID: id, Action: "send_to_sign", Version: 1})
		wantKind(t, err, fault.Conflict)
		in := evaluation.Opening{ZoneID: w.ids[1], Year: 2026, Key: "k"}
		first, err := w.s.Open(t.Context(), officer, in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.s.Open(t.Context(), officer, in)
		if diff := cmp.Diff(again, first); err != nil || diff != "" {
			t.Errorf("again: %v (-got +want):\n%s", err, diff)
		}
		in.Due = "2026-12-30"
		_, err = w.s.Open(t.Context(), officer, in)
		wantKind(t, err, fault.Conflict)
	})
}

func TestOpening(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tests := []struct {
			name  string
			actor identity.Actor
			in    evaluation.Opening
			want  fault.Kind
		}{
			{"not an officer", director, evaluation.Opening{ZoneID: w.ids[0], Year: 2026}, fault.Forbidden},
			{"no such zone", officer, evaluation.Opening{ZoneID: "none", Year: 2026}, fault.Invalid},
			{"a year to come", officer, evaluation.Opening{ZoneID: w.ids[0], Year: 2027}, fault.Invalid},
			{"before the accreditation", officer, evaluation.Opening{ZoneID: w.ids[0], Year: 2023, Due: "2026-12-30"}, fault.Invalid},
			{"the day of the rule set has passed", officer, evaluation.Opening{ZoneID: w.ids[0], Year: 2025}, fault.Invalid},
			{"a day that has passed", officer, evaluation.Opening{ZoneID: w.ids[0], Year: 2025, Due: "2026-11-23"}, fault.Invalid},
			{"not a day", officer, evaluation.Opening{ZoneID: w.ids[0], Year: 2025, Due: "2026-13-01"}, fault.Invalid},
		}
		for _, tt := range tests {
			_, err := w.s.Open(t.Context(), tt.actor, tt.in)
			if fault.KindOf(err) != tt.want || err == nil {
				t.Errorf("%s: got %v", tt.name, err)
			}
		}
		w.open(w.ids[1])
		_, err := w.s.Open(t.Context(), officer, evaluation.Opening{ZoneID: w.ids[1], Year: 2026})
		wantKind(t, err, fault.Blocked)
		outs, err := w.s.OpenYear(t.Context(), officer, evaluation.Opening{Year: 2026})
		if err != nil || len(outs) != 2 {
			t.Errorf("year: opened %d, %v", len(outs), err)
		}
		if outs, err = w.s.OpenYear(t.Context(), officer, evaluation.Opening{Year: 2026}); err != nil || len(outs) != 0 {
			t.Errorf("the year again: opened %d, %v", len(outs), err)
		}
	})
}

func TestPrefillAsksToLookAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		last := w.openYear(w.ids[0], 2025, "2026-12-15")
		w.graded(last, good(), "8")
		id := w.open(w.ids[0])
		v := w.view(filler, id)
		if diff := cmp.Diff(v.Self.Figures, map[string]string{"firms": "35", "above-scale-firms": "6", "platforms": "3"}); diff != "" {
			t.Errorf("prefilled (-got +want):\n%s", diff)
		}
		if v.Last == nil || v.Last.Figures["revenue"] != "1200.5" {
			t.Errorf("last year's column: %+v", v.Last)
		}
		sheet := good()
		sheet.Carried = v.Self.Carried
		sheet.Figures["firms"] = "36"
		saved, err := w.s.SaveSelf(t.Context(), filler, id, v.Version, text(t, sheet))
		if err != nil {
			t.Fatal(err)
		}
		var carried []string
		for _, p := range saved.Problems {
			if p.Code == "evaluation.figure_carried" {
				carried = append(carried, p.Path)
			}
		}
		if diff := cmp.Diff(carried, []string{"figures.above-scale-firms", "figures.platforms"}); diff != "" {
			t.Errorf("still to be confirmed (-got +want):\n%s", diff)
		}
		sheet.Carried = nil
		saved, err = w.s.SaveSelf(t.Context(), filler, id, saved.Version, text(t, sheet))
		if err != nil || slices.ContainsFunc(saved.Problems, func(f fault.Field) bool { return f.Code == "evaluation.figure_carried" }) {
			t.Errorf("confirmed: %v, %v", saved.Problems, err)
		}
	})
}

func TestSelfComplete(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		claimed := good()
		claimed.Bonuses = map[string]string{"national-pilot": "3"}
		if _, err := w.s.SaveSelf(t.Context(), filler, id, 1, text(t, claimed)); err != nil {
			t.Fatal(err)
		}
		wantKind(t, w.do(filler, id, "send_to_sign", ""), fault.Blocked)
		w.attach(ref(id), "self-report", "evaluation-commitment")
		var missing []string
		for _, p := range w.view(filler, id).Problems {
			missing = append(missing, p.Path)
		}
		if diff := cmp.Diff(missing, []string{"materials[evaluation-evidence]", "materials[bonus-evidence]"}); diff != "" {
			t.Errorf("missing (-got +want):\n%s", diff)
		}
		w.attach(ref(id), "evaluation-evidence", "bonus-evidence")
		w.must(filler, id, "send_to_sign", "")
		_, err := w.s.SaveSelf(t.Context(), filler, id, 3, text(t, good()))
		wantKind(t, err, fault.Conflict)
		w.must(leader, id, "send_back", "营业收入请再核对")
		if v := w.view(filler, id); v.State != "self_report" {
			t.Errorf("got %s", v.State)
		}
	})
}

func TestCheckNeedsGroundsForWhatItChanges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		_, err := w.s.SaveChecked(t.Context(), filler, id, 4, text(t, good()))
		wantKind(t, err, fault.Forbidden)
		wantKind(t, w.do(officer, id, "pass_check", ""), fault.Blocked)
		checked := good()
		checked.Figures["tax"] = "50"
		checked.Deductions = map[string]string{"late-reports": "2.5"}
		checked.Vetoes = []string{"fraud"}
		saved, err := w.s.SaveChecked(t.Context(), officer, id, w.view(officer, id).Version, text(t, checked))
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, p := range saved.Problems {
			paths = append(paths, p.Path)
		}
		if diff := cmp.Diff(paths, []string{"figures.tax", "deductions.late-reports", "vetoes"}); diff != "" {
			t.Errorf("without a note (-got +want):\n%s", diff)
		}
		checked.Notes = map[string]string{"tax": "按入库数", "late-reports": "二季度迟报", "fraud": "伪造合同"}
		w.check(id, checked)
		w.score(id, "8")
		w.must(officer, id, "draft_grade", "")
		if v := w.view(officer, id); v.Grade != "unqualified" || v.Result.Expert.Deduction != 250 || len(v.Result.Expert.Vetoes) != 1 {
			t.Errorf("got %s, deduction %s, vetoes %v", v.Grade, v.Result.Expert.Deduction, v.Result.Expert.Vetoes)
		}
	})
}

func TestCancelEndsTheReviews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		w.check(id, good())
		if _, err := w.reviews.Invite(t.Context(), officer, ref(id), []string{"e1"}, ""); err != nil {
			t.Fatal(err)
		}
		w.must(director, id, "cancel", "示范区区划调整")
		_, err := w.s.View(t.Context(), expert("e1"), id)
		wantKind(t, err, fault.NotFound)
		if v := w.view(filler, id); v.State != "cancelled" {
			t.Errorf("got %s", v.State)
		}
	})
}

// An objection that an earlier notice left open ends with the evaluation.
func TestCancelMakesObjectionsMoot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.drafted(id, good(), "8")
		w.must(officer, id, "publish_notice", "")
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO objection (id, number, notice_id, subject_kind, subject_id, status, version, objector_kind, objector_name, contact, body, created_at, updated_at)
				SELECT 'o1', 'YY-1', n.id, n.subject_kind, n.subject_id, 'received', 1, 'individual', '张三', '1', '异议', ?, ? FROM notice n WHERE n.subject_id = ?`, tx.Now(), tx.Now(), id)
			return err
		})
		w.days(9)
		if err := w.bySystem(w.s, id, "end_notice"); err != nil {
			t.Fatal(err)
		}
		state := func() (s string) {
			w.update(func(tx *database.Tx) error { return tx.One(&s, "SELECT status FROM objection WHERE id = 'o1'") })
			return s
		}
		w.must(director, id, "redo", "重新评分")
		if got := state(); got != "received" {
			t.Errorf("after the grade was taken back: %s", got)
		}
		w.must(director, id, "cancel", "示范区区划调整")
		if got := state(); got != "moot" {
			t.Errorf("after the evaluation was cancelled: %s", got)
		}
	})
}

func TestWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		list := func(a identity.Actor, tab casework.Tab) (n int) {
			w.update(func(tx *database.Tx) error {
				items, err := workOf(tx, w.s, a, tab)
				if len(items) > 0 && (items[0].ID != id || items[0].DueOn != "2027-03-01" || items[0].Overdue) {
					t.Errorf("%s: got %+v", a.ID, items[0])
				}
				n = len(items)
				return err
			})
			return n
		}
		got := []int{list(filler, casework.TabTodo), list(leader, casework.TabTodo), list(stranger, casework.TabTodo), list(officer, casework.TabStarted),
			list(officer, casework.TabDone), list(supervisor, casework.TabCopied), list(expert("e1"), casework.TabTodo)}
		if diff := cmp.Diff(got, []int{1, 0, 0, 1, 0, 0, 0}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	})
}

func TestRubricFollowsTheExpertIndicators(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.update(func(tx *database.Tx) error {
			sub, err := w.s.ReviewSubject(tx, ref(id))
			if err != nil {
				return err
			}
			if len(sub.Rubric.Criteria) != 2 || sub.Rubric.Criteria[0].Code != "innovation" || sub.Rubric.Criteria[0].Max != 1000 || sub.Scoring ||
				sub.Rubric.SpreadLimit.Value != 400 || sub.Unit != "500105" || sub.BodyName != "示例发展有限公司" {
				t.Errorf("got %+v", sub)
			}
			_, err = w.s.NoticeSubject(tx, casework.Ref{Kind: "application", ID: id})
			wantKind(t, err, fault.NotFound)
			return nil
		})
	})
}

func TestDataIsReadStrictly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.drafted(id, good(), "8")
		for _, data := range []string{`{"starts_on":"2026-11-01"}`, `{"x":1}`, `[`, `{"starts_on":5}`} {
			_, err := w.s.Do(t.Context(), clerk, casework.Command{ID: id, Action: "publish_notice", Version: w.view(officer, id).Version, Data: json.RawMessage(data)})
			wantKind(t, err, fault.Invalid)
		}
	})
}
