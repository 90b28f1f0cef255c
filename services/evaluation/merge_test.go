package evaluation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Two people of a unit fill in one column: each saves what they have changed since they read it, beside the other's, and
// is shown both values only of what both have changed.
func TestColumnsAreMerged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		colleague := actor("colleague", "500105", workflows.Filler)
		sheet := func(pairs ...string) evaluation.Sheet {
			s := evaluation.Sheet{Figures: map[string]string{}, Notes: map[string]string{}}
			for i := 0; i+1 < len(pairs); i += 2 {
				part, code, _ := strings.Cut(pairs[i], ".")
				s.Part(part)[code] = pairs[i+1]
			}
			return s
		}
		version := w.view(filler, id).Version
		save := func(a identity.Actor, base, now evaluation.Sheet) error {
			_, err := w.s.SaveSelfDraft(w.t.Context(), a, id, evaluation.Draft{Version: version, Base: text(t, base), Sheet: text(t, now)})
			return err
		}
		empty := sheet()
		if err := save(filler, empty, sheet("figures.revenue", "100", "notes.tax", "我的说明")); err != nil {
			t.Fatal(err)
		}
		if err := save(colleague, empty, sheet("figures.tax", "1,020")); err != nil {
			t.Fatal(err)
		}
		got := w.view(filler, id).Self
		if diff := cmp.Diff(got.Figures, map[string]string{"revenue": "100", "tax": "1020"}); diff != "" || got.Notes["tax"] != "我的说明" {
			t.Errorf("merged: %s %v", diff, got.Notes)
		}
		err := save(colleague, sheet("figures.tax", "1020"), sheet("figures.tax", "1021", "figures.revenue", "99"))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "stale" {
			t.Fatalf("both changed one field: %v", err)
		}
		fields := f.Detail.(map[string]any)["fields"]
		if diff := cmp.Diff(fields, []evaluation.ConflictField{{Path: "figures.revenue", Mine: "99", Theirs: "100"}}); diff != "" {
			t.Error(diff)
		}
		if err := save(colleague, sheet("figures.revenue", "100", "figures.tax", "1020"), sheet("figures.revenue", "100")); err != nil {
			t.Fatal(err)
		}
		if _, there := w.view(filler, id).Self.Figures["tax"]; there {
			t.Error("a figure that was taken out is still there")
		}
		_, err = w.s.SaveSelf(t.Context(), filler, id, version, text(t, sheet("figures.revenue", "5")))
		wantKind(t, err, fault.Conflict)
	})
}

// The officer's form offers the unit's figures: saving it untouched agrees to them, and the check is complete.
func TestOfferedFiguresAreAgreedToUntouched(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.open(w.ids[0])
		w.file(id, good())
		untouched := evaluation.Draft{Version: w.view(officer, id).Version, Base: text(t, good()), Sheet: text(t, good())}
		if _, err := w.s.SaveCheckedDraft(t.Context(), officer, id, untouched); err != nil {
			t.Fatal(err)
		}
		w.must(officer, id, "pass_check", "")
	})
}
