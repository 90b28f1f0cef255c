package paper

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/signintech/gopdf"
)

// The paper and its colours. Lengths everywhere in this package are points.
const (
	a4Short = 595.28
	a4Long  = 841.89
	mm      = 72 / 25.4
)

// What is written across pages that are not, or not yet, real documents.
const (
	demoMark  = "演示数据，非真实文件"
	draftMark = "草稿"
)

// The colours of all documents; nothing assigns to them.
var (
	inkText  = ink{26, 30, 38}
	inkBlue  = ink{31, 78, 156}
	inkGrey  = ink{98, 106, 118}
	inkRule  = ink{176, 186, 200}
	inkTint  = ink{240, 244, 250}
	inkRed   = ink{190, 26, 36}
	inkGold  = ink{178, 146, 84}
	inkPale  = ink{232, 235, 240}
	inkBlack = ink{0, 0, 0}
)

// sheet draws on pages. The first failure sticks: what follows is not drawn and
// bytes returns it.
type sheet struct {
	press *Press
	pdf   *gopdf.GoPdf
	w, h  float64
	marks marks
	paper ink // what a QR code's margin is filled with
	err   error
}

// marks are written across or above each page.
type marks struct{ draft, demo bool }

// title and issued go into the file's properties; the time comes from the data,
// never from a clock, or equal input would not give equal bytes.
func (p *Press) sheet(w, h float64, title string, issued time.Time, m marks) *sheet {
	s := &sheet{press: p, pdf: &gopdf.GoPdf{}, w: w, h: h, marks: m, paper: ink{255, 255, 255}}
	s.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: w, H: h}})
	info := gopdf.PdfInfo{Title: clean(title), Creator: "clusterzone", Producer: "clusterzone"}
	if !issued.IsZero() {
		info.CreationDate = issued.In(time.FixedZone("CST", 8*3600))
	}
	s.pdf.SetInfo(info)
	for _, f := range []*face{p.song, p.hei} {
		s.keep(s.pdf.AddTTFFontFromFontContainer(f.family, &p.fonts))
		s.corners(f)
	}
	return s
}

// corners puts the first and last glyph of a face into the file. With them the
// code space that gopdf writes for copying text is 0x0100–0x..FF, a rectangle
// of byte ranges that strict readers accept; without them it may not be.
func (s *sheet) corners(f *face) {
	s.keep(s.pdf.SetFont(f.family, "", 10))
	if s.err == nil {
		_, err := s.pdf.MeasureTextWidth(" \u3000")
		s.keep(err)
	}
}

func (s *sheet) keep(err error) {
	if s.err == nil && err != nil {
		s.err = err
	}
}

// page starts a page with its marks, which lie under all that follows.
func (s *sheet) page() {
	if s.err != nil {
		return
	}
	s.pdf.AddPage()
	s.pdf.SetLineWidth(0.5) // gives even an empty page the content that footers look for
	// Light lines of text over a pale word stay readable, the word stays visible.
	switch {
	case s.marks.draft:
		s.across(draftMark, style{s.press.song, 150, ink{237, 239, 243}})
	case s.marks.demo:
		s.across(demoMark, style{s.press.song, 46, inkPale})
	}
	if s.marks.demo {
		st := style{s.press.hei, 8.5, inkRed}
		width := st.width(demoMark) + 14
		s.frame(s.w-width-22, 16, width, 17, 0.7, inkRed)
		s.text(s.w-width-15, 27.6, demoMark, st)
	}
}

// across writes a word over the middle of the page, rising.
func (s *sheet) across(word string, st style) {
	angle := math.Atan2(s.h, s.w) * 180 / math.Pi * 0.8
	s.pdf.Rotate(angle, s.w/2, s.h/2)
	s.centre(0, s.w, s.h/2+st.size*0.36, word, st)
	s.pdf.RotateReset()
}

// text writes one line from x on the baseline y.
func (s *sheet) text(x, y float64, text string, st style) {
	s.spaced(x, y, text, st, 0)
}

// spaced writes one line with extra space after each character.
func (s *sheet) spaced(x, y float64, text string, st style, gap float64) {
	text = clean(text)
	if s.err != nil || text == "" {
		return
	}
	for _, r := range text {
		if !st.face.has(r) { // a mistake of ours, stopped all the same
			s.keep(fmt.Errorf("%U in %q was not inspected before drawing", r, text))
			return
		}
	}
	s.keep(s.pdf.SetFont(st.face.family, "", st.size))
	s.keep(s.pdf.SetCharSpacing(gap))
	s.pdf.SetTextColor(st.ink.r, st.ink.g, st.ink.b)
	s.pdf.SetXY(x, y)
	s.keep(s.pdf.Text(text))
}

func (s *sheet) centre(left, right, y float64, text string, st style) {
	s.text((left+right-st.width(clean(text)))/2, y, text, st)
}

func (s *sheet) right(right, y float64, text string, st style) {
	s.text(right-st.width(clean(text)), y, text, st)
}

// centred writes lines around the middle of left and right, the first baseline
// at y, and returns the baseline after the last.
func (s *sheet) centred(left, right, y, leading float64, lines []line, st style) float64 {
	for _, l := range lines {
		s.centre(left, right, y, l.text, st)
		y += leading
	}
	return y
}

func (s *sheet) rule(x1, y1, x2, y2, thick float64, colour ink) {
	if s.err != nil {
		return
	}
	s.pdf.SetStrokeColor(colour.r, colour.g, colour.b)
	s.pdf.SetLineWidth(thick)
	s.pdf.Line(x1, y1, x2, y2)
}

func (s *sheet) frame(x, y, w, h, thick float64, colour ink) {
	if s.err != nil {
		return
	}
	s.pdf.SetStrokeColor(colour.r, colour.g, colour.b)
	s.pdf.SetLineWidth(thick)
	s.pdf.RectFromUpperLeftWithStyle(x, y, w, h, "D")
}

func (s *sheet) fill(x, y, w, h float64, colour ink) {
	if s.err != nil {
		return
	}
	s.pdf.SetFillColor(colour.r, colour.g, colour.b)
	s.pdf.RectFromUpperLeftWithStyle(x, y, w, h, "F")
}

// qr draws a QR code as filled areas, side points wide with its quiet margin.
func (s *sheet) qr(x, y, side float64, text string) {
	m, err := encode(text)
	s.keep(err)
	if s.err != nil {
		return
	}
	s.fill(x, y, side, side, s.paper)
	module := side / float64(len(m)+2*quiet)
	for row, dark := range m {
		for from := 0; from < len(dark); from++ {
			to := from
			for to < len(dark) && dark[to] {
				to++
			}
			if to > from {
				// The hair of overlap closes the seams that viewers show between areas.
				s.fill(x+module*float64(from+quiet), y+module*float64(row+quiet),
					module*float64(to-from), module+0.06, inkBlack)
				from = to
			}
		}
	}
}

// footers calls draw on each page once all pages are known.
func (s *sheet) footers(draw func(page, pages int)) {
	pages := s.pdf.GetNumberOfPages()
	for page := 1; page <= pages && s.err == nil; page++ {
		s.keep(s.pdf.SetPage(page))
		draw(page, pages)
	}
}

// bytes ends the document.
func (s *sheet) bytes() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.pdf.GetNumberOfPages() == 0 {
		return nil, errors.New("document without a page")
	}
	var out bytes.Buffer
	if _, err := s.pdf.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	return out.Bytes(), nil
}
