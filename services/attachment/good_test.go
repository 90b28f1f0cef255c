package attachment_test

import (
	"bytes"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/signintech/gopdf"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// goodFiles are files as offices make them; each must be taken.
func goodFiles(t testing.TB) []sample {
	return append(append(append(goodPDF(t), goodImages(t)...), goodOffice(t)...), goodData(t)...)
}

func goodPDF(t testing.TB) []sample {
	plain := pdfPage("", "")
	link := "/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org/docs/JavaScript) >> >>] "
	noise := pngOf(t, picture("grey", 200, 200))
	update := cat(plain, "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n")
	update = cat(update, "xref\n2 1\n", fmt.Sprintf("%010d 00000 n \n", len(plain)), "trailer\n<< /Size 5 /Root 1 0 R /Prev 9 >>\nstartxref\n",
		fmt.Sprint(len(update)), "\n%%EOF\n")
	return []sample{
		{"pdf", "请示.pdf", plain, ""},
		{"pdf", "Request 2026.PDF", pdfOf("1.4", "", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"), ""},
		{"pdf", "目标跳转.pdf", pdfPage("/OpenAction [3 0 R /Fit] /PageMode /UseOutlines ", ""), ""},
		{"pdf", "网址.pdf", pdfPage("", link), ""},
		{"pdf", "末尾空行.pdf", cat(plain, "\r\n\r\n\x00\x00"), ""},
		{"pdf", "对象流.pdf", pdfPage("", "", objectStream("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")), ""},
		{"pdf", "扫描件.pdf", pdfPage("", "", streamObject("/Type /XObject /Subtype /Image /Width 4000 /Height 4000 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode ",
			deflated(strings.Repeat("\xff", 16_000_000)))), ""},
		{"pdf", "图片.pdf", pdfPage("", "", streamObject("/Subtype /Image ", noise)), ""},
		{"pdf", "增量更新.pdf", update, ""},
		{"pdf", "压缩正文.pdf", pdfPage("", "", streamObject("/Filter /FlateDecode ", deflated(strings.Repeat("0 0 m 10 10 l S\n", 5000)))), ""},
		{"pdf", "制图.pdf", drawnPDF(t), ""},
	}
}

// drawnPDF comes from a PDF library and has pictures and many pages.
func drawnPDF(t testing.TB) []byte {
	t.Helper()
	p := gopdf.GoPdf{}
	p.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	for i := range 12 {
		p.AddPage()
		p.Line(10, float64(10*i), 500, 700)
		if err := p.ImageFrom(picture("rgb", 64, 64), 20, 20, nil); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func goodImages(t testing.TB) []sample {
	photo := jpegOf(t, picture("rgb", 640, 480), 85)
	out := []sample{
		{"png", "空白扫描.png", pngOf(t, image.NewGray(image.Rect(0, 0, 5000, 7000))), ""},
		{"png", "一点.png", pngOf(t, picture("rgb", 1, 1)), ""},
		{"png", "说明.png", pngText(pngOf(t, picture("grey", 30, 30)), "Comment\x00made for a test"), ""},
		{"jpg", "现场照片.jpg", photo, ""},
		{"jpg", "SCAN0001.JPG", jpegOf(t, picture("grey", 1200, 900), 60), ""},
		{"jpg", "合影.jpeg", jpegOf(t, picture("rgb", 33, 47), 100), ""},
		{"jpg", "相机.jpg", segment(photo, 0xe1, "Exif\x00\x00MM\x00*"+strings.Repeat("\x00", 60)), ""},
		{"jpg", "手机.jpg", cat(photo, strings.Repeat("\x00", 32), "SEFH\x01\x02trailer of a camera", jpegOf(t, picture("rgb", 8, 8), 50)), ""},
		{"jpg", "注释.jpg", segment(photo, 0xfe, "示例"), ""},
	}
	for _, kind := range []string{"grey", "rgb", "alpha", "palette", "deep"} {
		out = append(out, sample{"png", "附图 " + kind + ".png", pngOf(t, picture(kind, 320, 200)), ""})
	}
	return out
}

func goodOffice(t testing.TB) []sample {
	table := xlsxOf(t, nil)
	hyperlink := rel("hyperlink", "https://example.org/?a=1|2")
	field := `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE \* MERGEFORMAT </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`
	return []sample{
		{"xlsx", "企业名单.xlsx", table, ""},
		{"xlsx", "公式.xlsx", xlsxOf(t, func(f *excelize.File) error {
			return cmpErrors(f.SetCellFormula("Sheet1", "D2", `=SUM(C2:C9)&"a|b!"`), f.SetCellFormula("Sheet1", "D3", `=IF('表|一'!A1>0,RECALL(1),"x")`))
		}), ""},
		{"xlsx", "链接.xlsx", xlsxOf(t, func(f *excelize.File) error {
			return f.SetCellHyperLink("Sheet1", "A2", "mailto:a@example.org", "External")
		}), ""},
		{"xlsx", "千行.xlsx", xlsxOf(t, func(f *excelize.File) error {
			for i := range 3000 {
				if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{"同一企业", "同一行业", 100}); err != nil {
					return err
				}
			}
			return nil
		}), ""},
		{"xlsx", "图表.xlsx", xlsxOf(t, func(f *excelize.File) error {
			return f.AddChart("Sheet1", "E2", &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{{Name: "Sheet1!$A$1", Values: "Sheet1!$C$2:$C$5"}}})
		}), ""},
		{"xlsx", "图片.xlsx", xlsxOf(t, func(f *excelize.File) error {
			return f.AddPictureFromBytes("Sheet1", "E2", &excelize.Picture{Extension: ".png", File: pngOf(t, picture("rgb", 20, 20))})
		}), ""},
		{"xlsx", "名称.xlsx", xlsxOf(t, func(f *excelize.File) error {
			return f.SetDefinedName(&excelize.DefinedName{Name: "收入", RefersTo: "Sheet1!$C$2:$C$9"})
		}), ""},
		{"docx", "发展规划.docx", docxOf(t, "", ""), ""},
		{"docx", "带链接.docx", docxOf(t, "", hyperlink), ""},
		{"docx", "带页码.docx", docxOf(t, field, ""), ""},
		{"docx", "带图.docx", docxOf(t, "", "", entry{"word/media/image1.png", string(pngOf(t, picture("rgb", 20, 20)))}), ""},
		{"docx", "带图表.docx", docxOf(t, "", "", entry{"word/embeddings/Microsoft_Excel_Sheet1.xlsx", string(table)}), ""},
		{"docx", "套模板.docx", docxOf(t, "", rel("attachedTemplate", `file:///C:\Users\demo\Templates\Report.dotx`)), ""},
		{"docx", "谈DDE.docx", docxOf(t, `<w:r><w:t>DDEAUTO is only a word here</w:t></w:r>`, ""), ""},
	}
}

func cmpErrors(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func goodData(t testing.TB) []sample {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(`<?xml version="1.0" encoding="GB2312"?>` + kmlHead + `<name>四至范围</name></Document></kml>`)
	if err != nil {
		t.Fatal(err)
	}
	gbkName, err := simplifiedchinese.GB18030.NewEncoder().String("乗车/说明.txt") // its second byte is a backslash
	if err != nil {
		t.Fatal(err)
	}
	return []sample{
		{"geojson", "边界.geojson", []byte(polygon), ""},
		{"geojson", "多要素.geojson", []byte(`{"features":[{"type":"Feature","properties":{"名称":"示例<b>"},"geometry":` + polygon + `}],"type":"FeatureCollection"}`), ""},
		{"geojson", "有标记.geojson", cat("\xef\xbb\xbf", polygon, "\n"), ""},
		{"geojson", "坐标.json", []byte(`[[106.5,29.5],[106.6,29.6]]`), ""},
		{"kml", "边界.kml", []byte(xmlHead + kmlHead + "<Placemark><description><![CDATA[<b>示例</b>]]></description><Point><coordinates>106.5,29.5</coordinates></Point></Placemark></Document></kml>\n"), ""},
		{"kml", "国标编码.kml", []byte(gbk), ""},
		{"zip", "图斑.zip", zipOf(t, entry{"zone.shp", "\x00\x00\x27\x0a" + strings.Repeat("\x00", 96)}, entry{"zone.dbf", "\x03~\x01\x01"}, entry{"zone.prj", `GEOGCS["CGCS2000"]`},
			entry{"zone.shp.xml", xmlHead + "<metadata/>"}), ""},
		{"zip", "材料.zip", zipOf(t, entry{"一/", ""}, entry{"一/请示.pdf", string(pdfPage("", ""))}, entry{"一/规划.docx", string(docxOf(t, "", ""))},
			entry{"__MACOSX/一/._请示.pdf", "\x00\x05\x16\x07\x00\x02"}, entry{"照片.jpg", string(jpegOf(t, picture("rgb", 9, 9), 80))}), ""},
		{"zip", "国标名.zip", zipOf(t, entry{gbkName, "文字说明"}), ""},
		{"ofd", "公文.ofd", zipOf(t, entry{"OFD.xml", xmlHead + `<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0" DocType="OFD"><ofd:DocBody/></ofd:OFD>`},
			entry{"Doc_0/Document.xml", xmlHead + `<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"/>`}, entry{"Doc_0/Signs/Sign_0/SignedValue.dat", "\x30\x82seal"}), ""},
	}
}
