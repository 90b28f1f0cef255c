package application_test

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// One case all the way, with real files, a correction, joint opinions and a panel of five.
func TestTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler", "professional-services", "internet-cloud-data")
		w.save("filler", id, c)
		for _, s := range w.book.Rules.SlotsFor(policy.PurposeApplication) {
			if s.Required && s.Code != "firm-list" {
				_, err := w.upload("filler", id, s.Code, s.Code)
				w.must(err)
			}
		}
		if _, err := w.try("filler", app(id), "send_to_sign", "", nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.CheckClean}) {
			t.Fatalf("without the list of firms: %v", err)
		}
		list, err := w.upload("filler", id, "firm-list", "firms")
		w.must(err)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "send_back", why, nil)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("filler", app(id), "recall", "", nil)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "sign", "", nil)
		w.do("clerk", app(id), "request_correction", "", items())
		relation := c.Positioning.Relation + "补充(演示)。"
		_, err = w.apps.Save(t.Context(), w.actor("filler"), id, application.Edit{Version: w.version(app(id)), Path: "positioning.relation", Value: quoted(relation)})
		w.must(err)
		if _, err = w.upload("filler", id, "development-plan", "second plan"); err != nil {
			t.Fatal(err)
		}
		w.answerAll(id)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader2", app(id), "sign", "", nil)
		w.pass(id)
		w.do("clerk", app(id), "accept", "", nil)
		for unit, o := range w.opinions(id) {
			w.do(giver(unit), opinion(o), "give", "", agree())
		}
		experts := []string{"expert1", "expert2", "expert3", "expert4", "expert5"}
		for i, r := range w.invite(id, experts...) {
			w.scored(id, r, experts[i])
		}
		w.do("officer", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		w.do("director", app(id), "accredit", why, numbered())

		v := w.view("filler", id)
		if v.State != "accredited" || v.DocumentNumber != "示例发改〔2026〕1号" || v.DecidedAt == nil || v.SubmittedNo != 2 || v.Working {
			t.Errorf("at the end: %+v", v)
		}
		if v.Content.Positioning.Relation != relation {
			t.Error("the accredited version is not the corrected one")
		}
		got, err := io.ReadAll(open(t, w, "filler", list.ID))
		if err != nil || string(got) != string(pdf("firms")) {
			t.Errorf("the list of firms reads as %d bytes, %v", len(got), err)
		}
		checkHistory(t, w, app(id), []workflows.Action{"create", "send_to_sign", "send_back", "send_to_sign", "recall", "send_to_sign", "sign", "request_correction",
			"send_to_sign", "sign", "accept", "recommend", "publish_notice", "end_notice", "accredit"})
	})
}

func open(t *testing.T, w *world, who, id string) io.Reader {
	t.Helper()
	f, _, err := w.files.Open(t.Context(), w.actor(who), id)
	w.must(err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// checkHistory: the state is what the history folds to, each line begins where the one before
// ended, and every line is a row of the table.
func checkHistory(t *testing.T, w *world, c casework.Ref, want []workflows.Action) {
	t.Helper()
	var events []casework.Event
	w.see(func(tx *database.Tx) (err error) { events, err = casework.History(tx, c); return err })
	var state workflows.State
	var seq int64
	var got []workflows.Action
	for _, e := range events {
		row, ok := workflows.ByKind(c.Kind).Row(e.From, e.Action)
		if !ok || e.From != state || e.Seq <= seq || row.To != "" && row.To != e.To || row.To == "" && e.To != e.From {
			t.Errorf("history: %+v after %q at %d", e, state, seq)
		}
		state, seq, got = e.To, e.Seq, append(got, e.Action)
	}
	if state != w.state(c) {
		t.Errorf("history folds to %s, the row says %s", state, w.state(c))
	}
	if want != nil && !cmp.Equal(got, want) {
		t.Errorf("history: %s", cmp.Diff(got, want))
	}
}

// Every other end of the table, each closed for good: no clock runs, nothing is on anybody's
// desk, the history folds to the state.
func TestEveryOtherEnd(t *testing.T) {
	refuseAfterNotice := func(w *world) string {
		id := w.at("deciding", "filler")
		w.do("director", app(id), "refuse", why, numbered())
		return id
	}
	withdrawnFrom := func(state workflows.State) func(w *world) string {
		return func(w *world) string {
			id := w.at(state, "filler")
			w.do("leader", app(id), "withdraw", why, nil)
			return id
		}
	}
	agreedFrom := func(state workflows.State) func(w *world) string {
		return func(w *world) string {
			id := w.at(state, "filler")
			if _, err := w.try("officer", app(id), "agree_withdrawal", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.WithdrawalAsked}) {
				w.t.Errorf("agreed unasked in %s: %v", state, err)
			}
			w.do("leader", app(id), "ask_withdrawal", why, nil)
			w.do("officer", app(id), "agree_withdrawal", why, nil)
			return id
		}
	}
	ends := []struct {
		name string
		come func(w *world) string
		want workflows.State
	}{
		{"declined", func(w *world) string { return w.at("declined", "filler") }, "declined"},
		{"refused on the proposal", func(w *world) string { return w.at("refused", "filler") }, "refused"},
		{"refused after the notice", refuseAfterNotice, "refused"},
		{"lapsed in correction", func(w *world) string { return w.at("lapsed", "filler") }, "lapsed"},
		{"lapsed unsigned", func(w *world) string {
			id := w.at("correction_signing", "filler")
			w.until(w.due(id, workflows.ClockCorrection))
			return id
		}, "lapsed"},
		{"discarded", func(w *world) string {
			id := w.at("draft", "filler")
			w.do("filler", app(id), "discard", why, nil)
			return id
		}, "withdrawn"},
		{"withdrawn signing", withdrawnFrom("signing"), "withdrawn"},
		{"withdrawn submitted", withdrawnFrom("submitted"), "withdrawn"},
		{"withdrawn in correction", withdrawnFrom("correction"), "withdrawn"},
		{"withdrawn in correction, unsigned", withdrawnFrom("correction_signing"), "withdrawn"},
		{"withdrawn in review", agreedFrom("in_review"), "withdrawn"},
		{"withdrawn recommended", agreedFrom("recommended"), "withdrawn"},
		{"withdrawn refusal proposed", agreedFrom("refusal_proposed"), "withdrawn"},
		{"withdrawn in notice", agreedFrom("notice"), "withdrawn"},
		{"withdrawn deciding", agreedFrom("deciding"), "withdrawn"},
	}
	each(t, func(t *testing.T, w *world) {
		for _, e := range ends {
			w.run(e.name, func(t *testing.T) {
				w.clock.set(monday())
				id := e.come(w)
				if got := w.state(app(id)); got != e.want {
					t.Fatalf("ended %s, want %s", got, e.want)
				}
				checkHistory(t, w, app(id), nil)
				checkClosed(t, w, id)
			})
		}
	})
}

// checkClosed: a case that has ended asks nothing of anybody any more.
func checkClosed(t *testing.T, w *world, id string) {
	t.Helper()
	for what, n := range map[string]int64{
		"open clocks":      w.count("deadline WHERE case_id = ? AND ended_at IS NULL", id),
		"standing clocks":  w.count("deadline WHERE case_id = ? AND paused_at IS NOT NULL", id),
		"planned acts":     w.count("outbox WHERE case_id = ? AND cancellable AND done_at IS NULL AND cancelled_at IS NULL", id),
		"open opinions":    w.count("opinion WHERE application_id = ? AND status IN ('requested', 'overdue')", id),
		"open reviews":     w.count("review WHERE subject_id = ? AND status IN ('invited', 'accepted')", id),
		"running notices":  w.count("notice WHERE subject_id = ? AND cancelled_at IS NULL AND ends_on >= ?", id, workflows.DateOf(w.clock.now()).String()),
		"open part clocks": w.count("deadline d JOIN opinion o ON o.id = d.case_id WHERE o.application_id = ? AND d.ended_at IS NULL", id),
	} {
		if n != 0 {
			t.Errorf("after the end: %d %s", n, what)
		}
	}
	for _, who := range []string{"filler", "leader", "clerk", "officer", "director"} {
		for _, it := range w.work(who, "application", casework.TabTodo) {
			if it.ID == id {
				t.Errorf("the case is still on the desk of %s", who)
			}
		}
	}
}

// Silence is acceptance as of receipt (行政许可法 32), and the decision's period runs from there.
func TestSilenceAcceptsAsOfReceipt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("submitted", "filler")
		received := w.clock.now()
		w.until(w.due(id, workflows.ClockAcceptance).Add(-time.Microsecond))
		if _, err := w.tried(w.actor("system"), "application", casework.Command{ID: id, Action: "accept_by_silence"}); !cmp.Equal(blocked(err), []workflows.Fact{workflows.AcceptanceOver}) {
			t.Errorf("a microsecond early: %v", err)
		}
		w.until(w.due(id, workflows.ClockAcceptance))
		v := w.view("clerk", id)
		if v.State != "in_review" || v.AcceptedAt == nil || !v.AcceptedAt.Equal(received) {
			t.Fatalf("%s, accepted at %v, want in_review at %v", v.State, v.AcceptedAt, received)
		}
		if k := w.clockOf(app(id), workflows.ClockDecision); k.Reading.Due.String() != "2026-12-21" || !k.Started.Equal(received) {
			t.Errorf("decision due %s from %v, want 2026-12-21 from receipt", k.Reading.Due, k.Started)
		}
		if len(w.opinions(id)) != 1 {
			t.Errorf("opinions asked: %v", w.opinions(id))
		}
	})
}

// After a correction, receipt is the receipt of the corrected filing.
func TestSilenceAfterCorrection(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("correction_signing", "filler")
		w.clock.set(day("2026-11-26"))
		w.do("leader", app(id), "sign", "", nil)
		w.until(w.due(id, workflows.ClockAcceptance))
		if v := w.view("clerk", id); v.State != "in_review" || !v.AcceptedAt.Equal(day("2026-11-26")) {
			t.Errorf("%s, accepted at %v", v.State, v.AcceptedAt)
		}
	})
}

// A file that is taken out later stays part of the version that was signed with it.
func TestSubmittedFilesStay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.draft("filler")
		first, err := w.upload("filler", id, "development-plan", "first plan")
		w.must(err)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "sign", "", nil)
		w.do("clerk", app(id), "request_correction", "", items())
		w.must(w.files.Remove(t.Context(), w.actor("filler"), first.ID))
		second, err := w.upload("filler", id, "development-plan", "second plan")
		w.must(err)
		w.answerAll(id)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "sign", "", nil)
		versions, err := w.apps.Versions(t.Context(), w.actor("clerk"), id)
		w.must(err)
		if len(versions) != 2 || !has(versions[0].Files, first) || has(versions[0].Files, second) || has(versions[1].Files, first) || !has(versions[1].Files, second) {
			t.Errorf("files of the versions: %+v", versions)
		}
		if got, err := io.ReadAll(open(t, w, "clerk", first.ID)); err != nil || string(got) != string(pdf("first plan")) {
			t.Errorf("the first plan reads as %d bytes, %v", len(got), err)
		}
	})
}

// has compares what a signature covers.
func has(files []attachment.Attachment, f attachment.Attachment) bool {
	for _, x := range files {
		if x.ID == f.ID {
			return x.SHA256 == f.SHA256 && x.Name == f.Name && x.Size == f.Size && x.ObjectKey == f.ObjectKey && x.ObjectVersion == f.ObjectVersion && x.Slot == f.Slot
		}
	}
	return false
}
