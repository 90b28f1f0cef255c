package tables_test

import (
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/sheet"
	"clusterzone/services/tables"
)

// many is the longest list an application takes.
const many = tables.MaxFirms

// manyFirms is a workbook of so many firms, as the template of a draft that holds them.
func (w *world) manyFirms(n int) []byte {
	w.Helper()
	w.put("filler", w.firms(n))
	return w.template()
}

// The longest list is read, compared, imported and undone in seconds.
func BenchmarkImport(b *testing.B) {
	w := lite(b)
	data := w.manyFirms(many)
	w.put("filler", nil)
	b.Logf("workbook of %d firms: %d KB", many, len(data)>>10)
	for b.Loop() {
		begin := time.Now()
		i := w.upload("名单.xlsx", data)
		read := time.Since(begin)
		must(w.tables.Find(b.Context(), w.people["filler"], w.id, i.ID))(b)
		preview := time.Since(begin) - read
		must(w.tables.Confirm(b.Context(), w.people["filler"], w.id, i.ID, tables.Replace))(b)
		save := time.Since(begin) - read - preview
		must(w.tables.Undo(b.Context(), w.people["filler"], w.id, i.ID))(b)
		b.ReportMetric(read.Seconds()*1000, "ms/upload")
		b.ReportMetric(preview.Seconds()*1000, "ms/preview")
		b.ReportMetric(save.Seconds()*1000, "ms/confirm")
		b.ReportMetric((time.Since(begin)-read-preview-save).Seconds()*1000, "ms/undo")
	}
}

// One page of the longest list is saved without reading more than the list.
func BenchmarkSaveRows(b *testing.B) {
	w := lite(b)
	firms := w.firms(many)
	w.put("filler", firms)
	for i := 0; b.Loop(); i++ {
		page := append([]application.Firm{}, firms[500:600]...)
		page[3].Name = w.code(i)
		must(w.tables.SaveRows(b.Context(), w.people["filler"], w.id, tables.Slice{From: 500, Count: 100, Base: tables.RowsBase(firms, 500, 100), Firms: page}))(b)
		copy(firms[500:600], page)
	}
}

func BenchmarkView(b *testing.B) {
	w := lite(b)
	w.put("filler", w.firms(many))
	for b.Loop() {
		w.content("filler")
	}
}

func BenchmarkTemplate(b *testing.B) {
	w := lite(b)
	w.put("filler", w.firms(many))
	for b.Loop() {
		w.template()
	}
}

func BenchmarkRead(b *testing.B) {
	w := lite(b)
	data := w.manyFirms(many)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		must(sheet.Read(data, sheet.Default()))(b)
	}
}
