package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"clusterzone/services/sheet"
)

// parts are the parts of the smallest workbook, by name.
func parts(sheetXML string) map[string]string {
	const spread = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	return map[string]string{
		"[Content_Types].xml":        `<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="` + rel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="` + spread + `" xmlns:r="` + rel + `"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + rel + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="` + spread + `">` + sheetXML + `</worksheet>`,
	}
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func data(cells string) string { return "<sheetData>" + cells + "</sheetData>" }

func with(files map[string]string, name, text string) map[string]string {
	files[name] = text
	return files
}

// Files that are not read at all, each with the reason its sender is told.
func TestBadFilesAreNamed(t *testing.T) {
	good := zipped(t, parts(data(`<row r="1"><c r="A1"><v>1</v></c></row>`)))
	utf16 := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteByte(byte(r))
			b.WriteByte(0)
		}
		return b.String()
	}
	limits := sheet.Default()
	for name, x := range map[string]struct {
		data []byte
		want sheet.Code
	}{
		"empty":               {nil, sheet.NotTable},
		"a page":              {[]byte("<html><table><tr><td>1</td></tr></table></html>"), sheet.NotTable},
		"a pdf":               {[]byte("%PDF-1.4\n1 0 obj"), sheet.NotTable},
		"binary":              {[]byte("name,code\x00,1"), sheet.NotTable},
		"another zip":         {zipped(t, map[string]string{"a.txt": "1"}), sheet.NotTable},
		"old format":          {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), sheet.OldFormat},
		"encrypted":           {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + utf16("EncryptedPackage")), sheet.Encrypted},
		"truncated":           {good[:len(good)-40], sheet.Damaged},
		"cut within a part":   {zipped(t, with(parts(""), "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1")), sheet.Damaged},
		"NUL":                 {zipped(t, parts(data("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a\x00b</t></is></c></row>"))), sheet.Damaged},
		"NUL as entity":       {zipped(t, parts(data(`<row r="1"><c r="A1" t="inlineStr"><is><t>a&#0;b</t></is></c></row>`))), sheet.Damaged},
		"macros":              {zipped(t, with(parts(data("")), "xl/vbaProject.bin", "x")), sheet.Macros},
		"macros by type only": {zipped(t, with(parts(data("")), "[Content_Types].xml", `<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>`)), sheet.Macros},
		"external link":       {zipped(t, with(parts(data("")), "xl/externalLinks/externalLink1.xml", "<externalLink/>")), sheet.External},
		"external by relationship": {zipped(t, with(parts(data("")), "xl/worksheets/_rels/sheet1.xml.rels",
			`<Relationships><Relationship Id="r1" Type="http://x/image" Target="http://192.0.2.1/a.png" TargetMode="External"/></Relationships>`)), sheet.External},
		"connections":    {zipped(t, with(parts(data("")), "xl/connections.xml", "<connections/>")), sheet.External},
		"embedded":       {zipped(t, with(parts(data("")), "xl/embeddings/oleObject1.bin", "x")), sheet.Embedded},
		"doctype":        {zipped(t, with(parts(""), "xl/worksheets/sheet1.xml", `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>`)), sheet.Doctype},
		"zip bomb":       {zipped(t, with(parts(data("")), "xl/media/a.xml", strings.Repeat(" ", 100<<20))), sheet.Bomb},
		"one huge text":  {zipped(t, parts(data(`<row r="1"><c r="A1" t="inlineStr"><is><t>`+strings.Repeat("a", 8<<20)+`</t></is></c></row>`))), sheet.Bomb},
		"many parts":     {zipped(t, manyParts(2001)), sheet.Bomb},
		"too large":      {bytes.Repeat([]byte("a,b\n"), 2<<20), sheet.TooLarge},
		"many rows":      {[]byte(strings.Repeat("a,b\n", limits.Rows+1)), sheet.ManyRows},
		"many columns":   {[]byte(strings.Repeat("a,", limits.Columns) + "a"), sheet.ManyColumns},
		"a cell far out": {zipped(t, parts(data(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`))), sheet.ManyColumns},
		"encoding":       {[]byte("\xff\xff\xff,\x81\x20"), sheet.BadEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Read(x.data, limits)
			var refused *sheet.Refusal
			if !errors.As(err, &refused) || refused.Code != x.want {
				t.Errorf("got %v, want %s", err, x.want)
			}
		})
	}
}

func manyParts(n int) map[string]string {
	out := parts(data(""))
	for i := range n {
		out[fmt.Sprintf("xl/media/%d.xml", i)] = ""
	}
	return out
}

// A zip that declares less than it holds is stopped while it unfolds.
func TestABombThatLiesIsStopped(t *testing.T) {
	bomb := zipped(t, parts(data(strings.Repeat(`<row r="1"></row>`, 8<<20))))
	limits := sheet.Default()
	limits.Bytes = 64 << 20
	// The directory says how long each part is; say 1 of all.
	at := bytes.LastIndex(bomb, []byte("PK\x01\x02"))
	for i := at; i >= 0; i = bytes.LastIndex(bomb[:i], []byte("PK\x01\x02")) {
		copy(bomb[i+24:], []byte{1, 0, 0, 0})
	}
	_, err := sheet.Read(bomb, limits)
	var refused *sheet.Refusal
	if !errors.As(err, &refused) || refused.Code != sheet.Bomb && refused.Code != sheet.Damaged {
		t.Errorf("got %v", err)
	}
}

// What a cell can hold, and how it is read.
func TestCellsAreReadForWhatTheyHold(t *testing.T) {
	styles := `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/><numFmt numFmtId="165" formatCode="0.00&quot;days&quot;"/></numFmts>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`
	shared := `<sst><si><t>plain</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>hidden reading</t></rPh></si></sst>`
	for name, x := range map[string]struct {
		cell string
		want sheet.Cell
	}{
		"shared":           {`<c r="A1" t="s"><v>0</v></c>`, sheet.Cell{Text: "plain"}},
		"rich text":        {`<c r="A1" t="s"><v>1</v></c>`, sheet.Cell{Text: "rich text"}},
		"shared far out":   {`<c r="A1" t="s"><v>99</v></c>`, sheet.Cell{}},
		"inline":           {`<c r="A1" t="inlineStr"><is><t> a </t></is></c>`, sheet.Cell{Text: "a"}},
		"number":           {`<c r="A1"><v>1234.5</v></c>`, sheet.Cell{Text: "1234.5", Kind: sheet.Number}},
		"number's noise":   {`<c r="A1"><v>0.30000000000000004</v></c>`, sheet.Cell{Text: "0.3", Kind: sheet.Number}},
		"exponent":         {`<c r="A1"><v>1.5E3</v></c>`, sheet.Cell{Text: "1500", Kind: sheet.Number}},
		"infinite":         {`<c r="A1"><v>1E999</v></c>`, sheet.Cell{Text: "1E999"}},
		"date":             {`<c r="A1" s="1"><v>45992</v></c>`, sheet.Cell{Text: "45992", Kind: sheet.Date}},
		"own date":         {`<c r="A1" s="2"><v>45992</v></c>`, sheet.Cell{Text: "45992", Kind: sheet.Date}},
		"letters quoted":   {`<c r="A1" s="3"><v>2</v></c>`, sheet.Cell{Text: "2", Kind: sheet.Number}},
		"formula":          {`<c r="A1"><f>SUM(B1:B9)</f><v>3</v></c>`, sheet.Cell{Text: "3", Kind: sheet.Number, Flaw: sheet.Formula}},
		"formula to text":  {`<c r="A1" t="str"><f>HYPERLINK("http://x")</f><v>x</v></c>`, sheet.Cell{Text: "x", Flaw: sheet.Formula}},
		"formula's error":  {`<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, sheet.Cell{Text: "#DIV/0!", Kind: sheet.Error, Flaw: sheet.Formula}},
		"escaped NUL":      {`<c r="A1" t="inlineStr"><is><t>a_x0000_b</t></is></c>`, sheet.Cell{Text: "a\x00b", Flaw: sheet.Control}},
		"escaped bracket":  {`<c r="A1" t="inlineStr"><is><t>_x005F_x0000_</t></is></c>`, sheet.Cell{Text: "_x0000_"}},
		"40,000 letters":   {`<c r="A1" t="inlineStr"><is><t>` + strings.Repeat("a", 40_000) + `</t></is></c>`, sheet.Cell{Text: strings.Repeat("a", 100), Flaw: sheet.TooLong}},
		"boolean":          {`<c r="A1" t="b"><v>1</v></c>`, sheet.Cell{Text: "1", Kind: sheet.Bool}},
		"trailing blanks":  {`<c r="A1" t="inlineStr"><is><t xml:space="preserve">甲　 </t></is></c>`, sheet.Cell{Text: "甲"}},
		"foreign prefixes": {`<x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c>`, sheet.Cell{Text: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := parts(`<dimension ref="A1:XFD1048576"/>` + data(`<row r="1">`+x.cell+`</row>`))
			files["xl/styles.xml"], files["xl/sharedStrings.xml"] = styles, shared
			got, err := sheet.Read(zipped(t, files), sheet.Default())
			if err != nil {
				t.Fatal(err)
			}
			var cell sheet.Cell
			if len(got[0].Rows) > 0 {
				cell = got[0].Rows[0].At(0)
			}
			if diff := cmp.Diff(cell, x.want); diff != "" {
				t.Errorf("got, want: %s", diff)
			}
		})
	}
}

// Hidden rows, hidden columns, merged cells and hidden sheets are told, not read in silence.
func TestWhatCannotBeSeenIsTold(t *testing.T) {
	files := parts(`<cols><col min="2" max="3" hidden="1"/></cols>` + data(`<row r="2" hidden="1"><c r="B2"><v>1</v></c></row><row r="9"/>`) +
		`<mergeCells><mergeCell ref="A4:C5"/></mergeCells>`)
	got, err := sheet.Read(zipped(t, files), sheet.Default())
	if err != nil {
		t.Fatal(err)
	}
	want := sheet.Table{Name: "S", Rows: []sheet.Row{{No: 2, Hidden: true, Cells: []sheet.Cell{{}, {Text: "1", Kind: sheet.Number}}}},
		Merged: []sheet.Area{{Top: 4, Left: 0, Bottom: 5, Right: 2}}, HiddenColumns: []int{1}}
	if diff := cmp.Diff(got[0], want); diff != "" {
		t.Error(diff)
	}
	files["xl/workbook.xml"] = strings.Replace(files["xl/workbook.xml"], `sheetId="1"`, `sheetId="1" state="veryHidden"`, 1)
	got, err = sheet.Read(zipped(t, files), sheet.Default())
	if err != nil || !got[0].Hidden {
		t.Errorf("a very hidden sheet: %+v, %v", got, err)
	}
}

// Text tables come in UTF-8 and GB18030, with commas, tabs or semicolons.
func TestTextTablesAreRead(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("企业名称,代码\r\n\"甲,乙公司\",1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"gb18030": gb, "utf-8": "企业名称,代码\n\"甲,乙公司\",1", "mark": "\ufeff企业名称,代码\n\"甲,乙公司\",1\n\n",
		"tabs": "企业名称\t代码\n甲,乙公司\t1\n", "semicolons": "企业名称;代码\n甲,乙公司;1\n"} {
		got, err := sheet.Read([]byte(text), sheet.Default())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []sheet.Row{{No: 1, Cells: []sheet.Cell{{Text: "企业名称"}, {Text: "代码"}}}, {No: 2, Cells: []sheet.Cell{{Text: "甲,乙公司"}, {Text: "1"}}}}
		if diff := cmp.Diff(got[0].Rows, want); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// injections are texts that a spreadsheet would calculate.
func injections() []string {
	return []string{"=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A0", `=HYPERLINK("http://192.0.2.1","x")`, "＝1+1", "＋1", "－1", "＠A1", "'=1", "''@x"}
}

// No text of ours becomes a formula in a workbook: it is stored as a text in a cell of text format.
func TestNoTextBecomesAFormulaInAWorkbook(t *testing.T) {
	rows := [][]any{}
	for _, text := range injections() {
		rows = append(rows, []any{text})
	}
	body, err := sheet.Write([]sheet.Page{{Name: "S", Columns: []sheet.Column{{Title: "=1+1"}}, Rows: rows}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(rows) + 1 {
		cell := sheet.CellName(i+1, 0)
		formula, err := f.GetCellFormula("S", cell)
		kind, err2 := f.GetCellType("S", cell)
		if err != nil || err2 != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s: formula %q, type %v, %v, %v", cell, formula, kind, err, err2)
		}
		id, _ := f.GetCellStyle("S", cell)
		if style, err := f.GetStyle(id); i > 0 && (err != nil || style.NumFmt != 49) {
			t.Errorf("%s has no text format: edited, it would become a formula", cell)
		}
	}
}

// No cell of a CSV begins with what a spreadsheet calculates, and reading gives the text back.
func TestNoTextBecomesAFormulaInText(t *testing.T) {
	for _, text := range injections() {
		body, err := sheet.WriteText([][]string{{"a", text}})
		if err != nil {
			t.Fatal(err)
		}
		record, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).Read()
		if err != nil {
			t.Fatal(err)
		}
		if got := record[1]; !strings.HasPrefix(got, "'") {
			t.Errorf("%q is written as %q", text, got)
		}
		got, err := sheet.Read(body, sheet.Default())
		if want := strings.TrimSpace(text); err != nil || got[0].Rows[0].At(1).Text != want || got[0].Rows[0].At(1).Flaw != "" {
			t.Errorf("%q is read back as %+v, %v", text, got, err)
		}
	}
	if got, err := sheet.Read([]byte("a,=1+1"), sheet.Default()); err != nil || got[0].Rows[0].At(1).Flaw != sheet.Formula {
		t.Errorf("a formula in a text: %+v, %v", got, err)
	}
}

// Whatever text is written is read back, in both forms.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.TrimSpace(rapid.StringOf(rapid.RuneFrom([]rune("甲乙=+-@'\",;ａ１ab_x0041_ 01<&>\n"))).Draw(t, "text"))
		body, err := sheet.Write([]sheet.Page{{Name: "S", Columns: []sheet.Column{{Title: "T"}, {Title: "U"}}, Rows: [][]any{{"x", text}}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := sheet.Read(body, sheet.Default())
		if err != nil || len(got[0].Rows) != 2 || got[0].Rows[1].At(1).Text != text {
			t.Fatalf("workbook: %q is read as %+v, %v", text, got, err)
		}
		if body, err = sheet.WriteText([][]string{{"x", text}}); err != nil {
			t.Fatal(err)
		}
		got, err = sheet.Read(body, sheet.Default())
		if err != nil || got[0].Rows[0].At(1).Text != text {
			t.Fatalf("text: %q is read as %+v, %v", text, got, err)
		}
	})
}

// A cell's name and its place are one thing.
func TestCellNames(t *testing.T) {
	for name, at := range map[string][2]int{"A1": {1, 0}, "Z9": {9, 25}, "AA10": {10, 26}, "XFD1048576": {1 << 20, 16383}} {
		if got := sheet.CellName(at[0], at[1]); got != name {
			t.Errorf("%v: got %s, want %s", at, got, name)
		}
	}
}

// Bytes of no sense end in a refusal, never in a crash.
func FuzzRead(f *testing.F) {
	f.Add(zipped(f, parts(data(`<row r="1"><c r="A1"><v>1</v></c></row>`))))
	f.Add([]byte("a,b\n1,2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := sheet.Read(data, sheet.Default())
		var refused *sheet.Refusal
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("not a refusal: %v", err)
		}
	})
}
