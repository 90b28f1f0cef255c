package paper

import (
	"fmt"
	"time"
)

// Section is one part of a book: facts, then paragraphs, then tables.
type Section struct {
	Title      string
	Rows       []Row
	Paragraphs []string
	Tables     []Table
}

// BookData is the print of an application or an evaluation.
type BookData struct {
	Title    string // 战略性新兴服务业集聚示范区申报书
	Subtitle string // the zone
	Number   string
	Hash     string // of the content that is printed
	Cover    []Row  // on the title page: 申报单位, 批次, 提交时间 …
	Sections []Section
	Files    []File
	CheckURL string    // printed as a QR code on the title page; may be empty
	Issued   time.Time // for the file's properties; the zero time leaves it out
	Draft    bool      // writes 草稿 across each page
	Demo     bool
}

func (b BookData) check(p *Press) error {
	in := p.inspect()
	in.texts("标题", b.Title)
	in.texts("副标题", b.Subtitle)
	in.texts("编号", b.Number)
	in.texts("内容校验值", b.Hash)
	inspectRows(in, "封面", b.Cover)
	for _, section := range b.Sections {
		in.texts(section.Title, section.Title)
		inspectRows(in, section.Title, section.Rows)
		in.texts(section.Title, section.Paragraphs...)
		for _, t := range section.Tables {
			if err := t.check(section.Title); err != nil {
				return err
			}
			t.inspect(in, section.Title)
		}
	}
	inspectFiles(in, b.Files)
	return in.err()
}

// Book prints a title page and the sections, each page with number, hash and
// 第 x 页 共 y 页. It fails with MissingGlyphError on characters it cannot draw,
// and with a plain error on a table row that does not fit its columns.
func (p *Press) Book(b BookData) ([]byte, error) {
	if err := b.check(p); err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	s := p.sheet(a4Short, a4Long, b.Title+" "+b.Subtitle, b.Issued, marks{draft: b.Draft, demo: b.Demo})
	s.page()
	bookCover(s, b)
	f := &flow{sheet: s, left: 62, right: s.w - 62, top: 68, bottom: s.h - 74}
	f.turned = func() { bookHead(f, b) }
	if len(b.Sections)+len(b.Files) > 0 {
		f.turn()
	}
	for _, section := range b.Sections {
		bookSection(f, section)
	}
	if len(b.Files) > 0 {
		f.bookmark("材料清单")
		f.files(b.Files)
	}
	s.footers(func(page, pages int) { bookFoot(s, b, page, pages) })
	out, err := s.bytes()
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	return out, nil
}

func bookCover(s *sheet, b BookData) {
	p := s.press
	left, right := 84.0, s.w-84
	if b.Number != "" {
		s.right(s.w-62, 78, "编号："+b.Number, style{p.hei, 11, inkText})
	}
	title, st, _ := fit(b.Title, style{p.song, 32, inkText}, right-left, 3, 14)
	y := s.centred(left, right, 228, st.size*1.45, title, st)
	y += 6 - st.size*0.9
	s.rule(s.w/2-90, y, s.w/2+90, y, 1.6, inkBlue)
	sub, st, _ := fit(b.Subtitle, style{p.song, 19, inkText}, right-left, 3, 11)
	y = s.centred(left, right, y+44, st.size*1.5, sub, st)
	coverRows(s, b.Cover, max(y+40, 440))
	if b.CheckURL != "" {
		s.qr((s.w-qrSide)/2, s.h-184, qrSide, b.CheckURL)
		s.centre(0, s.w, s.h-91, "扫码核验", style{p.hei, 8, inkGrey})
	}
}

// coverRows sets label and value over a rule, as on a printed form.
func coverRows(s *sheet, rows []Row, y float64) {
	const left, middle, right = 118.0, 210.0, a4Short - 118
	label, value := style{s.press.hei, 12, inkText}, style{s.press.song, 12.5, inkText}
	for _, row := range rows {
		names := wrap(row.Label, label, middle-left-12, 0)
		values := wrap(row.Value, value, right-middle-8, 0)
		leading := 19.0
		height := leading * float64(max(len(names), len(values)))
		for i, l := range names {
			s.right(middle-12, y+leading*float64(i), l.text, label)
		}
		for i, l := range values {
			s.text(middle+4, y+leading*float64(i), l.text, value)
		}
		s.rule(middle, y+height-leading+6.5, right, y+height-leading+6.5, 0.5, inkRule)
		y += height + 10
	}
}

// bookHead writes the running head of a page.
func bookHead(f *flow, b BookData) {
	st := style{f.press.hei, 8.5, inkGrey}
	title := b.Title
	if b.Subtitle != "" {
		title += " · " + b.Subtitle
	}
	lines, smaller, ok := fit(title, st, f.width()-120, 1, 6)
	if !ok {
		lines, smaller, _ = fit(b.Number, st, f.width()-120, 1, 6)
	}
	f.text(f.left, 48, lines[0].text, smaller)
	f.rule(f.left, 55, f.right, 55, 0.5, inkRule)
}

func bookFoot(s *sheet, b BookData, page, pages int) {
	p := s.press
	const left = 62.0
	right := s.w - left
	st := style{p.hei, 8, inkGrey}
	s.rule(left, s.h-58, right, s.h-58, 0.5, inkRule)
	s.text(left, s.h-45, "编号："+b.Number, st)
	s.right(right, s.h-45, pageOf(page, pages), style{p.hei, 8.5, inkText})
	if b.Hash != "" {
		s.text(left, s.h-33, "内容校验值："+b.Hash, style{p.hei, 7, inkGrey})
	}
}

func bookSection(f *flow, section Section) {
	p := f.press
	f.need(96)
	f.bookmark(section.Title)
	if section.Title != "" {
		f.heading(section.Title, style{p.hei, 14.5, inkBlue}, 26, 40)
		f.rule(f.left, f.y, f.right, f.y, 0.9, inkBlue)
		f.space(9)
	}
	if len(section.Rows) > 0 {
		f.facts(section.Rows, 112, style{p.song, 10.5, inkText}, 16.5)
		f.space(12)
	}
	for _, text := range section.Paragraphs {
		f.paragraph(text, style{p.song, 11.5, inkText}, 20, 23)
		f.space(3)
	}
	for _, t := range section.Tables {
		f.space(4)
		f.table(t, style{p.song, 9.5, inkText}, 14.5)
		f.space(14)
	}
	f.space(12)
}

// bookmark puts a title into the reader's outline.
func (f *flow) bookmark(title string) {
	if f.err != nil || title == "" {
		return
	}
	f.pdf.SetY(f.y)
	f.pdf.AddOutlineWithPosition(clean(title))
}
