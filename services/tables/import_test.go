package tables_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/tables"
)

// edited is the template as a person changes it in a spreadsheet.
func (w *world) edited(change func(f *excelize.File) error) []byte {
	w.Helper()
	return edit(w, w.template(), change)
}

func edit(w *world, data []byte, change func(f *excelize.File) error) []byte {
	w.Helper()
	f := must(excelize.OpenReader(bytes.NewReader(data)))(w)
	if err := change(f); err != nil {
		w.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		w.Fatal(err)
	}
	return b.Bytes()
}

// The whole way: template, filled in, preview, confirm, undo.
func TestAnImportIsPreviewedConfirmedAndUndone(t *testing.T) {
	each(t, func(w *world) {
		ctx, filler := w.Context(), w.people["filler"]
		before := w.firms(4)
		w.put("filler", before)
		data := w.edited(func(f *excelize.File) error {
			for cell, value := range map[string]any{"A3": "改名企业有限公司", "A6": "新增企业有限公司", "B6": w.code(77), "C6": w.book.Sectors[2].Name.ZH, "D6": "800"} {
				if err := f.SetCellValue("入驻企业", cell, value); err != nil {
					return err
				}
			}
			if err := f.SetCellValue("发展目标", "C2", "1,234.5"); err != nil {
				return err
			}
			return f.RemoveRow("入驻企业", 5)
		})
		i := w.upload("名单.xlsx", data)
		if len(i.Problems) > 0 {
			w.Fatalf("refused: %v", w.told(i))
		}
		if got, want := [4]int{i.Firms.Added, i.Firms.Changed, i.Firms.Removed, i.Firms.Same}, [4]int{1, 1, 1, 2}; got != want {
			w.Errorf("added, changed, removed, same: got %v, want %v", got, want)
		}
		if len(i.Goals) == 0 {
			w.Error("the goal is not in the plan")
		}
		if diff := cmp.Diff(w.content("filler").Business.Firms, before); diff != "" {
			w.Errorf("a preview changed the application: %s", diff)
		}
		must(w.tables.Confirm(ctx, filler, w.id, i.ID, tables.Replace))(w)
		after := append(append([]application.Firm{}, before[:3]...), application.Firm{Name: "新增企业有限公司", Code: w.code(77), Sector: w.book.Sectors[2].Code, RevenueBand: "500-1000"})
		after[1].Name = "改名企业有限公司"
		if diff := cmp.Diff(w.content("filler").Business.Firms, after); diff != "" {
			w.Errorf("after the import (got, want): %s", diff)
		}
		if _, err := w.tables.Confirm(ctx, filler, w.id, i.ID, tables.Replace); !fault.Is(err, fault.Conflict) {
			w.Errorf("confirmed twice: %v", err)
		}
		must(w.tables.Undo(ctx, filler, w.id, i.ID))(w)
		now := w.content("filler")
		if diff := cmp.Diff(now.Business.Firms, before); diff != "" {
			w.Errorf("after undo: %s", diff)
		}
		if len(now.Goals.Rows) > 0 {
			w.Errorf("goals after undo: %+v", now.Goals)
		}
		if _, err := w.tables.Undo(ctx, filler, w.id, i.ID); !fault.Is(err, fault.Conflict) {
			w.Errorf("undone twice: %v", err)
		}
	})
}
