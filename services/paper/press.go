// Package paper prints every PDF the product issues: certificates, receipts,
// books of an application or evaluation, official letters, and the QR codes on
// them. It owns the fonts, the line breaking and the look. It must not know
// cases, states, people or databases: it is handed finished strings.
//
// Equal input gives equal bytes from the same build, so the hash of an issued
// document can be reproduced.
package paper

import (
	_ "embed" // the two fonts
	"fmt"

	"github.com/signintech/gopdf"
	"github.com/signintech/gopdf/fontmaker/core"
)

// The fonts are made by deploy/font/build.sh; font/OFL.txt is their licence.
// Song is the face of running text, Hei that of labels, tables and figures.
var (
	//go:embed font/song.ttf
	songTTF []byte
	//go:embed font/hei.ttf
	heiTTF []byte
)

// Press prints documents. It is safe for use by many goroutines: after New
// nothing in it changes.
type Press struct {
	fonts gopdf.FontContainer
	song  *face
	hei   *face
}

// New reads the fonts, once for all documents (some tens of milliseconds).
func New() (*Press, error) {
	p := new(Press)
	var err error
	// gopdf turns the blank into the plus sign that follows a subset's tag; without
	// the tag some printers take two documents' different subsets for one font.
	if p.song, err = p.load("CZSONG Clusterzone-Song", songTTF); err != nil {
		return nil, err
	}
	if p.hei, err = p.load("CZHEIA Clusterzone-Hei", heiTTF); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Press) load(family string, data []byte) (*face, error) {
	if err := p.fonts.AddTTFFontDataWithOption(family, data, gopdf.TtfOption{}); err != nil {
		return nil, fmt.Errorf("read font %s: %w", family, err)
	}
	return newFace(family, data)
}

// noGlyph marks a character that a face cannot draw.
const noGlyph = 0xFFFF

// face measures text. Advances are in thousandths of the type size.
type face struct {
	family  string
	advance [1 << 16]uint16
}

func newFace(family string, data []byte) (*face, error) {
	var font core.TTFParser
	if err := font.ParseFontData(data); err != nil {
		return nil, fmt.Errorf("measure font %s: %w", family, err)
	}
	f := &face{family: family}
	for i := range f.advance {
		f.advance[i] = noGlyph
	}
	widths, em := font.Widths(), font.UnitsPerEm()
	for r, glyph := range font.Chars() {
		f.advance[r] = uint16(widths[glyph] * 1000 / em)
	}
	return f, nil
}

func (f *face) has(r rune) bool {
	return r >= 0 && int(r) < len(f.advance) && f.advance[r] != noGlyph
}

func (f *face) width(r rune) float64 {
	if !f.has(r) {
		return 0
	}
	return float64(f.advance[r])
}

// ink is a colour.
type ink struct{ r, g, b uint8 }

// style is how a text is set: face, size in points, colour.
type style struct {
	face *face
	size float64
	ink  ink
}

func (st style) width(s string) float64 {
	sum := 0.0
	for _, r := range s {
		sum += st.face.width(r)
	}
	return sum * st.size / 1000
}

func (st style) sized(points float64) style {
	st.size = points
	return st
}
