package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/search"
)

// hits reports whether one of the terms begins with the question.
func hits(terms []string, question string) bool {
	from, to, ok := search.Range(question)
	return ok && slices.ContainsFunc(terms, func(t string) bool { return t >= from && t < to })
}

func TestTermsHoldEveryPart(t *testing.T) {
	terms := search.Terms("渝中区解放碑ＣＢＤ集聚示范区", "CQ-SB-2026-0007")
	for q, want := range map[string]bool{"渝中": true, "解放": true, "区": true, "示范区": true, "碑cbd": true, "ＣＢＤ": true, "渝中区解放碑CBD集聚示范区": true, "渝北": false, "中渝": false,
		"yuzhong": true, "jiefangbei": true, "zhongqu": true, "yzq": true, "jfb": true, "uzhong": false, "yzjf": false,
		"cq-sb-2026-0007": true, "2026-0007": true, "0007": true, "sb 2026": false, "渝 中": true, "": false, " ": false, "%": false, "_": false} {
		if got := hits(terms, q); got != want {
			t.Errorf("%q: %v, want %v", q, got, want)
		}
	}
}

// fill stores n cases under names of their own.
func fill(t testing.TB, db *database.DB, n int) {
	t.Helper()
	words := []string{"金融", "物流", "科技", "旅游", "健康", "法律", "会展", "设计", "贸易", "检测"}
	for from := 0; from < n; from += 1000 {
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			for i := from; i < min(n, from+1000); i++ {
				name := fmt.Sprintf("%d街%s%s区", i, words[i%10], words[i/10%10])
				if err := search.Put(tx, "application", fmt.Sprintf("id-%06d", i), fmt.Sprintf("SB-%04d", i), name); err != nil {
					return err
				}
			}
			return search.Put(tx, search.UnitKind, "500103", "渝中区人民政府")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

const found = "SELECT count(*) FROM search_term WHERE kind = 'application' AND term >= ? AND term < ?"

// Over ten thousand cases two characters are one range of the index, never a walk over all.
func TestTwoCharactersUseTheIndex(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		fill(t, db, 10_000)
		from, to, _ := search.Range("金融")
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			if n, err := tx.Count(found, from, to); err != nil || n != 2000 {
				t.Errorf("found %d, %v; want 2000", n, err)
			}
			plan := explain(t, tx, found, from, to)
			if strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "search_term_pkey") && !strings.Contains(plan, "PRIMARY KEY") &&
				!strings.Contains(plan, "sqlite_autoindex_search_term_1") {
				t.Errorf("plan:\n%s", plan)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func explain(t *testing.T, tx *database.Tx, query string, args ...any) string {
	t.Helper()
	if tx.Dialect() == database.SQLite {
		var rows []struct{ Detail string }
		if err := tx.Find(&rows, "EXPLAIN QUERY PLAN "+query, args...); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, r.Detail)
		}
		return strings.Join(out, "\n")
	}
	if _, err := tx.Exec("ANALYZE search_term"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	if err := tx.Find(&lines, "EXPLAIN "+query, args...); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// A new name is found and the old one is not, in the transaction that changes it.
func TestPutReplaces(t *testing.T) {
	databasetest.Each(t, nil, func(t *testing.T, db *database.DB) {
		err := db.Update(t.Context(), func(tx *database.Tx) error {
			for _, name := range []string{"旧名称示范区", "新名称示范区"} {
				if err := search.Put(tx, "application", "one", name); err != nil {
					return err
				}
			}
			for q, want := range map[string]int64{"旧名": 0, "新名": 1, "xinming": 1, "jiu": 0} {
				from, to, _ := search.Range(q)
				if n, err := tx.Count("SELECT count(DISTINCT case_id) FROM search_term WHERE kind = 'application' AND term >= ? AND term < ?", from, to); err != nil || n != want {
					t.Errorf("%s: %d, %v; want %d", q, n, err, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkTwoCharacters(b *testing.B) {
	db := databasetest.SQLite(b, nil)
	fill(b, db, 10_000)
	from, to, _ := search.Range("金融")
	for b.Loop() {
		err := db.View(b.Context(), func(tx *database.Tx) error {
			_, err := tx.Count(found, from, to)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
