package paper

import (
	"fmt"
	"time"
)

// LetterData is an official document: 补正通知书, 认定决定, 不予认定决定, 公示 …
type LetterData struct {
	Heading     string // the issuing office as it heads its documents; may be empty
	Number      string // 文号; empty on a draft
	Title       string
	Addressee   string // without the colon; empty for a public notice
	Paragraphs  []string
	Items       Table    // after the paragraphs; no columns = none
	Closing     []string // paragraphs after the items
	Attachments []string // 附件
	Issuer      string   // who signs
	Date        string
	CheckURL    string    // printed as a QR code; may be empty
	Issued      time.Time // for the file's properties; the zero time leaves it out
	Draft       bool
	Demo        bool
}

// The measures of GB/T 9704: text area 156 × 225 mm on A4, 三号 (16 pt) text.
const (
	letterLeft   = 28 * mm
	letterTop    = 37 * mm
	letterWidth  = 156 * mm
	letterHeight = 225 * mm
	letterSize   = 16.0
)

func (l LetterData) check(p *Press) error {
	in := p.inspect()
	in.texts("发文机关标志", l.Heading)
	in.texts("文号", l.Number)
	in.texts("标题", l.Title)
	in.texts("主送单位", l.Addressee)
	for i, text := range l.Paragraphs {
		in.texts(fmt.Sprintf("正文第%d段", i+1), text)
	}
	if err := l.Items.check("事项清单"); err != nil {
		return err
	}
	l.Items.inspect(in, "事项清单")
	for i, text := range l.Closing {
		in.texts(fmt.Sprintf("结尾第%d段", i+1), text)
	}
	in.texts("附件", l.Attachments...)
	in.texts("落款单位", l.Issuer)
	in.texts("落款日期", l.Date)
	return in.err()
}

// Letter prints an official document after the layout of GB/T 9704. It fails
// with MissingGlyphError on characters it cannot draw, and with a plain error
// on a table row that does not fit its columns.
func (p *Press) Letter(l LetterData) ([]byte, error) {
	if err := l.check(p); err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	// The standard lets lines close up so that a signature need not stand alone
	// on a page: the widest lines that need no more pages than the narrowest.
	tight := p.setLetter(l, 26)
	set := tight
	for _, leading := range []float64{29, 27.5} {
		if wide := p.setLetter(l, leading); wide.pdf.GetNumberOfPages() == tight.pdf.GetNumberOfPages() {
			set = wide
			break
		}
	}
	out, err := set.bytes()
	if err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	return out, nil
}

func (p *Press) setLetter(l LetterData, leading float64) *sheet {
	s := p.sheet(a4Short, a4Long, l.Title+" "+l.Number, l.Issued, marks{draft: l.Draft, demo: l.Demo})
	f := &flow{
		sheet: s, left: letterLeft, right: letterLeft + letterWidth,
		top: letterTop, bottom: letterTop + letterHeight,
	}
	f.turn()
	letterHead(f, l)
	letterBody(f, l, leading)
	s.footers(func(page, _ int) {
		s.centre(0, s.w, f.bottom+28, fmt.Sprintf("— %d —", page), style{p.song, 13, inkText})
	})
	return s
}

func letterHead(f *flow, l LetterData) {
	p := f.press
	if l.Heading != "" {
		lines, st, _ := fit(l.Heading, style{p.song, 34, inkRed}, f.width(), 2, 18)
		f.y = f.centred(f.left, f.right, f.y+18, st.size*1.3, lines, st) - st.size*1.3 + 32
	}
	if l.Number != "" {
		f.centre(f.left, f.right, f.y, l.Number, style{p.song, letterSize, inkText})
	}
	if l.Heading != "" {
		f.rule(f.left, f.y+11, f.right, f.y+11, 1.6, inkRed)
	}
	f.space(39)
	if l.Title != "" {
		f.centredText(l.Title, style{p.song, 22, inkText}, 33)
		f.space(14)
	}
}

func letterBody(f *flow, l LetterData, leading float64) {
	st := style{f.press.song, letterSize, inkText}
	if l.Addressee != "" {
		f.paragraph(l.Addressee+"：", st, leading, 0)
	}
	f.paragraphs(l.Paragraphs, st, leading)
	if len(l.Items.Columns) > 0 {
		f.space(8)
		f.table(l.Items, style{f.press.song, 11.5, inkText}, 17.5)
		f.space(10)
	}
	f.paragraphs(l.Closing[:max(0, len(l.Closing)-1)], st, leading)
	letterTail(f, l, st, leading)
}

// letterTail keeps the last paragraph, the attachments and the signature on one
// page, so that no page carries a signature without text.
func letterTail(f *flow, l LetterData, st style, leading float64) {
	last := l.Closing[max(0, len(l.Closing)-1):]
	lines := len(l.Attachments) + 1
	for _, text := range last {
		lines += len(wrap(text, st, f.width(), 2*st.size))
	}
	f.need(min(leading*float64(lines)+signatureHeight, f.bottom-f.top))
	f.paragraphs(last, st, leading)
	letterAttachments(f, l.Attachments, st, leading)
	f.space(14)
	f.signature(l.Issuer, l.Date, l.CheckURL, "扫码核验文书真伪", letterSize)
}

func (f *flow) paragraphs(texts []string, st style, leading float64) {
	for _, text := range texts {
		f.paragraph(text, st, leading, 2*st.size)
	}
}

// letterAttachments lists them under 附件, numbered when there are several,
// later lines hanging under the first word.
func letterAttachments(f *flow, names []string, st style, leading float64) {
	if len(names) == 0 {
		return
	}
	f.space(leading / 2)
	f.need(leading * float64(min(len(names), 8)))
	lead := "附件："
	for i, name := range names {
		mark := lead
		if len(names) > 1 {
			mark += fmt.Sprintf("%d.", i+1)
		}
		hang := 2*st.size + st.width(mark)
		for j, l := range wrap(name, st, f.width()-hang, 0) {
			f.need(leading)
			y := baseline(f.y, leading, st.size)
			if j == 0 && i == 0 {
				f.text(f.left+2*st.size, y, mark, st)
			} else if j == 0 {
				f.text(f.left+2*st.size+st.width(lead), y, mark[len(lead):], st)
			}
			f.text(f.left+hang, y, l.text, st)
			f.y += leading
		}
	}
}
