package paper

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signintech/gopdf"
)

// CertificateData is what an accreditation certificate says. Dates are texts as
// they shall read, such as 2026年3月1日.
type CertificateData struct {
	Programme      string // what is accredited; empty = 重庆市战略性新兴服务业集聚示范区
	Number         string // 证书编号
	Zone           string // 示范区名称
	Unit           string // 责任单位
	Body           string // 发展主体
	Sectors        []string
	Area           string // with its unit: 12.50 平方公里
	ValidFrom      string
	ValidTo        string
	DocumentNumber string // 文号 of the decision
	DocumentDate   string
	Issuer         string // 发证机关
	IssueDate      string
	CheckURL       string    // where the number is checked; printed as a QR code
	Issued         time.Time // for the file's properties; the zero time leaves it out
	Demo           bool      // marks the page as 演示数据
}

// Where the QR code stands on a certificate.
const (
	certificateQR     = 80.0
	certificateQRLeft = 66.0
	certificateQRTop  = 446.0
)

const defaultProgramme = "重庆市战略性新兴服务业集聚示范区"

func (c CertificateData) check(p *Press) error {
	for _, must := range []Row{
		{"证书编号", c.Number}, {"示范区名称", c.Zone}, {"发证机关", c.Issuer}, {"核验网址", c.CheckURL},
	} {
		if strings.TrimSpace(must.Value) == "" {
			return errors.New(must.Label + " is empty: fill it in before issuing")
		}
	}
	in := p.inspect()
	in.texts("示范区类别", c.Programme)
	in.texts("证书编号", c.Number)
	in.texts("示范区名称", c.Zone)
	in.texts("责任单位", c.Unit)
	in.texts("发展主体", c.Body)
	in.texts("产业领域", c.Sectors...)
	in.texts("认定面积", c.Area)
	in.texts("有效期限", c.ValidFrom, c.ValidTo)
	in.texts("认定文件", c.DocumentNumber, c.DocumentDate)
	in.texts("发证机关", c.Issuer)
	in.texts("发证日期", c.IssueDate)
	return in.err()
}

// Certificate prints one A4 page, landscape. It fails with MissingGlyphError on
// characters it cannot draw, and with a plain error when the number, zone,
// issuer or address is empty or a text is too long for the page.
func (p *Press) Certificate(c CertificateData) ([]byte, error) {
	if c.Programme == "" {
		c.Programme = defaultProgramme
	}
	if err := c.check(p); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	s := p.sheet(a4Long, a4Short, c.Programme+"证书 "+c.Number, c.Issued, marks{})
	s.page()
	certificateGround(s)
	if c.Demo {
		s.across(demoMark, style{p.song, 58, ink{243, 222, 222}})
	}
	for _, part := range []func(*sheet, CertificateData) error{certificateHead, certificateFacts, certificateFoot} {
		if err := part(s, c); err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
	}
	out, err := s.bytes()
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return out, nil
}

// certificateGround draws the border and a fine rosette, which a copier blurs.
func certificateGround(s *sheet) {
	s.paper = ink{252, 252, 249}
	s.fill(26, 26, s.w-52, s.h-52, s.paper)
	rosette(s, s.w/2, s.h/2+8, 196)
	s.frame(26, 26, s.w-52, s.h-52, 3, inkBlue)
	s.frame(32.5, 32.5, s.w-65, s.h-65, 0.8, inkGold)
	s.frame(40, 40, s.w-80, s.h-80, 0.5, inkBlue)
	for _, x := range []float64{40, s.w - 40} {
		for _, y := range []float64{40, s.h - 40} {
			s.fill(x-7.5, y-7.5, 15, 15, s.paper)
			s.frame(x-7.5, y-7.5, 15, 15, 0.5, inkBlue)
			s.frame(x-4.5, y-4.5, 9, 9, 0.8, inkGold)
			s.fill(x-1.8, y-1.8, 3.6, 3.6, inkBlue)
		}
	}
}

// rosette draws turned wave lines around a point.
func rosette(s *sheet, x, y, radius float64) {
	const curves, steps, waves = 9, 240, 12
	s.pdf.SetStrokeColor(229, 235, 244)
	s.pdf.SetLineWidth(0.45)
	for i := range curves {
		turn := 2 * math.Pi * float64(i) / curves
		points := make([]gopdf.Point, steps)
		for j := range points {
			a := 2 * math.Pi * float64(j) / steps
			r := radius * (0.78 + 0.22*math.Sin(waves*a+turn))
			points[j] = gopdf.Point{X: x + r*math.Cos(a), Y: y + r*math.Sin(a)}
		}
		s.pdf.Polygon(points, "D")
	}
}

func certificateHead(s *sheet, c CertificateData) error {
	p := s.press
	s.right(s.w-66, 71, "证书编号："+c.Number, style{p.hei, 11, inkGrey})
	if c.Demo {
		s.text(66, 71, demoMark, style{p.hei, 11, inkRed})
	}
	lines, st, ok := fit(c.Programme, style{p.song, 21, inkText}, s.w-240, 1, 12)
	if !ok {
		return tooLong("示范区类别", c.Programme, "one line")
	}
	s.centred(0, s.w, 112, 26, lines, st)
	// Wide-set, as the word on a certificate is.
	word := style{p.song, 42, inkBlue}
	const gap = 22
	left := (s.w - word.width("证书") - gap) / 2
	s.spaced(left, 164, "证书", word, gap)
	s.rule(s.w/2-150, 181, s.w/2+150, 181, 0.8, inkGold)
	return nil
}

func tooLong(where, text, room string) error {
	return fmt.Errorf("%s of %d characters is too long for %s: shorten it", where, utf8.RuneCountInString(text), room)
}

func certificateFacts(s *sheet, c CertificateData) error {
	p := s.press
	s.centre(0, s.w, 210, "经审核认定，授予", style{p.song, 14, inkText})
	zone, st, ok := fit(c.Zone, style{p.song, 27, inkText}, s.w-190, 1, 22)
	if !ok {
		zone, st, ok = fit(c.Zone, style{p.song, 23, inkText}, s.w-190, 2, 15)
	}
	if !ok {
		return tooLong("示范区名称", c.Zone, "two lines")
	}
	y := s.centred(0, s.w, 252, st.size*1.35, zone, st) - st.size*1.35
	y += 27
	s.centre(0, s.w, y, "“"+c.Programme+"”称号。", style{p.song, 14, inkText})
	return certificateRows(s, c, y+18, 438)
}

// certificateRows sets the facts between top and bottom, smaller when long.
func certificateRows(s *sheet, c CertificateData, top, bottom float64) error {
	rows := [][]Row{
		{{"责任单位", c.Unit}, {"认定面积", c.Area}},
		{{"发展主体", c.Body}, {"有效期限", c.ValidFrom + "至" + c.ValidTo}},
		{{"产业领域", strings.Join(c.Sectors, "、")}},
		{{"认定文件", decision(c)}},
	}
	for size := 13.5; size >= 8.5; size -= 0.5 {
		if height, set := pairs(s, rows, size); height <= bottom-top {
			set(top + (bottom-top-height)/2)
			return nil
		}
	}
	return errors.New("责任单位， 发展主体 or 产业领域 is too long for the page: shorten them")
}

func decision(c CertificateData) string {
	if c.DocumentDate == "" {
		return c.DocumentNumber
	}
	return c.DocumentNumber + "（" + c.DocumentDate + "）"
}

// pairs measures rows of one or two facts at a size and returns what draws them.
func pairs(s *sheet, rows [][]Row, size float64) (float64, func(top float64)) {
	const left, middle = 128.0, 446.0
	right := s.w - left
	label, value := style{s.press.hei, size - 1, inkGrey}, style{s.press.song, size, inkText}
	lead := label.width("责任单位") + 16
	leading, between := size*1.42, size*0.55
	type piece struct {
		x     float64
		row   int
		label string
		lines []line
	}
	var pieces []piece
	heights := make([]float64, len(rows))
	for i, row := range rows {
		for j, r := range row {
			x, end := left, right
			if len(row) == 2 && j == 0 {
				end = middle - 14
			} else if j == 1 {
				x = middle
			}
			lines := wrap(r.Value, value, end-x-lead, 0)
			pieces = append(pieces, piece{x, i, r.Label, lines})
			heights[i] = max(heights[i], float64(len(lines))*leading)
		}
	}
	tops := make([]float64, len(rows)+1)
	for i, h := range heights {
		tops[i+1] = tops[i] + h + between
	}
	return tops[len(rows)] - between, func(top float64) {
		for _, piece := range pieces {
			y := baseline(top+tops[piece.row], leading, size)
			s.text(piece.x, y, piece.label, label)
			for _, l := range piece.lines {
				s.text(piece.x+lead, y, l.text, value)
				y += leading
			}
		}
	}
}

func certificateFoot(s *sheet, c CertificateData) error {
	p := s.press
	s.qr(certificateQRLeft, certificateQRTop, certificateQR, c.CheckURL)
	s.centre(certificateQRLeft, certificateQRLeft+certificateQR, 537, "扫码核验证书真伪", style{p.hei, 8, inkGrey})
	// Issuer over date, around one axis, with the room a seal needs.
	lines, st, ok := fit(c.Issuer, style{p.song, 16, inkText}, 320, 2, 10)
	if !ok {
		return tooLong("发证机关", c.Issuer, "two lines")
	}
	half := max(longest(lines, st), 150) / 2
	axis := s.w - 84 - half
	y := s.centred(axis-half, axis+half, 492-float64(len(lines)-1)*20, st.size*1.4, lines, st)
	s.centre(axis-half, axis+half, y+3, c.IssueDate, style{p.song, 14, inkText})
	return nil
}
