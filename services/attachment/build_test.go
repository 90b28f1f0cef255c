package attachment_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// sample is one invented file. code is the refusal that is wanted, "" for a good file.
type sample struct {
	class, name string
	content     []byte
	code        string
}

// entry is one file of an archive.
type entry struct{ name, body string }

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = io.WriteString(f, e.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zeros is an archive entry of n zero bytes, packed a thousand to one.
func zipZeros(t testing.TB, name string, n int64, more ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	for _, e := range more {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(f, e.body)
	}
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(f, blank{' '}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type blank struct{ c byte }

func (z blank) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = z.c
	}
	return len(p), nil
}

// rezip copies an archive with some bodies replaced and entries added; an empty body drops.
func rezip(t testing.TB, content []byte, replace map[string]string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []entry
	rest := maps.Clone(replace)
	for _, f := range r.File {
		body, changed := replace[f.Name]
		delete(rest, f.Name)
		if !changed {
			body = readEntry(t, f)
		}
		if body != "" {
			entries = append(entries, entry{f.Name, body})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		entries = append(entries, entry{name, rest[name]})
	}
	return zipOf(t, entries...)
}

func readEntry(t testing.TB, f *zip.File) string {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func entryOf(t testing.TB, content []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Name == name {
			return readEntry(t, f)
		}
	}
	t.Fatalf("no entry %s", name)
	return ""
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relSpace  = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relType   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// docxOf is a document of one paragraph with the given runs, relationships and extra parts.
func docxOf(t testing.TB, runs, rels string, more ...entry) []byte {
	t.Helper()
	parts := []entry{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships ` + relSpace + `><Relationship Id="rId1" Type="` + relType + `officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", xmlHead + `<w:document ` + wordSpace + `><w:body><w:p><w:r><w:t>发展规划(示例)</w:t></w:r>` + runs + `</w:p></w:body></w:document>`},
	}
	if rels != "" {
		parts = append(parts, entry{"word/_rels/document.xml.rels", xmlHead + `<Relationships ` + relSpace + `>` + rels + `</Relationships>`})
	}
	return zipOf(t, append(parts, more...)...)
}

func rel(kind, target string) string {
	return `<Relationship Id="rId9" Type="` + relType + kind + `" Target="` + target + `" TargetMode="External"/>`
}

// xlsxOf writes a workbook with excelize.
func xlsxOf(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	err := f.SetSheetRow("Sheet1", "A1", &[]any{"企业名称(示例)", "行业", "营业收入"})
	if err == nil && fill != nil {
		err = fill(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf writes the objects, numbered from 1, with a table and a trailer; the first is the
// catalogue.
func pdfOf(version, trailer string, objects ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%%PDF-%s\n%%\xe2\xe3\xcf\xd3\n", version)
	offsets := []int{}
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, at)
	return b.Bytes()
}

// pdfPage is a document of one page; catalogue and page take further entries.
func pdfPage(catalogue, page string, more ...string) []byte {
	return pdfOf("1.7", "", append([]string{
		"<< /Type /Catalog /Pages 2 0 R " + catalogue + ">>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + page + ">>",
		streamObject("", []byte("BT /F1 12 Tf 72 720 Td (Filing, demo) Tj ET")),
	}, more...)...)
}

func streamObject(dict string, data []byte) string {
	return fmt.Sprintf("<< /Length %d %s>>\nstream\n%s\nendstream", len(data), dict, data)
}

func deflated(data string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, data)
	_ = w.Close()
	return b.Bytes()
}

// objectStream packs an object, whose number is 9, into a compressed stream.
func objectStream(object string) string {
	head := "9 0 "
	return streamObject(fmt.Sprintf("/Type /ObjStm /N 1 /First %d /Filter /FlateDecode ", len(head)), deflated(head+object))
}

func picture(kind string, width, height int) image.Image {
	r, source := image.Rect(0, 0, width, height), rand.New(rand.NewPCG(1, 2))
	shade := func(x, y int) uint8 { return uint8(x*7+y*3) ^ uint8(source.IntN(16)) }
	switch kind {
	case "grey":
		m := image.NewGray(r)
		for i := range m.Pix {
			m.Pix[i] = shade(i%width, i/width)
		}
		return m
	case "palette":
		m := image.NewPaletted(r, color.Palette{color.White, color.Black, color.RGBA{200, 0, 0, 255}})
		for i := range m.Pix {
			m.Pix[i] = uint8(source.IntN(3))
		}
		return m
	case "deep":
		m := image.NewNRGBA64(r)
		for i := range m.Pix {
			m.Pix[i] = uint8(source.IntN(256))
		}
		return m
	}
	m := image.NewNRGBA(r)
	for i := range m.Pix {
		if m.Pix[i] = shade(i%width, i/width); i%4 == 3 && kind != "alpha" {
			m.Pix[i] = 255
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resized changes what the header of a PNG says of its size, with a right checksum.
func resized(content []byte, width, height uint32) []byte {
	c := slices.Clone(content)
	binary.BigEndian.PutUint32(c[16:], width)
	binary.BigEndian.PutUint32(c[20:], height)
	binary.BigEndian.PutUint32(c[29:], crc32.ChecksumIEEE(c[12:29]))
	return c
}

// resizedJPEG does so in the frame header of a JPEG.
func resizedJPEG(content []byte, width, height uint16) []byte {
	c := slices.Clone(content)
	i := bytes.Index(c, []byte("\xff\xc0"))
	binary.BigEndian.PutUint16(c[i+5:], height)
	binary.BigEndian.PutUint16(c[i+7:], width)
	return c
}

// segment puts a marker segment behind the start of a JPEG.
func segment(content []byte, marker byte, body string) []byte {
	s := []byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}
	return slices.Concat(content[:2], s, []byte(body), content[2:])
}

// pngText puts a comment behind the header of a PNG.
func pngText(content []byte, text string) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
	chunk = append(append(chunk, "tEXt"...), text...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(content[:33], chunk, content[33:])
}

func cat(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		fmt.Fprintf(&b, "%s", p)
	}
	return b.Bytes()
}

const polygon = `{"type":"Polygon","coordinates":[[[106.5,29.5],[106.6,29.5],[106.6,29.6],[106.5,29.5]]]}`

const kmlHead = `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`

// testVirus is the harmless file that virus scanners agree to find, in two halves.
func testVirus() string {
	return strings.Join([]string{`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`, `-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`}, "")
}
