package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/paper"
)

// A paper needs paragraphs, one table and East Asian fonts: five parts of Office Open XML
// (ECMA-376). The libraries that write it are either unkept or know no East Asian font
// attributes, without which 仿宋 falls back to a Latin font.

const (
	wordNamespace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	xmlHead       = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	contentTypes  = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	relations     = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
)

// look is how a paragraph is set: size in half points, indent in hundredths of a character.
type look struct {
	font   string
	half   int
	align  string
	indent int
	colour string
	bold   bool
}

var (
	textLook  = look{font: "仿宋", half: 32, align: "both", indent: 200}
	plainLook = look{font: "仿宋", half: 32, align: "both"}
	rightLook = look{font: "仿宋", half: 32, align: "right"}
	cellLook  = look{font: "仿宋", half: 24, align: "left"}
)

// docx writes a letter as an Office document; the same letter gives the same bytes.
func docx(l paper.LetterData, sha256 string) ([]byte, error) {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:document ` + wordNamespace + `><w:body>`)
	if l.Demo {
		b.WriteString(paragraph("演示数据，非真实文件", look{font: "黑体", half: 24, align: "center", colour: "808080"}))
	}
	b.WriteString(paragraph(l.Heading, look{font: "方正小标宋简体", half: 52, align: "center", colour: "C00000", bold: true}))
	b.WriteString(paragraph(l.Number, look{font: "仿宋", half: 32, align: "center"}))
	b.WriteString(paragraph(l.Title, look{font: "方正小标宋简体", half: 44, align: "center", bold: true}))
	if l.Addressee != "" {
		b.WriteString(paragraph(l.Addressee+"：", plainLook))
	}
	for _, text := range l.Paragraphs {
		b.WriteString(paragraph(text, textLook))
	}
	b.WriteString(itemTable(l.Items))
	for _, text := range l.Closing {
		b.WriteString(paragraph(text, textLook))
	}
	b.WriteString(paragraph(l.Issuer, rightLook) + paragraph(l.Date, rightLook))
	b.WriteString(paragraph("本文件为便于使用的副本，以带二维码的 PDF 原件为准。核验："+l.CheckURL, look{font: "仿宋", half: 20, align: "left", colour: "808080"}))
	if sha256 != "" {
		b.WriteString(paragraph("PDF 原件 SHA-256："+sha256, look{font: "仿宋", half: 20, align: "left", colour: "808080"}))
	}
	b.WriteString(`<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr></w:body></w:document>`)
	return pack(b.String(), l.Issued)
}

// paragraph is one line of the document per line of the text.
func paragraph(text string, k look) string {
	var b strings.Builder
	for _, one := range strings.Split(text, "\n") {
		b.WriteString("<w:p>" + k.paragraphProperties() + "<w:r>" + k.runProperties() + `<w:t xml:space="preserve">` + escape(one) + "</w:t></w:r></w:p>")
	}
	return b.String()
}

func (k look) paragraphProperties() string {
	indent := ""
	if k.indent > 0 {
		indent = fmt.Sprintf(`<w:ind w:firstLineChars="%d"/>`, k.indent)
	}
	return fmt.Sprintf(`<w:pPr><w:spacing w:line="560" w:lineRule="exact"/>%s<w:jc w:val="%s"/></w:pPr>`, indent, k.align)
}

func (k look) runProperties() string {
	bold, colour := "", ""
	if k.bold {
		bold = "<w:b/>"
	}
	if k.colour != "" {
		colour = `<w:color w:val="` + k.colour + `"/>`
	}
	return fmt.Sprintf(`<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="%s"/>%s%s<w:sz w:val="%d"/></w:rPr>`, k.font, bold, colour, k.half)
}

// itemTable is the table of a paper, numbered; nothing without columns.
func itemTable(t paper.Table) string {
	if len(t.Columns) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`)
	}
	b.WriteString(`</w:tblBorders></w:tblPr>`)
	head := []string{"序号"}
	for _, c := range t.Columns {
		head = append(head, c.Title)
	}
	b.WriteString(tableRow(head))
	for i, r := range t.Rows {
		b.WriteString(tableRow(append([]string{fmt.Sprint(i + 1)}, r...)))
	}
	b.WriteString(`</w:tbl>`)
	return b.String()
}

func tableRow(cells []string) string {
	var b strings.Builder
	b.WriteString("<w:tr>")
	for _, c := range cells {
		b.WriteString("<w:tc><w:tcPr/>" + paragraph(c, cellLook) + "</w:tc>")
	}
	b.WriteString("</w:tr>")
	return b.String()
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

func pack(body string, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{{"[Content_Types].xml", contentTypes}, {"_rels/.rels", relations}, {"word/document.xml", body}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(part[1])); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
