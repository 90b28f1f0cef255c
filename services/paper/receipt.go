package paper

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// File is one attachment as a document lists it.
type File struct {
	Slot   string // what the file is: 四至范围图
	Name   string
	Size   string // with its unit
	SHA256 string
}

// ReceiptData is what a receipt of a filing says.
type ReceiptData struct {
	Title    string // empty = 申报材料收件回执
	Number   string // 收件编号
	Unit     string // who filed
	Zone     string // 示范区名称
	Version  string // 材料版本
	Time     string // Asia/Shanghai, as it shall read
	Hash     string // of the submitted content
	Rows     []Row  // further facts
	Files    []File
	Note     string // what the receipt does and does not mean; may be empty
	Issuer   string // 收件单位
	CheckURL string
	Issued   time.Time // for the file's properties; the zero time leaves it out
	Demo     bool
}

func (r ReceiptData) check(p *Press) error {
	for _, must := range []Row{
		{"收件编号", r.Number}, {"收件时间", r.Time}, {"内容校验值", r.Hash}, {"核验网址", r.CheckURL},
	} {
		if strings.TrimSpace(must.Value) == "" {
			return errors.New(must.Label + " is empty: fill it in before issuing")
		}
	}
	in := p.inspect()
	in.texts("标题", r.Title)
	in.texts("收件编号", r.Number)
	in.texts("申报单位", r.Unit)
	in.texts("示范区名称", r.Zone)
	in.texts("材料版本", r.Version)
	in.texts("收件时间", r.Time)
	in.texts("内容校验值", r.Hash)
	inspectRows(in, "", r.Rows)
	inspectFiles(in, r.Files)
	in.texts("说明", r.Note)
	in.texts("收件单位", r.Issuer)
	return in.err()
}

func inspectRows(in *inspection, where string, rows []Row) {
	for _, row := range rows {
		place := row.Label
		if where != "" {
			place = where + " / " + row.Label
		}
		in.texts(place, row.Label, row.Value)
	}
}

func inspectFiles(in *inspection, files []File) {
	for i, file := range files {
		in.texts(fmt.Sprintf("文件清单第%d项", i+1), file.Slot, file.Name, file.Size, file.SHA256)
	}
}

// Receipt prints the proof that a filing arrived. It fails with
// MissingGlyphError on characters it cannot draw, and with a plain error when
// the number, time, hash or address is empty.
func (p *Press) Receipt(r ReceiptData) ([]byte, error) {
	if r.Title == "" {
		r.Title = "申报材料收件回执"
	}
	if err := r.check(p); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	s := p.sheet(a4Short, a4Long, r.Title+" "+r.Number, r.Issued, marks{demo: r.Demo})
	f := &flow{sheet: s, left: 62, right: s.w - 62, top: 72, bottom: s.h - 66}
	f.turn()
	receiptBody(f, r)
	s.footers(func(page, pages int) {
		st := style{p.hei, 8.5, inkGrey}
		s.rule(f.left, s.h-52, f.right, s.h-52, 0.5, inkRule)
		s.text(f.left, s.h-39, r.Title+" "+r.Number, st)
		s.right(f.right, s.h-39, pageOf(page, pages), st)
	})
	out, err := s.bytes()
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return out, nil
}

func receiptBody(f *flow, r ReceiptData) {
	p := f.press
	body := style{p.song, 10.5, inkText}
	f.centredText(r.Title, style{p.song, 24, inkText}, 38)
	f.rule(f.left, f.y+4, f.right, f.y+4, 1.4, inkBlue)
	f.space(14)
	f.sheet.right(f.right, f.y+10, "编号："+r.Number, style{p.hei, 10.5, inkText})
	f.space(22)
	f.paragraph(r.Unit+"：", style{p.song, 12.5, inkText}, 23, 0)
	f.paragraph("你单位报送的下列材料已于"+r.Time+"收到。材料内容自收到之时起锁定，"+
		"任何改动都会使下列校验值不再相符。", style{p.song, 12.5, inkText}, 23, 25)
	f.space(8)
	rows := append([]Row{
		{"示范区名称", r.Zone}, {"申报单位", r.Unit}, {"材料版本", r.Version},
		{"收件时间", r.Time}, {"内容校验值", r.Hash},
	}, r.Rows...)
	f.facts(rows, 84, body, 17)
	f.space(16)
	f.files(r.Files)
	f.need(signatureHeight + 60)
	if r.Note != "" {
		f.space(10)
		f.paragraph("说明："+r.Note, style{p.song, 10.5, inkGrey}, 17, 0)
	}
	f.space(18)
	f.signature(r.Issuer, r.Time, r.CheckURL, "扫码核验回执真伪", 12.5)
}

// files lists attachments with their hashes.
func (f *flow) files(files []File) {
	if len(files) == 0 {
		return
	}
	t := Table{
		Caption:  fmt.Sprintf("材料清单（共%d份）", len(files)),
		Numbered: true,
		Columns: []Column{
			{Title: "材料", Share: 3}, {Title: "文件名", Share: 3.7},
			{Title: "大小", Share: 1.4, Align: Right}, {Title: "SHA-256 校验值", Share: 4.2, code: true},
		},
	}
	for _, file := range files {
		t.Rows = append(t.Rows, []string{file.Slot, file.Name, file.Size, file.SHA256})
	}
	f.table(t, style{f.press.song, 9, inkText}, 13)
}

const (
	qrSide          = 84.0
	signatureHeight = qrSide + 18
)

// signature sets the QR code left, issuer and date right around one axis.
func (f *flow) signature(issuer, date, url, caption string, size float64) {
	p := f.press
	f.need(signatureHeight)
	st := style{p.song, size, inkText}
	if url != "" {
		f.qr(f.left-6, f.y, qrSide, url)
		f.centre(f.left-6, f.left-6+qrSide, f.y+qrSide+7, caption, style{p.hei, 8, inkGrey})
	}
	lines, named, _ := fit(issuer, st, f.width()-qrSide-60, 2, size*0.7)
	half := max(longest(lines, named), st.width(clean(date))) / 2
	axis := f.right - half - 2*size
	y := f.centred(axis-half, axis+half, f.y+size+18, size*1.7, lines, named)
	f.centre(axis-half, axis+half, y, date, st)
	f.y += signatureHeight
}

func pageOf(page, pages int) string {
	return fmt.Sprintf("第 %d 页 共 %d 页", page, pages)
}
