package tables_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/sheet"
	"clusterzone/services/tables"
	"clusterzone/services/wording"
)

// set returns a change of cells, in their order.
func set(table string, pairs ...any) func(*excelize.File) error {
	return func(f *excelize.File) error {
		for i := 0; i+1 < len(pairs); i += 2 {
			if err := f.SetCellValue(table, pairs[i].(string), pairs[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
}

// Every problem is named by sheet and cell in the reader's language, and nothing of the file is taken.
func TestProblemsAreNamedByCell(t *testing.T) {
	w := lite(t)
	w.put("filler", w.firms(3))
	good := w.code(50)
	wrong := good[:17] + string("0123456789"[(strings.IndexByte("0123456789", good[17])+1)%10])
	formula := func(cell, formula string) func(*excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellFormula("入驻企业", cell, formula) }
	}
	other := func() []byte {
		id := must(w.apps.Create(t.Context(), w.people["filler"], application.Start{RoundID: w.round.ID, Name: "另一个示范区"}))(t).ID
		own := w.id
		defer func() { w.id = own }()
		w.id = id
		return w.template()
	}()
	for name, x := range map[string]struct {
		change func(*excelize.File) error
		want   []string // each part of the list, in order
	}{
		"check character":  {set("入驻企业", "B3", wrong), []string{"入驻企业!B3: 统一社会信用代码校验位应为 " + good[17:]}},
		"length":           {set("入驻企业", "B3", "9150010"), []string{"入驻企业!B3: 统一社会信用代码应为 18 位，现为 7 位"}},
		"character":        {set("入驻企业", "B3", strings.Replace(good, "MA", "MI", 1)), []string{"入驻企业!B3: 统一社会信用代码第 10 位“I”"}},
		"number":           {set("入驻企业", "B3", 915001031234567890), []string{"入驻企业!B3: 统一社会信用代码是数字格式"}},
		"duplicate":        {set("入驻企业", "B4", w.code(0)), []string{"入驻企业!B4: 统一社会信用代码 " + w.code(0) + " 与 B2 重复"}},
		"sector":           {set("入驻企业", "C2", "养猪"), []string{"入驻企业!C2: 没有“养猪”这个行业"}},
		"band":             {set("入驻企业", "D2", "很多"), []string{"入驻企业!D2: 读不出收入区间“很多”"}},
		"date for revenue": {set("入驻企业", "D2", time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), []string{"入驻企业!D2: 单元格是日期格式"}},
		"formula":          {formula("A2", `HYPERLINK("http://192.0.2.1","x")`), []string{"入驻企业!A2: 单元格是公式"}},
		"long name":        {set("入驻企业", "A2", strings.Repeat("长", 101)), []string{"入驻企业!A2: “企业名称”有 101 字"}},
		"40,000 letters":   {set("入驻企业", "A2", strings.Repeat("a", 32_000)), []string{"入驻企业!A2: 单元格超过"}},
		"reversed reading": {set("入驻企业", "A2", "甲\u202e乙"), []string{"入驻企业!A2: “企业名称”含有不可见的控制字符"}},
		"hidden row":       {func(f *excelize.File) error { return f.SetRowVisible("入驻企业", 3, false) }, []string{"入驻企业!A3: 这一行被隐藏"}},
		"hidden column":    {func(f *excelize.File) error { return f.SetColVisible("入驻企业", "C", false) }, []string{"入驻企业!C1: C 列被隐藏"}},
		"merged":           {func(f *excelize.File) error { return f.MergeCell("入驻企业", "A2", "A3") }, []string{"入驻企业!A2: A2:A3 是合并单元格"}},
		"hidden sheet":     {func(f *excelize.File) error { f.SetActiveSheet(1); return f.SetSheetVisible("入驻企业", false) }, []string{"入驻企业: 这个工作表被隐藏"}},
		"sheets renamed": {func(f *excelize.File) error {
			return first(f.SetSheetName("入驻企业", "表一"), f.SetSheetName("发展目标", "表二"))
		}, []string{": 没有找到“入驻企业”或“发展目标”"}},
		"title twice":      {set("入驻企业", "F1", "信用代码"), []string{"入驻企业!F1: “统一社会信用代码”列出现了两次，第一次在 B1"}},
		"column missing":   {func(f *excelize.File) error { return f.RemoveCol("入驻企业", "C") }, []string{"入驻企业!A1: 缺少“所属行业”列"}},
		"no titles":        {func(f *excelize.File) error { return f.RemoveRow("入驻企业", 1) }, []string{"入驻企业: 没有找到表头"}},
		"marker's version": {set("_clusterzone", "A1", "0"), []string{": 模板版本 0 已停用"}},
		"two at once":      {set("入驻企业", "B3", "1", "C2", "养猪"), []string{"入驻企业!C2", "入驻企业!B3"}},
		"goal, words":      {set("发展目标", "C2", "很多"), []string{"发展目标!C2: “很多”不是以“万元”计的数字"}},
		"goal, negative":   {set("发展目标", "D3", "-5"), []string{"发展目标!D3: “-5”不是"}},
		"goal, decimals":   {set("发展目标", "C5", 1.5), []string{"发展目标!C5: “1.5”不是"}},
		"goal, date":       {set("发展目标", "C2", time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), []string{"发展目标!C2: 单元格是日期格式"}},
		"goal, unit":       {set("发展目标", "B2", "亿元"), []string{"发展目标!B2: 单位“亿元”与本表不同，应为“万元”"}},
		"goal, indicator":  {set("发展目标", "A2", "幸福"), []string{"发展目标!A2: 没有“幸福”这项指标"}},
		"goal, twice": {func(f *excelize.File) error {
			return f.SetCellValue("发展目标", "A3", cell(f, "发展目标", "A2"))
		}, []string{"发展目标!A3: 指标"}},
		"goal, nobody's":    {set("发展目标", "A2", nil, "C2", 5), []string{"发展目标!A2: 这一行有数字但没有指标名称"}},
		"year as a date":    {set("发展目标", "C1", time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)), []string{"发展目标!C1: 表头的年份是日期格式"}},
		"years with a gap":  {set("发展目标", "F1", "2040 年"), []string{"发展目标!F1: 表头的年份不连续"}},
		"a year is missing": {set("发展目标", "F1", "备注"), []string{"发展目标!A1: 表头应有 4 个年份（基期和规划年份），现有 3 个"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			i := w.upload("名单.xlsx", w.edited(x.change))
			told := w.told(i)
			if len(told) != len(x.want) {
				t.Fatalf("got %q, want %q", told, x.want)
			}
			for k, want := range x.want {
				if !strings.HasPrefix(told[k], want) {
					t.Errorf("got %q, want %q", told[k], want)
				}
			}
			if strings.Contains(strings.Join(told, ""), "⟦") {
				t.Errorf("a text is missing: %q", told)
			}
			if _, err := w.tables.Confirm(t.Context(), w.people["filler"], w.id, i.ID, tables.Replace); !fault.Is(err, fault.Conflict) {
				t.Errorf("a file with problems is confirmed: %v", err)
			}
		})
	}
	t.Run("another application's", func(t *testing.T) {
		w.TB = t
		if told := w.told(w.upload("x.xlsx", other)); len(told) != 1 || !strings.Contains(told[0], "不是本件") {
			t.Errorf("got %q", told)
		}
	})
	t.Run("20,001 firms", func(t *testing.T) {
		w.TB = t
		rows := [][]string{{"企业名称", "统一社会信用代码", "所属行业", "年营业收入区间"}}
		for i := range tables.MaxFirms + 1 {
			rows = append(rows, []string{"示例", w.code(i), "电子商务", "800"})
		}
		told := w.told(w.upload("名单.csv", must(sheet.WriteText(rows))(t)))
		if len(told) != 1 || !strings.HasPrefix(told[0], "CSV!A20002: 企业共 20001 家，超过 20000 家") {
			t.Errorf("got %q", told)
		}
	})
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func cell(f *excelize.File, table, name string) string {
	text, _ := f.GetCellValue(table, name) // a broken workbook fails elsewhere
	return text
}

// What is only spelt differently is taken: full-width digits, blanks, rich text, English titles, columns in any order.
func TestOtherSpellingsAreTaken(t *testing.T) {
	w := lite(t)
	fullWidth := strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, w.code(9))
	firm := application.Firm{Name: "甲公司", Code: w.code(9), Sector: w.book.Sectors[0].Code, RevenueBand: "500-1000"}
	for name, change := range map[string]func(*excelize.File) error{
		"full width":    set("入驻企业", "A2", "甲公司", "B2", fullWidth, "C2", w.book.Sectors[0].Short.ZH, "D2", "８００"),
		"blanks":        set("入驻企业", "A2", "　甲公司 ", "B2", w.code(9)[:8]+" "+strings.ToLower(w.code(9)[8:]), "C2", w.book.Sectors[0].Name.EN, "D2", "500 - 1000 万元", "A900", "  "),
		"english":       set("入驻企业", "A1", "Firm's name", "B1", "Unified social credit code", "C1", "Sector", "D1", "Revenue band", "A2", "甲公司", "B2", w.code(9), "C2", w.book.Sectors[0].Code, "D2", 800),
		"another order": set("入驻企业", "D1", "企业名称*", "C1", "信用代码", "B1", "行业", "A1", "年营业收入（万元）", "D2", "甲公司", "C2", w.code(9), "B2", w.book.Sectors[0].Name.ZH, "A2", "800", "F1", "备注", "F2", "不读"),
		"rich text": func(f *excelize.File) error {
			return first(set("入驻企业", "B2", w.code(9), "C2", w.book.Sectors[0].Name.ZH, "D2", 800)(f),
				f.SetCellRichText("入驻企业", "A2", []excelize.RichTextRun{{Text: "甲"}, {Text: "公司", Font: &excelize.Font{Bold: true}}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.TB = t
			i := w.upload("名单.xlsx", w.edited(change))
			if len(i.Problems) > 0 {
				t.Fatalf("refused: %q", w.told(i))
			}
			if len(i.Firms.Rows) != 1 || i.Firms.Rows[0].After != firm {
				t.Errorf("got %+v, want %+v", i.Firms.Rows, firm)
			}
			if named := slices.ContainsFunc(i.Notes, func(p tables.Problem) bool { return p.Code == "column_ignored" }); named != (name == "another order") {
				t.Errorf("notes: %+v", i.Notes)
			}
		})
	}
}

// What has been exported and is imported again changes nothing, whatever was entered.
func TestExportAndImportChangeNothing(t *testing.T) {
	w := lite(t)
	rapid.Check(t, func(r *rapid.T) {
		content := w.content("filler")
		n := rapid.IntRange(0, 6).Draw(r, "firms")
		content.Business.Firms = []application.Firm{}
		for i := range n {
			f := application.Firm{Name: strings.TrimSpace(rapid.StringMatching(`[甲乙=+@'"\-, ]{0,6}`).Draw(r, "name")), Code: w.code(i)}
			if rapid.Bool().Draw(r, "filled") {
				f.Sector, f.RevenueBand = w.book.Sectors[i].Code, w.book.Rules.RevenueBands[i].Code
			}
			content.Business.Firms = append(content.Business.Firms, f)
		}
		content.Goals = application.Goals{BaseYear: 2025, Rows: []application.GoalRow{}}
		for _, i := range w.book.Rules.Goals.Indicators {
			row := application.GoalRow{Indicator: i.Code, Planned: make([]*int64, 3), Reason: strings.TrimSpace(rapid.StringMatching(`[因为=+ \n]{0,5}`).Draw(r, "reason"))}
			for _, at := range []**int64{&row.Base, &row.Planned[0], &row.Planned[1], &row.Planned[2]} {
				if rapid.Bool().Draw(r, "stated") {
					v := rapid.Int64Range(0, 9_000_000_000_000_000).Draw(r, "value")
					*at = &v
				}
			}
			content.Goals.Rows = append(content.Goals.Rows, row)
		}
		v, err := w.apps.View(t.Context(), w.people["filler"], w.id)
		if err != nil {
			r.Fatal(err)
		}
		text, err := application.Canonical(content)
		if err != nil {
			r.Fatal(err)
		}
		if _, err := w.apps.Save(t.Context(), w.people["filler"], w.id, application.Edit{Version: v.Version, Content: text}); err != nil {
			r.Fatal(err)
		}
		lang := rapid.SampledFrom(wording.Langs()).Draw(r, "lang")
		f, err := w.tables.Template(t.Context(), w.people["filler"], w.id, lang)
		if err != nil {
			r.Fatal(err)
		}
		data := make([]byte, f.Content.Size())
		if _, err := f.Content.Read(data); err != nil {
			r.Fatal(err)
		}
		i := w.upload("again.xlsx", data)
		if i.Count > 0 || i.Changes() {
			r.Fatalf("problems %q, firms %+v, goals %+v", w.told(i), i.Firms, i.Goals)
		}
	})
}

// An import is for its uploader alone, and goes with its time.
func TestAnImportIsItsUploadersAlone(t *testing.T) {
	each(t, func(w *world) {
		w.put("filler", w.firms(2))
		i := w.upload("x.xlsx", w.template())
		for _, who := range []string{"colleague", "leader", "stranger"} {
			if _, err := w.tables.Find(w.Context(), w.people[who], w.id, i.ID); !fault.Is(err, fault.NotFound) {
				w.Errorf("%s: %v", who, err)
			}
			if _, err := w.tables.Confirm(w.Context(), w.people[who], w.id, i.ID, tables.Merge); !fault.Is(err, fault.NotFound) {
				w.Errorf("%s confirms: %v", who, err)
			}
		}
		if _, err := w.tables.Upload(w.Context(), w.people["stranger"], w.id, "x", nil); !fault.Is(err, fault.NotFound) {
			w.Errorf("a stranger uploads: %v", err)
		}
		if _, err := w.tables.Upload(w.Context(), w.people["leader"], w.id, "x", nil); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a leader uploads: %v", err)
		}
		if n := must(w.tables.Sweep(w.Context()))(w); n != 0 {
			w.Errorf("swept %d too early", n)
		}
	})
}

// A confirmation that comes after somebody else's change says what has changed, and changes nothing.
func TestAConfirmationIsHeldAgainstWhatStandsNow(t *testing.T) {
	each(t, func(w *world) {
		ctx, filler := w.Context(), w.people["filler"]
		w.put("filler", w.firms(3))
		data := w.edited(set("入驻企业", "A2", "改名企业"))
		i := w.upload("x.xlsx", data)
		other := w.firms(3)
		other[2].Name = "同事改的"
		w.put("colleague", other)
		_, err := w.tables.Confirm(ctx, filler, w.id, i.ID, tables.Replace)
		f := conflict(w, err, "tables.stale")
		if since := f.Detail.(tables.Since); len(since.Firms.Rows) != 1 || since.Firms.Rows[0].After.Name != "同事改的" {
			w.Errorf("since: %+v", since)
		}
		if diff := cmp.Diff(w.content("filler").Business.Firms, other); diff != "" {
			w.Error(diff)
		}
		if err := w.tables.Rebase(ctx, filler, w.id, i.ID); err != nil {
			w.Fatal(err)
		}
		must(w.tables.Confirm(ctx, filler, w.id, i.ID, tables.Replace))(w)
		third := w.firms(3)
		third[0].Name, third[1].Name = "改名企业", "又改了"
		w.put("colleague", third)
		_, err = w.tables.Undo(ctx, filler, w.id, i.ID)
		f = conflict(w, err, "tables.undo_changed")
		if since := f.Detail.(tables.Since); len(since.Firms.Rows) != 1 || since.Firms.Rows[0].After.Name != "又改了" {
			w.Errorf("since the import: %+v", since)
		}
	})
}

func conflict(w *world, err error, code string) *fault.Error {
	w.Helper()
	f, ok := err.(*fault.Error) //nolint:errorlint // the service returns it bare
	if !ok || f.Kind != fault.Conflict || f.Code != code {
		w.Fatalf("got %v, want %s", err, code)
	}
	return f
}

// Adding and updating by credit code removes nothing and keeps what the file leaves empty.
func TestMergingKeepsWhatTheFileDoesNotSay(t *testing.T) {
	w := lite(t)
	before := w.firms(3)
	w.put("filler", before)
	rows := [][]string{{"企业名称", "统一社会信用代码", "所属行业", "年营业收入区间"}, {"改名", before[1].Code, "", ""}, {"新增", w.code(8), "电子商务", "100"}}
	i := w.upload("x.csv", must(sheet.WriteText(rows))(t))
	must(w.tables.Confirm(t.Context(), w.people["filler"], w.id, i.ID, tables.Merge))(t)
	want := append(slices.Clone(before), application.Firm{Name: "新增", Code: w.code(8), Sector: "e-commerce", RevenueBand: "under-500"})
	want[1].Name = "改名"
	if diff := cmp.Diff(w.content("filler").Business.Firms, want, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// The marked copy has the list of problems and the cells in their places.
func TestTheMarkedCopyHasEveryProblemAtItsCell(t *testing.T) {
	w := lite(t)
	w.put("filler", w.firms(3))
	i := w.upload("名单.xlsx", w.edited(set("入驻企业", "C3", "=养猪", "B2", "1")))
	f := must(w.tables.Marked(t.Context(), w.people["filler"], w.id, i.ID, wording.ZH))(t)
	book := must(excelize.OpenReader(f.Content))(t)
	rows := must(book.GetRows("问题清单"))(t)
	if len(rows) != 3 || rows[1][0] != "入驻企业!B2" || rows[2][0] != "入驻企业!C3" {
		t.Errorf("list: %q", rows)
	}
	notes := must(book.GetComments("入驻企业"))(t)
	if len(notes) != 2 || cell(book, "入驻企业", "C3") != "=养猪" || cell(book, "入驻企业", "B2") != "1" {
		t.Errorf("comments %+v, C3 %q", notes, cell(book, "入驻企业", "C3"))
	}
}

// A page of a long list is saved by itself, unless these rows have been changed by somebody else.
func TestRowsOfALongListAreSavedByThemselves(t *testing.T) {
	each(t, func(w *world) {
		firms := w.firms(250)
		w.put("filler", firms)
		slice := tables.Slice{From: 100, Count: 100, Base: tables.RowsBase(firms, 100, 100), Firms: slices.Clone(firms[100:200])}
		slice.Firms[5].Name = "改名"
		slice.Firms = slices.Delete(slice.Firms, 7, 8)
		elsewhere := slices.Clone(firms)
		elsewhere[3].Name = "同事在别处改的"
		w.put("colleague", elsewhere)
		must(w.tables.SaveRows(w.Context(), w.people["filler"], w.id, slice))(w)
		want := slices.Delete(slices.Clone(elsewhere), 107, 108)
		want[105].Name = "改名"
		if diff := cmp.Diff(w.content("filler").Business.Firms, want); diff != "" {
			w.Error(diff)
		}
		_, err := w.tables.SaveRows(w.Context(), w.people["filler"], w.id, slice)
		conflict(w, err, "tables.rows_stale")
	})
}

// The empty template of a draft changes nothing: it does not even set the base year.
func TestTheEmptyTemplateChangesNothing(t *testing.T) {
	w := lite(t)
	if i := w.upload("x.xlsx", w.template()); i.Count > 0 || i.Changes() {
		t.Errorf("problems %q, firms %+v, goals %+v", w.told(i), i.Firms, i.Goals)
	}
}

// What is past its time is gone for everybody, and swept.
func TestImportsAreSweptWithTheirTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	databasetest.Each(t, func() time.Time { return now }, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		i := w.upload("x.xlsx", w.template())
		now = now.Add(2*time.Hour + time.Second)
		if _, err := w.tables.Find(t.Context(), w.people["filler"], w.id, i.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("after its time: %v", err)
		}
		if n := must(w.tables.Sweep(t.Context()))(t); n != 1 {
			t.Errorf("swept %d, want 1", n)
		}
	})
}
