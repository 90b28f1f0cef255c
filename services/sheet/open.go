package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	maxParts = 2000
	oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

// Read reads every sheet of a workbook, or the one table of a text file. Errors are a Refusal.
func Read(data []byte, limits Limits) ([]Table, error) {
	switch {
	case int64(len(data)) > limits.Bytes:
		return nil, refuse(TooLarge, "Max", strconv.FormatInt(limits.Bytes>>20, 10))
	case bytes.HasPrefix(data, []byte(oleMagic)):
		return nil, oldOffice(data)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readWorkbook(data, limits)
	case bytes.HasPrefix(data, []byte("PK\x05\x06")), len(bytes.TrimSpace(data)) == 0:
		return nil, refuse(NotTable)
	}
	return readText(data, limits)
}

// oldOffice tells a workbook under a password, which lies in the old container, from the old format itself.
func oldOffice(data []byte) error {
	name := utf16.Encode([]rune("EncryptedPackage"))
	raw := make([]byte, 0, 2*len(name))
	for _, u := range name {
		raw = append(raw, byte(u), byte(u>>8))
	}
	if bytes.Contains(data, raw) {
		return refuse(Encrypted)
	}
	return refuse(OldFormat)
}

// workbook is an open xlsx file. left is what may still be unfolded.
type workbook struct {
	limits Limits
	left   int64
	parts  map[string]*zip.File
	shared []string
	dates  []bool // by cell format: shows a number as a date
}

func readWorkbook(data []byte, limits Limits) ([]Table, error) {
	w := &workbook{limits: limits, left: limits.Unzipped, parts: map[string]*zip.File{}}
	if err := w.open(data); err != nil {
		return nil, err
	}
	entries, err := w.sheets()
	if err != nil {
		return nil, err
	}
	if err := w.sharedStrings(); err != nil {
		return nil, err
	}
	if err := w.styles(); err != nil {
		return nil, err
	}
	tables := make([]Table, 0, len(entries))
	for _, e := range entries {
		t, err := w.table(e)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// open lists the parts and refuses what no table needs before anything is unfolded.
func (w *workbook) open(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return refuse(Damaged)
	}
	if len(archive.File) > maxParts {
		return refuse(Bomb)
	}
	var declared uint64
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if err := refusedPart(name, f); err != nil {
			return err
		}
		if w.parts[name] != nil {
			return refuse(Damaged)
		}
		if declared += f.UncompressedSize64; declared > uint64(w.limits.Unzipped) {
			return refuse(Bomb)
		}
		w.parts[name] = f
	}
	if w.parts["[content_types].xml"] == nil || w.parts["xl/workbook.xml"] == nil {
		return refuse(NotTable)
	}
	for name := range w.parts {
		if strings.HasSuffix(name, ".rels") || name == "[content_types].xml" {
			if err := w.walk(name, harmless); err != nil {
				return err
			}
		}
	}
	return nil
}

func refusedPart(name string, f *zip.File) error {
	switch {
	case f.Flags&0x41 != 0:
		return refuse(Encrypted)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return refuse(Damaged)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return refuse(Damaged)
	case anyOf(name, "vbaproject", "vbadata", "macrosheets/", "dialogsheets/", "activex", "attachedtoolbars"):
		return refuse(Macros)
	case anyOf(name, "externallinks/", "xl/connections.xml", "querytables/"):
		return refuse(External)
	case anyOf(name, "embeddings/"):
		return refuse(Embedded)
	}
	return nil
}

func anyOf(s string, texts ...string) bool {
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(s, t) })
}

// harmless judges the types of the parts and what they are bound to.
func harmless(token xml.Token) error {
	t, ok := token.(xml.StartElement)
	if !ok {
		return nil
	}
	kind := strings.ToLower(attr(t, "ContentType") + attr(t, "Type"))
	switch {
	case anyOf(kind, "macroenabled", "vbaproject", "macrosheet", "activex", "addin"):
		return refuse(Macros)
	case anyOf(kind, "externallink", "oleobject") || strings.EqualFold(attr(t, "TargetMode"), "External") && !strings.HasSuffix(kind, "/hyperlink"):
		return refuse(External)
	}
	return nil
}

// walk hands every token of a part to take, under the allowance.
func (w *workbook) walk(name string, take func(xml.Token) error) error {
	f := w.parts[name]
	if f == nil {
		return refuse(Damaged)
	}
	content, err := f.Open()
	if err != nil {
		return refuse(Damaged)
	}
	defer func() { _ = content.Close() }() // it was only read
	source := &meter{r: content, w: w}
	d := xml.NewDecoder(source)
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("only UTF-8") }
	for depth := 0; ; {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case err != nil:
			return broken(err)
		}
		source.since = 0
		switch token.(type) {
		case xml.Directive:
			return refuse(Doctype)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if err := take(token); err != nil {
			return err
		}
	}
}

// broken keeps a refusal and makes one of everything else a reader says of the content.
func broken(err error) error {
	if _, ok := errors.AsType[*Refusal](err); ok {
		return err
	}
	return refuse(Damaged)
}

// maxToken is how long one text or tag may be, in bytes: the parser keeps it whole.
const maxToken = 4 << 20

// meter counts what a part unfolds to, altogether and since the last token.
type meter struct {
	r     io.Reader
	w     *workbook
	since int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.since += n
	if m.w.left -= int64(n); m.w.left < 0 || m.since > maxToken {
		return 0, refuse(Bomb)
	}
	return n, err
}

func attr(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// entry is a sheet in the workbook's list.
type entry struct {
	name, part string
	hidden     bool
}

func (w *workbook) sheets() ([]entry, error) {
	targets := map[string]string{}
	err := w.walk("xl/_rels/workbook.xml.rels", func(token xml.Token) error {
		if t, ok := token.(xml.StartElement); ok && t.Name.Local == "Relationship" {
			targets[attr(t, "Id")] = partName(attr(t, "Target"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []entry
	err = w.walk("xl/workbook.xml", func(token xml.Token) error {
		t, ok := token.(xml.StartElement)
		if !ok || t.Name.Local != "sheet" {
			return nil
		}
		if len(out) == w.limits.Sheets {
			return refuse(ManySheets, "Max", strconv.Itoa(w.limits.Sheets))
		}
		state := attr(t, "state")
		out = append(out, entry{attr(t, "name"), targets[attr(t, "id")], state != "" && state != "visible"})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = refuse(Damaged)
	}
	return out, err
}

func partName(target string) string {
	target = strings.ToLower(strings.ReplaceAll(target, `\`, "/"))
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join("xl", target)
}
