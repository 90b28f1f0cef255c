package application_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/database"
)

// The queue shows a department its own opinions by due date with whom they lie, the commission
// all, and whoever is recused none.
func TestOpinionQueue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.at("in_review", "filler", "professional-services"), w.at("in_review", "filler2", "professional-services")
		queue := func(who string, f application.QueueFilter) []application.Queued {
			t.Helper()
			out, err := w.apps.Opinions().Queue(t.Context(), w.actor(who), f)
			w.must(err)
			return out
		}
		open := application.QueueFilter{Part: application.QueueOpen}
		mine := queue("industry", open)
		if len(mine) != 2 || mine[0].ApplicationID != first || mine[1].ApplicationID != second || mine[0].DueOn == "" || mine[0].Clock == nil || !mine[0].Lead || !mine[0].Mine {
			t.Fatalf("%+v", mine)
		}
		if got := len(queue("officer", open)); got != 4 {
			t.Errorf("the officer sees %d opinions, want those of both departments on both applications", got)
		}
		if got := queue("officer", application.QueueFilter{Part: application.QueueOpen, Unit: "dept-science"}); len(got) != 2 || got[0].Mine {
			t.Errorf("one unit: %+v", got)
		}
		if got := len(queue("culture", open)); got != 0 {
			t.Errorf("a department that was not asked sees %d", got)
		}
		before, after, err := w.apps.Opinions().Neighbours(t.Context(), w.actor("industry"), mine[0].ID)
		if diff := cmp.Diff([]any{before, after, err}, []any{"", mine[1].ID, nil}); diff != "" {
			t.Errorf("neighbours of the first (-got +want):\n%s", diff)
		}
		w.do("industry", opinion(mine[0].ID), "transfer", "", map[string]any{"person_id": w.actor("industry2").ID})
		if got := queue("industry", open); got[0].Mine || got[0].Holder == "" || !got[1].Mine {
			t.Errorf("handed on: %+v", got)
		}
		w.do("industry2", opinion(mine[0].ID), "give", "", agree())
		if got := queue("industry", application.QueueFilter{Part: application.QueueAnswered}); len(got) != 1 || got[0].ID != mine[0].ID || got[0].GivenAt == nil || got[0].Late {
			t.Errorf("answered: %+v", got)
		}
		w.update(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO recusal (id, subject_kind, subject_id, person_id, kind, reason, declared_by, at) VALUES ('q', 'application', ?, ?, 'other', 'x', 'x', ?)`,
				second, w.actor("industry").ID, tx.Now())
			return err
		})
		if got := queue("industry", open); len(got) != 0 {
			t.Errorf("recused: %+v", got)
		}
	})
}
