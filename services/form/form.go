// Package form makes the blank and sample documents that a rule set names for its slots, as Word
// files to fill in. The texts are our own; what is to be filled in stands in ［ ］. It knows
// nothing of slots or cases.
package form

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/xml"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// ContentType is what every form is served as.
const ContentType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// ErrUnknown says that there is no form of a name.
var ErrUnknown = errors.New("no such form")

//go:embed text
var texts embed.FS

// Names lists the forms that there are.
func Names() []string {
	entries, err := fs.ReadDir(texts, "text")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return out
}

// Docx makes a form and returns its title, for the name of the file. A sample is filled in with
// figures that are invented, and says so.
func Docx(name string) (title string, content []byte, err error) {
	blank, sample := strings.CutSuffix(name, "-sample")
	if !slices.Contains(Names(), blank) {
		return "", nil, ErrUnknown
	}
	text, err := texts.ReadFile("text/" + blank + ".txt")
	if err != nil {
		return "", nil, err
	}
	body := string(text)
	if sample {
		body = "@ （样例，所填内容均为虚构）\n" + filled(body)
	}
	lines := strings.Split(strings.TrimSpace(body), "\n")
	for _, line := range lines {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			title = heading
		}
	}
	content, err = pack(lines)
	return title, content, err
}

// filled puts invented words into the places of a form.
func filled(body string) string {
	return strings.NewReplacer("［申报单位全称］", "示例区人民政府", "［集聚区名称］", "示例数字服务集聚区", "［发展主体名称］", "示例发展有限公司（虚构）",
		"［发文机关代字］", "示例府文", "［区县/开发区］", "区", "［18 位代码］", "91500000MA00000000", "［年份］", "2026", "［起始年份］", "2026",
		"［结束年份］", "2028", "［序号］", "1", "［人数］", "25", "［全称］", "示例区人民政府", "［签名］", "张某", "［姓名］", "李某", "［电话］", "023-00000000",
		"［　　］年［　］月［　］日", "2026年3月1日", "［　］", "100", "［责任单位］", "示例区有关部门", "［用途］", "公共服务平台建设",
		"［土地／资金／人才／水电气／其他］", "人才", "［分年度填写］", "2026年至2028年每年完成三分之一", "［姓名、职务、电话］", "李某，主任，023-00000000").Replace(body)
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	typesPart   = declaration + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	relsPart    = declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	bodyStart   = declaration + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	bodyEnd     = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr></w:body></w:document>`
)

// pack writes the three parts that a Word file needs. The same form is the same bytes.
func pack(lines []string) ([]byte, error) {
	var body strings.Builder
	body.WriteString(bodyStart)
	for _, line := range lines {
		body.WriteString(paragraph(line))
	}
	body.WriteString(bodyEnd)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{{"[Content_Types].xml", typesPart}, {"_rels/.rels", relsPart}, {"word/document.xml", body.String()}} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// paragraph sets a line as official documents are: title in 小标宋 at 22 pt, text in 仿宋 at 16.
func paragraph(line string) string {
	align, font, size := "both", "仿宋", "32"
	if text, ok := strings.CutPrefix(line, "# "); ok {
		line, align, font, size = text, "center", "方正小标宋简体", "44"
	} else if text, ok := strings.CutPrefix(line, "## "); ok {
		line, font = "　　"+text, "黑体"
	} else if text, ok := strings.CutPrefix(line, "@ "); ok {
		line, align = text, "center"
	} else if text, ok := strings.CutPrefix(line, "> "); ok {
		line, align = text, "right"
	}
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(line)) // a builder takes everything
	return `<w:p><w:pPr><w:spacing w:line="560" w:lineRule="exact"/><w:jc w:val="` + align + `"/></w:pPr><w:r><w:rPr><w:rFonts w:ascii="` + font +
		`" w:eastAsia="` + font + `" w:hAnsi="` + font + `"/><w:sz w:val="` + size + `"/></w:rPr><w:t xml:space="preserve">` + escaped.String() + `</w:t></w:r></w:p>`
}
