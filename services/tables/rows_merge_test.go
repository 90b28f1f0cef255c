package tables_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/tables"
)

// firmsOf reads rows written as "code name band", separated by commas.
func firmsOf(text string) (out []application.Firm) {
	for row := range strings.SplitSeq(text, ",") {
		cells := append(strings.Fields(row), "", "", "")
		if strings.TrimSpace(row) != "" {
			out = append(out, application.Firm{Code: strings.Trim(cells[0], "-"), Name: cells[1], RevenueBand: cells[2]})
		}
	}
	return out
}

func TestMergeRows(t *testing.T) {
	const base = "a 甲 1, b 乙 1, c 丙 1"
	cases := map[string]struct {
		mine    string
		of      []int
		theirs  string
		want    string
		clashes []tables.Clash
	}{
		"different rows":                   {"a 甲 2, b 乙 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, b 乙 1, c 丙 3", "a 甲 2, b 乙 1, c 丙 3", nil},
		"different cells of a row":         {"a 甲 2, b 乙 1, c 丙 1", []int{0, 1, 2}, "a 新甲 1, b 乙 1, c 丙 1", "a 新甲 2, b 乙 1, c 丙 1", nil},
		"one cell":                         {"a 甲 1, b 我 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, b 他 1, c 丙 1", "a 甲 1, b 我 1, c 丙 1", []tables.Clash{{Row: 1, Theirs: 1, Column: "name"}}},
		"both the same":                    {"a 甲 1, b 我 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, b 我 1, c 丙 1", "a 甲 1, b 我 1, c 丙 1", nil},
		"theirs added, mine added":         {"a 甲 1, b 乙 1, c 丙 1, e 戊 1", []int{0, 1, 2, -1}, "a 甲 1, d 丁 1, b 乙 1, c 丙 1", "a 甲 1, d 丁 1, b 乙 1, c 丙 1, e 戊 1", nil},
		"both added one firm":              {"a 甲 1, b 乙 1, c 丙 1, d 丁 2", []int{0, 1, 2, -1}, "a 甲 1, b 乙 1, c 丙 1, d 丁 3", "a 甲 1, b 乙 1, c 丙 1, d 丁 2", []tables.Clash{{Row: 3, Theirs: 3, Column: "revenue_band"}}},
		"mine removed, theirs did nothing": {"a 甲 1, c 丙 1", []int{0, 2}, "a 甲 1, b 乙 1, c 丙 9", "a 甲 1, c 丙 9", nil},
		"mine removed, theirs changed":     {"a 甲 1, c 丙 1", []int{0, 2}, "a 甲 1, b 乙 9, c 丙 1", "a 甲 1, b 乙 9, c 丙 1", nil},
		"theirs removed, mine changed":     {"a 甲 1, b 乙 9, c 丙 1", []int{0, 1, 2}, "a 甲 1, c 丙 1", "a 甲 1, b 乙 9, c 丙 1", nil},
		"theirs removed, mine did nothing": {"a 甲 2, b 乙 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, c 丙 1", "a 甲 2, c 丙 1", nil},
		"codes corrected on both sides":    {"x 甲 1, b 乙 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, y 乙 1, c 丙 1", "x 甲 1, y 乙 1, c 丙 1", nil},
		"one code, corrected differently":  {"a 甲 1, x 乙 1, c 丙 1", []int{0, 1, 2}, "a 甲 1, y 乙 1, c 丙 1", "a 甲 1, x 乙 1, c 丙 1", []tables.Clash{{Row: 1, Theirs: 1, Column: "code"}}},
		"theirs removed all":               {"a 甲 2, b 乙 1, c 丙 1", []int{0, 1, 2}, "", "a 甲 2", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, clashes := tables.MergeRows(firmsOf(base), firmsOf(c.mine), c.of, firmsOf(c.theirs))
			if diff := cmp.Diff(got, firmsOf(c.want)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(clashes, c.clashes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Two people at the same rows of a long list: what they changed apart is merged wherever the rows stand now, and of
// what both changed each is shown.
func TestRowsOfALongListAreMerged(t *testing.T) {
	each(t, func(w *world) {
		firms := w.firms(250)
		w.put("filler", firms)
		was := firms[100:200]
		mine := append([]application.Firm(nil), was...)
		mine[5].Name = "我改的名称"
		theirs := append([]application.Firm{{Code: "91500103DEM9999999", Name: "插在前面"}}, firms...)
		theirs[106+1].RevenueBand, theirs[105+1].Sector = "", ""
		w.put("colleague", theirs)
		slice := tables.Slice{From: 100, Count: 100, Base: tables.RowsBase(was, 0, 100), Firms: mine, Was: was}
		saved := must(w.tables.SaveRows(w.Context(), w.people["filler"], w.id, slice))(w)
		theirs[106].Name = "我改的名称"
		if diff := cmp.Diff(w.content("filler").Business.Firms, theirs); diff != "" || !saved.Merged {
			w.Errorf("merged %v: %s", saved.Merged, diff)
		}
		mine[5].Name = "我又改的"
		_, err := w.tables.SaveRows(w.Context(), w.people["filler"], w.id, slice)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Conflict {
			w.Fatal(err)
		}
		detail, _ := f.Detail.(tables.RowsStale)
		if len(detail.Clashes) != 1 || detail.Merged[detail.Clashes[0].Row].Name != "我又改的" || detail.Seen[detail.Clashes[0].Theirs].Name != "我改的名称" {
			w.Errorf("clashes %+v", detail.Clashes)
		}
	})
}
