package steering_test

import (
	"fmt"
	"net/url"
	"testing"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/steering"
)

// Walked page by page in any order, a list shows every case once, in that order.
func TestEveryOrderWalksTheWholeList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n := 1; n <= 23; n++ {
			id := w.put(n, unitA, fmt.Sprintf("示例第%d集聚示范区", n%7), "submitted")
			if n%3 == 0 {
				w.late(n%5+1, id)
			}
			if n%4 == 0 {
				w.exec("UPDATE application SET submitted_at = NULL WHERE id = ?", id)
			}
		}
		for _, sort := range append(application.Sorts(), "") {
			for _, desc := range []string{"", "-"} {
				f := steering.FilterOf(url.Values{"sort": {desc + string(sort)}})
				f.Limit = 5
				seen := map[string]bool{}
				for range 10 {
					lines, err := w.apps.List(t.Context(), w.people["officer"], f)
					w.must(err)
					for _, l := range lines {
						if seen[l.ID] {
							t.Errorf("%s%s shows %s twice", desc, sort, l.Number)
						}
						seen[l.ID] = true
					}
					if len(lines) < 5 {
						break
					}
					if f.Before = lines[4].Cursor; sort != "" {
						f.Before, f.After = "", lines[4].Cursor
					}
				}
				if len(seen) != 23 {
					t.Errorf("%s%s shows %d cases", desc, sort, len(seen))
				}
			}
		}
	})
}

// Two characters, pinyin and initials of the name and of the unit find a case; the exact
// number stands first; nobody finds what they may not see; what was stored before is found
// after a start.
func TestSearchKeepsTheScope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		filed(w)
		exact := w.put(31, unitB, "示例CQ-SB-2026-0002示范区", "submitted")
		w.exec("DELETE FROM search_term WHERE case_id = ?", exact)
		w.must(w.s.Reindex(t.Context()))
		for _, c := range []struct {
			who, q string
			want   int
		}{{"officer", "倾向", 1}, {"officer", "qingxiang", 1}, {"officer", "qxjm", 1}, {"officer", "渝中", 2}, {"filler", "yuzhong", 3}, {"fillerb", "渝中", 0}, {"fillerb", "机密", 1},
			{"officer", "草稿", 0}, {"filler", "草稿", 1}, {"director", "他区", 0}, {"evaluator", "机密", 0}, {"officer", "%", 0}, {"officer", "", 0}, {"officer", "CQ-SB-2026-0002", 2}} {
			w.must(w.db.View(t.Context(), func(tx *database.Tx) error {
				got, err := w.apps.Search(tx, w.people[c.who], c.q, 20)
				if err == nil && len(got) != c.want {
					t.Errorf("%s looks for %q: %d, want %d", c.who, c.q, len(got), c.want)
				}
				if err == nil && c.q == "CQ-SB-2026-0002" && got[0].Number != c.q {
					t.Errorf("the exact number is not first: %+v", got)
				}
				return err
			}))
		}
	})
}
