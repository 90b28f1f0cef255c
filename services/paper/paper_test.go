package paper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// poppler runs one of the PDF tools over a document. Where they are missing the
// test is skipped, but never in the build that must prove them (CI=true).
func poppler(t *testing.T, tool string, pdf []byte, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath(tool)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install poppler-utils", tool)
		}
		t.Skipf("%s is missing: install poppler-utils", tool)
	}
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	args = append(args, file)
	if tool == "pdftotext" {
		args = append(args, "-") // pdftoppm writes to its output without it
	}
	run := exec.Command(program, args...)
	run.Stdout, run.Stderr = &out, &complaints
	if err := run.Run(); err != nil {
		t.Fatalf("%s: %v: %s", tool, err, &complaints)
	}
	if complaints.Len() > 0 {
		t.Errorf("%s complains: %s", tool, &complaints)
	}
	return out.Bytes()
}

// bare drops all blanks, which a reader's line breaks are made of.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// readText gives the text of a document, page by page.
func readText(t *testing.T, pdf []byte, args ...string) []string {
	t.Helper()
	text := string(poppler(t, "pdftotext", pdf, append([]string{"-enc", "UTF-8"}, args...)...))
	return strings.Split(strings.TrimSuffix(text, "\f"), "\f")
}

// body limits readText to what stands between running head and foot of a book.
var body = []string{"-x", "0", "-y", "60", "-W", "596", "-H", "720"}

// strip is what must stay empty between the body and the foot of a book.
var strip = []string{"-x", "0", "-y", "769", "-W", "596", "-H", "18"}

func requireFreeFoot(t *testing.T, pdf []byte) {
	t.Helper()
	for i, page := range readText(t, pdf, strip...) {
		if text := bare(page); text != "" {
			t.Errorf("page %d: text runs into the foot: %q", i+1, text)
		}
	}
}

func printed(t *testing.T, pdf []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func requireTexts(t *testing.T, pages []string, want ...string) {
	t.Helper()
	all := bare(strings.Join(pages, ""))
	for _, text := range want {
		if want := bare(text); !strings.Contains(all, want) {
			t.Errorf("printed text lacks %q", firstLoss(all, want))
		}
	}
}

// firstLoss is the part of want around the first place where text departs from
// it, to keep the message about a long text short.
func firstLoss(text, want string) string {
	runes := []rune(want)
	for end := 1; end <= len(runes); end++ {
		if !strings.Contains(text, string(runes[:end])) {
			return string(runes[max(0, end-20):min(len(runes), end+20)])
		}
	}
	return ""
}

func TestCertificateText(t *testing.T) {
	c := sampleCertificate()
	c.Demo = false
	out, err := press(t).Certificate(c)
	pages := readText(t, printed(t, out, err))
	if len(pages) != 1 {
		t.Errorf("%d pages, want 1", len(pages))
	}
	requireTexts(t, pages, "证书编号："+c.Number, c.Zone, c.Unit, c.Body, strings.Join(c.Sectors, "、"), c.Area,
		"2026年3月2日至2029年3月1日", c.DocumentNumber+"（"+c.DocumentDate+"）", c.Issuer, c.IssueDate, defaultProgramme)
	if len(out) > 300_000 {
		t.Errorf("%d bytes, want less than 300 kB", len(out))
	}
	if strings.Contains(pages[0], demoMark) {
		t.Error("a real certificate carries the demo mark")
	}
}

func TestDemoAndDraftMarks(t *testing.T) {
	b := sampleBook()
	b.Draft, b.Demo = true, true
	out, err := press(t).Book(b)
	for i, page := range readText(t, printed(t, out, err)) {
		if !strings.Contains(page, demoMark) || !strings.Contains(bare(page), "草") {
			t.Errorf("page %d lacks a mark", i+1)
		}
	}
	b.Draft, b.Demo = false, false
	out, err = press(t).Book(b)
	for i, page := range readText(t, printed(t, out, err)) {
		if strings.Contains(page, demoMark) || strings.Contains(page, "草") {
			t.Errorf("page %d carries a mark", i+1)
		}
	}
}

func TestReceiptText(t *testing.T) {
	r := sampleReceipt()
	r.Demo = false
	out, err := press(t).Receipt(r)
	pages := readText(t, printed(t, out, err))
	requireTexts(t, pages, "编号："+r.Number, r.Unit, r.Zone, r.Version, r.Time, r.Hash, r.Issuer, r.Note, "审签人")
	for _, file := range r.Files {
		requireTexts(t, pages, file.Slot, file.Size)
		// The hash takes two lines in its cell, beside those of the name.
		requireTexts(t, pages, file.SHA256[:30], file.SHA256[40:])
	}
}

func TestLongParagraphLosesNothing(t *testing.T) {
	text := longText(3000)
	l := sampleLetter()
	l.Demo, l.Paragraphs, l.Items, l.Closing = false, []string{text}, Table{}, nil
	out, err := press(t).Letter(l)
	pages := readText(t, printed(t, out, err))
	for i, page := range pages {
		pages[i] = regexp.MustCompile(`—\s*\d+\s*—\s*$`).ReplaceAllString(strings.TrimSpace(page), "")
	}
	requireTexts(t, pages, text)
	if len(pages) < 4 {
		t.Errorf("%d pages for 3,000 characters of 16 pt", len(pages))
	}
	requireTexts(t, pages, l.Heading, l.Number, l.Title, l.Addressee+"：", l.Issuer, l.Date, "附件：1."+l.Attachments[0])

	b := BookData{Title: "申报书", Sections: []Section{{Title: "一、正文", Paragraphs: []string{text, text[:len(text)/2]}}}}
	out, err = press(t).Book(b)
	requireTexts(t, readText(t, printed(t, out, err), body...), text)
	requireFreeFoot(t, out)
}

func TestEveryGBKCharacterCanBeCopied(t *testing.T) {
	var text strings.Builder
	for _, r := range gbkRunes(t) {
		if !unicode.IsSpace(r) {
			text.WriteRune(r)
		}
	}
	b := BookData{Title: "字符", Sections: []Section{{Paragraphs: []string{text.String()}}}}
	out, err := press(t).Book(b)
	pages := readText(t, printed(t, out, err), body...)
	got, want := []rune(bare(strings.Join(pages[1:], ""))), []rune(text.String())
	seen := map[rune]bool{}
	for _, r := range got {
		seen[r] = true
	}
	for _, r := range want {
		if !seen[r] {
			t.Errorf("%q %U does not come back", r, r)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d characters come back, want %d", len(got), len(want))
	}
}

func TestLongFactGoesOverPages(t *testing.T) {
	text := longText(3000)
	b := BookData{Title: "申报书", Sections: []Section{{Title: "一、定位", Rows: []Row{{"前项", "甲"}, {"定位说明", text}, {"后项", "乙"}}}}}
	out, err := press(t).Book(b)
	pages := readText(t, printed(t, out, err), body...)
	all := bare(strings.Join(pages, ""))
	// The label stands beside the lines, so it may fall into the text that is read.
	all = strings.NewReplacer("定位说明（续）", "", "定位说明", "").Replace(all)
	if !strings.Contains(all, bare(text)) {
		t.Error("the long value does not come back whole")
	}
	requireFreeFoot(t, out)
	for i, page := range pages[1 : len(pages)-1] {
		want := "定位说明"
		if i > 0 {
			want += "（续）"
		}
		if !strings.Contains(bare(page), want) {
			t.Errorf("page %d lacks the label %s", i+2, want)
		}
	}
}

func TestTableHeadRepeatsAndRowsComeOnce(t *testing.T) {
	b := sampleBook()
	b.Demo, b.Draft = false, false
	out, err := press(t).Book(b)
	pages := readText(t, printed(t, out, err))
	count := 0
	for i, page := range pages {
		rows := regexp.MustCompile(`演示物流企业\d+有限责任公司`).FindAllString(page, -1)
		if len(rows) > 0 && !strings.Contains(page, "统一社会信用代码") {
			t.Errorf("page %d has rows without their head", i+1)
		}
		count += len(rows)
	}
	requireFreeFoot(t, out)
	if count != 60 {
		t.Errorf("%d rows printed, want 60", count)
	}
}

func TestPagesAreNumbered(t *testing.T) {
	b := sampleBook()
	out, err := press(t).Book(b)
	pages := readText(t, printed(t, out, err))
	if len(pages) < 6 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		want := fmt.Sprintf("第%d页共%d页", i+1, len(pages))
		if text := bare(page); !strings.Contains(text, want) ||
			!strings.Contains(text, "编号："+b.Number) || !strings.Contains(text, "内容校验值："+b.Hash) {
			t.Errorf("page %d lacks %q, number or hash in its foot", i+1, want)
		}
	}
}

func TestSignatureNeverStandsAlone(t *testing.T) {
	l := sampleLetter()
	l.Demo = false
	for n := 0; n < 14; n++ {
		l.Closing = make([]string, n+1)
		for i := range l.Closing {
			l.Closing[i] = fmt.Sprintf("第%d项工作按照计划推进。", i+1)
		}
		out, err := press(t).Letter(l)
		pages := readText(t, printed(t, out, err))
		if last := pages[len(pages)-1]; !strings.Contains(last, l.Issuer) || !strings.Contains(last, "按照计划推进") {
			t.Errorf("%d paragraphs: the last page carries no text with the signature", n+1)
		}
	}
}

func TestSameDataSameBytes(t *testing.T) {
	other, err := New()
	if err != nil {
		t.Fatal(err)
	}
	first, second := printAll(t, press(t)), printAll(t, other)
	for i := range first {
		if !bytes.Equal(first[i], second[i]) {
			t.Errorf("document %d differs between two presses", i)
		}
	}
	c := sampleCertificate()
	c.IssueDate = "2026年3月3日"
	changed, err := other.Certificate(c)
	if bytes.Equal(printed(t, changed, err), first[0]) {
		t.Error("another date, the same bytes")
	}
	if !bytes.Contains(first[0], []byte("/CreationDate(D:20260302093000+08'00')")) {
		t.Error("the file's date is not the one of the data")
	}
}

func printAll(t *testing.T, p *Press) [][]byte {
	t.Helper()
	var all [][]byte
	add := func(out []byte, err error) {
		if err != nil {
			t.Error(err)
		}
		all = append(all, out)
	}
	add(p.Certificate(sampleCertificate()))
	add(p.Receipt(sampleReceipt()))
	add(p.Book(sampleBook()))
	add(p.Letter(sampleLetter()))
	return all
}

func TestManyGoroutinesPrintTheSame(t *testing.T) {
	p := press(t)
	want := printAll(t, p)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			for i, got := range printAll(t, p) {
				if !bytes.Equal(got, want[i]) {
					t.Errorf("document %d differs when printed in parallel", i)
				}
			}
		})
	}
	group.Wait()
}

func TestRefusesIncompleteData(t *testing.T) {
	p := press(t)
	certificate, receipt, book, letter := sampleCertificate(), sampleReceipt(), sampleBook(), sampleLetter()
	for _, test := range []struct {
		name  string
		print func() ([]byte, error)
		want  string
	}{
		{"no number", func() ([]byte, error) { c := certificate; c.Number = " "; return p.Certificate(c) }, "证书编号 is empty"},
		{"no address", func() ([]byte, error) { c := certificate; c.CheckURL = ""; return p.Certificate(c) }, "核验网址 is empty"},
		{"long zone", func() ([]byte, error) {
			c := certificate
			c.Zone = strings.Repeat("示范", 60)
			return p.Certificate(c)
		}, "示范区名称 of 120 characters is too long"},
		{"many sectors", func() ([]byte, error) {
			c := certificate
			c.Sectors = strings.Split(strings.Repeat("研发、设计、咨询、会计、法律等专业服务业|", 60), "|")
			return p.Certificate(c)
		}, "产业领域 is too long"},
		{"long address", func() ([]byte, error) {
			c := certificate
			c.CheckURL = strings.Repeat("x", 4000)
			return p.Certificate(c)
		}, "4000 bytes are too many"},
		{"receipt without hash", func() ([]byte, error) { r := receipt; r.Hash = ""; return p.Receipt(r) }, "内容校验值 is empty"},
		{"short row in a book", func() ([]byte, error) {
			b := book
			b.Sections = []Section{{Title: "三", Tables: []Table{{Columns: []Column{{Title: "甲"}, {Title: "乙"}}, Rows: [][]string{{"一"}}}}}}
			return p.Book(b)
		}, "row 1 has 1 cells for 2 columns"},
		{"long row in a letter", func() ([]byte, error) {
			l := letter
			l.Items = Table{Columns: []Column{{Title: "甲"}}, Rows: [][]string{{"一"}, {"一", "二"}}}
			return p.Letter(l)
		}, "row 2 has 2 cells for 1 columns"},
	} {
		out, err := test.print()
		if err == nil || !strings.Contains(err.Error(), test.want) || out != nil {
			t.Errorf("%s: %d bytes, %v; want %q", test.name, len(out), err, test.want)
		}
		var missing *MissingGlyphError
		if errors.As(err, &missing) {
			t.Errorf("%s: a glyph error: %v", test.name, err)
		}
	}
}

func TestAllTenSectorsFitOnACertificate(t *testing.T) {
	c := sampleCertificate()
	c.Demo = false
	c.Sectors = []string{
		"新兴金融服务业", "离岸服务外包", "医疗、卫生、体育、养老等大健康服务业", "文化旅游服务业",
		"研发、设计、咨询、会计、法律等专业服务业", "国际物流及城乡配送", "电子商务及跨境结算",
		"保税商品展示及保税贸易", "互联网云计算大数据", "总部贸易和转口贸易",
	}
	c.Zone = "沙坪坝区重庆大学城科技产业园科技研发与专业服务（检验检测、知识产权、工业设计）集聚示范区"
	out, err := press(t).Certificate(c)
	pages := readText(t, printed(t, out, err))
	requireTexts(t, pages, c.Zone, strings.Join(c.Sectors, "、"))
}

func TestEmptyDocumentsPrint(t *testing.T) {
	p := press(t)
	for name, print := range map[string]func() ([]byte, error){
		"letter": func() ([]byte, error) { return p.Letter(LetterData{}) },
		"book":   func() ([]byte, error) { return p.Book(BookData{}) },
	} {
		if out, err := print(); err != nil || !bytes.HasPrefix(out, []byte("%PDF-")) {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}

func BenchmarkCertificate(b *testing.B) {
	p := press(b)
	for b.Loop() {
		if _, err := p.Certificate(sampleCertificate()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}
