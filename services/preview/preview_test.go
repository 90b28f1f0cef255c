package preview_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"clusterzone/services/preview"
)

func book(t *testing.T, fill func(f *excelize.File) error) *bytes.Buffer {
	t.Helper()
	f := excelize.NewFile()
	err := fill(f)
	b, writeErr := f.WriteToBuffer()
	if err := errors.Join(err, writeErr, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWorkbook(t *testing.T) {
	b := book(t, func(f *excelize.File) error {
		_, err := f.NewSheet("藏")
		return errors.Join(err, f.SetSheetName("Sheet1", "企业"), f.SetSheetRow("企业", "A1", &[]any{"名称", "人数"}),
			f.SetSheetRow("企业", "A2", &[]any{"<script>alert(1)</script>", 17}), f.SetCellFormula("企业", "C2", "1+1"),
			f.SetCellStr("企业", "A3", strings.Repeat("长", 400)), f.SetSheetVisible("藏", false))
	})
	got, err := preview.Workbook(b, int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	want := []preview.Sheet{{Name: "企业", Rows: [][]string{{"名称", "人数"}, {"<script>alert(1)</script>", "17", ""}, {strings.Repeat("长", 300) + "…"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWorkbookIsBounded(t *testing.T) {
	b := book(t, func(f *excelize.File) error {
		var errs []error
		wide := make([]any, preview.MaxColumns+5)
		for i := range preview.MaxRows + 50 {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			errs = append(errs, err, f.SetSheetRow("Sheet1", cell, &wide), f.SetCellInt("Sheet1", cell, int64(i)))
		}
		errs = append(errs, f.SetCellInt("Sheet1", "AZ1", 1))
		return errors.Join(errs...)
	})
	got, err := preview.Workbook(b, int64(b.Len()))
	if err != nil || len(got) != 1 || len(got[0].Rows) != preview.MaxRows || len(got[0].Rows[0]) != preview.MaxColumns || !got[0].More {
		t.Errorf("got %d sheets, %v", len(got), err)
	}
	if _, err := preview.Workbook(b, 1<<30); !errors.Is(err, preview.ErrTooLarge) {
		t.Errorf("a gigabyte: got %v", err)
	}
	if _, err := preview.Workbook(strings.NewReader("PK\x03\x04 no workbook"), 16); !errors.Is(err, preview.ErrUnreadable) {
		t.Errorf("no workbook: got %v", err)
	}
}

func TestText(t *testing.T) {
	if got, more, err := preview.Text(strings.NewReader("\xef\xbb\xbf名称,人数")); err != nil || more || got != "名称,人数" {
		t.Errorf("got %q, %v, %v", got, more, err)
	}
	long := strings.Repeat("字", 40_000)
	if got, more, err := preview.Text(strings.NewReader(long)); err != nil || !more || !strings.HasPrefix(long, got) || len(got) < 60_000 {
		t.Errorf("a long text: %d bytes, %v, %v", len(got), more, err)
	}
	if _, _, err := preview.Text(strings.NewReader("\xff\xfe\x00a")); !errors.Is(err, preview.ErrUnreadable) {
		t.Errorf("no text: got %v", err)
	}
}
