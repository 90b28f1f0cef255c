package steering_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
	"clusterzone/services/steering"
)

// hundred makes a run of withdrawal over 100 cases; three of them fail for reasons of their own.
func hundred(t *testing.T, w *world) (run string) {
	t.Helper()
	var ids []string
	for n := 1; n <= 100; n++ {
		state := "submitted"
		if n == 10 {
			state = "in_review" // the table has no withdrawal there
		}
		ids = append(ids, w.put(n, unitA, fmt.Sprintf("示例第%d集聚示范区", n), state))
	}
	run, err := w.s.Preview(t.Context(), w.people["leader"], steering.Draft{Selection: steering.Selection{IDs: ids}, Action: "withdraw"})
	w.must(err)
	w.exec("UPDATE application SET version = 2 WHERE id = ?", ids[19]) // somebody was faster
	w.recuse("leader", ids[29])                                        // does not exist for the leader any more
	return run
}

func TestAHundredCasesWithThreeFailures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		leader := w.people["leader"]
		id := hundred(t, w)
		r, err := w.s.ReadRun(t.Context(), leader, id)
		w.must(err)
		if !r.Items[9].NotThere || r.Items[0].NotThere || r.Items[0].To != "withdrawn" || r.Waiting() != 100 || !r.NeedsReason {
			t.Errorf("preview: %+v, %+v", r.Items[9], r.Items[0])
		}
		if err := w.s.Start(t.Context(), leader, id, "", nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		w.must(w.s.Start(t.Context(), leader, id, why, nil))
		if err := w.s.Start(t.Context(), leader, id, why, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("started twice: %v", err)
		}
		w.deliver(steering.TopicBulk, 2, w.s.Perform)
		r, err = w.s.ReadRun(t.Context(), leader, id)
		w.must(err)
		if r.Done() != 97 || r.Refused() != 3 || r.Waiting() != 0 || r.FinishedAt == nil {
			t.Errorf("done %d, refused %d, waiting %d, finished %v", r.Done(), r.Refused(), r.Waiting(), r.FinishedAt)
		}
		for _, n := range []int{9, 19, 29} {
			if i := r.Items[n]; i.Outcome != "refused" || i.Problem == "" || strings.Contains(i.Problem, "⟦") {
				t.Errorf("item %d: %+v", n, i)
			}
		}
		exactlyOnce(t, w)
		if _, err := w.s.ReadRun(t.Context(), w.people["filler"], id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's run: %v", err)
		}
	})
}

// exactlyOnce: 97 cases have moved by one step of the history and one entry of the audit each.
func exactlyOnce(t *testing.T, w *world) {
	t.Helper()
	if n := w.count("application WHERE status = 'withdrawn' AND version = 2"); n != 97 {
		t.Errorf("%d are withdrawn", n)
	}
	if n := w.count("case_history WHERE action = 'withdraw'"); n != 97 {
		t.Errorf("%d lines of history", n)
	}
	if n := w.count("audit_entry WHERE action = 'application.withdraw'"); n != 97 {
		t.Errorf("%d audit entries", n)
	}
}

// A worker that dies between two cases leaves the rest to the next delivery; nothing happens
// twice, nothing is lost.
func TestAKilledRunGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		leader := w.people["leader"]
		id := hundred(t, w)
		w.must(w.s.Start(t.Context(), leader, id, why, nil))
		var row outbox.Row
		w.must(w.db.View(t.Context(), func(tx *database.Tx) error {
			return tx.One(&row, "SELECT id, event_key, topic, payload FROM outbox WHERE topic = 'bulk'")
		}))
		for range 7 {
			dying, kill := context.WithCancel(t.Context())
			w.killAfter(3, kill)
			if _, err := w.s.Perform(dying, row); err == nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("a dying worker says %v", err)
			}
			w.cases["application"] = w.apps
		}
		if n := w.count("application WHERE status = 'withdrawn'"); n == 0 || n > 25 {
			t.Errorf("%d cases were taken before", n)
		}
		w.deliver(steering.TopicBulk, 1, w.s.Perform)
		r, err := w.s.ReadRun(t.Context(), leader, id)
		w.must(err)
		if r.Done() != 97 || r.Refused() != 3 {
			t.Errorf("done %d, refused %d", r.Done(), r.Refused())
		}
		exactlyOnce(t, w)
	})
}

// What is not one's own to do is not offered, and a selection of others' cases is empty.
func TestBulkKeepsToOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.put(1, unitA, "甲示例集聚示范区", "submitted"), w.put(2, unitB, "乙示例集聚示范区", "submitted")
		leader := w.people["leader"]
		if _, err := w.s.Preview(t.Context(), leader, steering.Draft{Selection: steering.Selection{IDs: []string{a}}, Action: "accept"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a leader accepts: %v", err)
		}
		if _, err := w.s.Preview(t.Context(), leader, steering.Draft{Selection: steering.Selection{IDs: []string{b}}, Action: "withdraw"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("another's case: %v", err)
		}
		id, err := w.s.Preview(t.Context(), leader, steering.Draft{Selection: steering.Selection{Query: "state=submitted"}, Action: "withdraw"})
		w.must(err)
		r, err := w.s.ReadRun(t.Context(), leader, id)
		w.must(err)
		if len(r.Items) != 1 || r.Items[0].CaseID != a {
			t.Errorf("all of the filter: %+v", r.Items)
		}
	})
}
