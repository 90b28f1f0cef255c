package steering_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/steering"
)

// filed makes cases of two units in several states; the names carry words nobody else uses.
func filed(w *world) (ids map[string]string) {
	ids = map[string]string{"draft": w.put(1, unitA, "草稿机密甲集聚示范区", "draft"), "mine": w.put(2, unitA, "=HYPERLINK(甲)集聚示范区", "submitted"),
		"leaning": w.put(3, unitA, "倾向机密丙集聚示范区", "refusal_proposed"), "theirs": w.put(4, unitB, "他区机密丁集聚示范区", "in_review")}
	w.recuse("director", ids["theirs"])
	return ids
}

// make orders a file, lets it be built and opens it.
func (w *world) made(who, query, format string) (rows [][]string, body []byte) {
	w.t.Helper()
	id := w.ordered(who, query, format)
	r, f, err := w.s.Fetch(w.t.Context(), w.people[who], id)
	w.must(err)
	body, err = io.ReadAll(r)
	w.must(err)
	w.must(r.Close())
	if int64(len(body)) != f.Size {
		w.t.Errorf("%d bytes, want %d", len(body), f.Size)
	}
	if format == "csv" {
		rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\uFEFF"))).ReadAll()
		w.must(err)
		return rows, body
	}
	book, err := excelize.OpenReader(bytes.NewReader(body))
	w.must(err)
	rows, err = book.GetRows(book.GetSheetName(0))
	w.must(err)
	return rows, body
}

func (w *world) ordered(who, query, format string) string {
	w.t.Helper()
	id, err := w.s.Order(w.t.Context(), w.people[who], steering.Order{Kind: steering.KindApplications, Title: "申报", Query: query, Format: format})
	w.must(err)
	w.deliver(steering.TopicExport, 2, w.s.Build)
	return id
}

// A file of each role holds what the list shows that role, no more and no less.
func TestAFileHoldsWhatItsOwnerSees(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		filed(w)
		for who, want := range map[string]int{"filler": 3, "leader": 3, "fillerb": 1, "clerk": 3, "officer": 3, "director": 2, "supervision": 3, "department": 0, "evaluator": 0} {
			lines, err := w.apps.List(t.Context(), w.people[who], application.Filter{})
			w.must(err)
			var seen []string
			for _, l := range lines {
				seen = append(seen, l.Number)
			}
			for _, format := range []string{"xlsx", "csv"} {
				rows, _ := w.made(who, "columns=number,zone,state", format)
				var got []string
				for _, row := range rows[1:] {
					got = append(got, row[0])
				}
				if diff := cmp.Diff(got, seen); diff != "" || len(got) != want {
					t.Errorf("%s, %s: %d rows, want %d: %s", who, format, len(got), want, diff)
				}
				text := ""
				for _, row := range rows {
					text += strings.Join(row, "|") + "\n"
				}
				inside := slices.Contains([]string{"clerk", "officer", "director", "supervision"}, who)
				for secret, may := range map[string]bool{"草稿机密": who == "filler" || who == "leader", "他区机密": who == "fillerb" || inside && who != "director", "拟不予认定": inside} {
					if strings.Contains(text, secret) != may {
						t.Errorf("%s, %s reads %s: %v\n%s", who, format, secret, !may, text)
					}
				}
			}
		}
	})
}

// Texts that look like formulas stay texts, days are dates, csv says that it is UTF-8.
func TestAFileIsHarmlessAndTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		filed(w)
		rows, body := w.made("officer", "q=CQ-SB-2026-0002", "csv")
		if !bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")) || rows[0][0] != "编号" || rows[1][1] != "'=HYPERLINK(甲)集聚示范区" || rows[1][4] != "2026-11-23" {
			t.Errorf("csv: %q", rows)
		}
		_, body = w.made("officer", "q=CQ-SB-2026-0002", "xlsx")
		book, err := excelize.OpenReader(bytes.NewReader(body))
		w.must(err)
		name := book.GetSheetName(0)
		formula, err := book.GetCellFormula(name, "B2")
		w.must(err)
		text, err := book.GetCellValue(name, "B2")
		w.must(err)
		raw, err := book.GetCellValue(name, "E2", excelize.Options{RawCellValue: true})
		w.must(err)
		if formula != "" || !strings.HasPrefix(text, "'=") || raw != "46349" {
			t.Errorf("formula %q, text %q, day %q", formula, text, raw)
		}
	})
}

// A file is its owner's, as long as they hold what it was built with; then it goes.
func TestAFileIsFetchedByItsOwnerOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, officer := t.Context(), w.people["officer"]
		ids := filed(w)
		id := w.ordered("officer", "", "csv")
		if _, _, err := w.s.Fetch(ctx, w.people["clerk"], id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another fetches it: %v", err)
		}
		demoted := officer
		demoted.Roles = w.people["department"].Roles
		if _, _, err := w.s.Fetch(ctx, demoted, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("after a change of roles: %v", err)
		}
		r, _, err := w.s.Fetch(ctx, officer, id)
		w.must(err)
		w.must(r.Close())
		w.recuse("officer", ids["mine"])
		if _, _, err := w.s.Fetch(ctx, officer, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("after a recusal: %v", err)
		}
		w.now = w.now.Add(7*24*time.Hour + time.Minute)
		if _, _, err := w.s.Fetch(ctx, officer, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("after its time: %v", err)
		}
		if n, err := w.s.Sweep(ctx); err != nil || n != 1 {
			t.Errorf("swept %d, %v", n, err)
		}
		if n := w.count("export_file"); n != 0 {
			t.Errorf("%d files left", n)
		}
	})
}
