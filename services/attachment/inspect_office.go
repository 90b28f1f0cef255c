package attachment

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxFormula is how long a formula or a field instruction may be; Excel allows 8,192.
const maxFormula = 64 << 10

var (
	formulaQuotes = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	formulaCalls  = regexp.MustCompile(`(?i)\b(WEBSERVICE|RTD|CALL|REGISTER|REGISTER\.ID|EXEC)\s*\(`)
	localPath     = regexp.MustCompile(`^(file:///)?([A-Za-z]:[\\/]|[^:\\/]+$)`)
	fieldDDE      = regexp.MustCompile(`(?i)^\W*(DDE(AUTO)?\b|QUOTE(\s+\d+){3})`)
)

// mainPart is the part an office document cannot be without, and its type.
func mainPart(format string) (name, contentType string) {
	if format == "xlsx" {
		return "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
	}
	return "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
}

// office requires a whole document without macros, without objects of other programs and
// without anything that is fetched or executed when it is opened.
func (in *inspector) office(f io.ReaderAt, size int64, format string, depth int) error {
	head, err := readAt(f, 0, min(size, 1024))
	if err != nil {
		return err
	}
	if bytes.Contains(head, []byte("%PDF-")) {
		return refuse("polyglot")
	}
	parts, err := openZip(f, size)
	if err != nil {
		return err
	}
	main, contentType := mainPart(format)
	d := officeDocument{in: in, depth: depth, main: "/" + main}
	for _, need := range []string{"[Content_Types].xml", "_rels/.rels", main} {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == need }) {
			return refuse("content_differs")
		}
	}
	for _, p := range parts {
		if err := d.part(p); err != nil {
			return err
		}
	}
	if d.mainType != contentType {
		return refuse("content_differs")
	}
	return nil
}

type officeDocument struct {
	in             *inspector
	depth          int
	main, mainType string
	field          []byte // of the instruction that is being read
}

func (d *officeDocument) part(p part) error {
	name := strings.ToLower(p.name)
	switch {
	case containsAny(name, "vbaproject", "vbadata", "macrosheets/", "activex", "attachedtoolbars", "dialogsheets/"):
		return refuse("macros")
	case strings.Contains(name, "externallinks/"):
		return refuse("external_link")
	}
	content, err := p.file.Open()
	if err != nil {
		return refuse("damaged")
	}
	defer func() { _ = content.Close() }()
	r := bufio.NewReaderSize(content, sniffed)
	head, _ := r.Peek(64)
	format := formatOf(name)
	switch {
	case strings.Contains(name, "embeddings/") && (format == "xlsx" || format == "docx"):
		return d.in.nested(r, format, d.depth)
	case bytes.HasPrefix(head, []byte(oleMagic)), strings.Contains(name, "embeddings/"):
		return refuse("embedded")
	case executable(head):
		return refuse("executable")
	case packed(head) && format != "emz" && format != "wmz":
		return refuse("nested")
	case path.Base(name) != "[content_types].xml" && format != "rels" && strings.HasPrefix(name, "customxml/"):
		return d.in.discardPart(r)
	case format == "xml" || format == "rels" || format == "vml" || format == "svg":
		return d.in.walkXML(d.in.meter(r), d.take)
	case slices.Contains([]string{"png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "emf", "wmf", "emz", "wmz",
		"wdp", "webp", "odttf", "ttf", "fntdata", "bin", "dat"}, format):
		return d.in.discardPart(r)
	}
	return refuse("archive_member")
}

func containsAny(s string, texts ...string) bool {
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(s, t) })
}

// take judges one token of a part.
func (d *officeDocument) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return d.start(t)
	case xml.CharData:
		if d.field != nil {
			if d.field = append(d.field, t...); len(d.field) > maxFormula {
				return refuse("damaged")
			}
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "f", "formula", "formula1", "formula2", "definedName":
			return d.formula()
		case "p":
			return d.instruction()
		}
	}
	return nil
}

func (d *officeDocument) start(t xml.StartElement) error {
	switch t.Name.Local {
	case "Relationship":
		return relationship(attr(t, "Type"), attr(t, "Target"), attr(t, "TargetMode"))
	case "Override", "Default":
		return d.contentType(attr(t, "PartName"), attr(t, "ContentType"))
	case "ddeLink", "oleLink", "OLEObject", "oleObject", "control":
		return refuse("embedded")
	case "script":
		return refuse("macros")
	case "definedName":
		if isTrue(attr(t, "xlm")) || isTrue(attr(t, "vbProcedure")) || strings.Contains(strings.ToLower(attr(t, "name")), "auto_open") {
			return refuse("macros")
		}
		d.field = []byte{}
	case "f", "formula", "formula1", "formula2":
		d.field = []byte{}
	case "fldSimple":
		if fieldDDE.MatchString(attr(t, "instr")) {
			return refuse("dde")
		}
	case "fldChar":
		return d.instruction()
	case "instrText":
		if d.field == nil {
			d.field = []byte{}
		}
	case "t": // the shown text is no part of an instruction
		return d.instruction()
	}
	return nil
}

// formula refuses what Excel would ask another program or another machine for. Outside
// quotes a bar has no other meaning than that.
func (d *officeDocument) formula() error {
	text := formulaQuotes.ReplaceAllString(string(d.field), "")
	d.field = nil
	if strings.Contains(text, "|") || formulaCalls.MatchString(text) {
		return refuse("dde")
	}
	return nil
}

// instruction judges the field instruction read so far, which may have come in pieces.
func (d *officeDocument) instruction() error {
	field := d.field
	d.field = nil
	if fieldDDE.Match(field) {
		return refuse("dde")
	}
	return nil
}

func (d *officeDocument) contentType(part, contentType string) error {
	if strings.EqualFold(part, d.main) {
		d.mainType = contentType
	}
	if containsAny(strings.ToLower(contentType), "macroenabled", "vbaproject", "activex", "macrosheet", "addin") {
		return refuse("macros")
	}
	return nil
}

// relationship refuses what leads out of the document, except links that a reader follows.
func relationship(kind, target, mode string) error {
	kind = strings.ToLower(path.Base(kind))
	switch {
	case containsAny(kind, "vbaproject", "macrosheet", "activex", "control"):
		return refuse("macros")
	case kind == "afchunk" || kind == "oleobject":
		return refuse("embedded")
	case kind == "externallink" || kind == "externallinkpath":
		return refuse("external_link")
	case !strings.EqualFold(mode, "External"):
		return nil
	case kind == "attachedtemplate" && localPath.MatchString(target):
		return nil
	case kind != "hyperlink":
		return refuse("external_link")
	}
	scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(target)), ":")
	if found && !strings.ContainsAny(scheme, "/#?.") && len(scheme) > 1 &&
		!slices.Contains([]string{"http", "https", "mailto", "ftp", "tel", "file"}, scheme) {
		return refuse("external_link")
	}
	return nil
}

func attr(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

func isTrue(s string) bool { return s == "1" || s == "true" }

// ofd inspects the Chinese layout document: an archive of XML pages, pictures and seals.
func (in *inspector) ofd(f io.ReaderAt, size int64) error {
	parts, err := openZip(f, size)
	if err != nil {
		return err
	}
	root := false
	for _, p := range parts {
		isRoot, err := in.ofdPart(p)
		if err != nil {
			return err
		}
		root = root || isRoot
	}
	if !root {
		return refuse("content_differs")
	}
	return nil
}

func (in *inspector) ofdPart(p part) (root bool, err error) {
	content, err := p.file.Open()
	if err != nil {
		return false, refuse("damaged")
	}
	defer func() { _ = content.Close() }()
	r := bufio.NewReaderSize(content, sniffed)
	head, _ := r.Peek(64)
	switch {
	case executable(head):
		return false, refuse("executable")
	case bytes.HasPrefix(head, []byte(oleMagic)), packed(head):
		return false, refuse("nested")
	case formatOf(p.name) != "xml":
		return false, in.discardPart(r)
	}
	first := true
	err = in.walkXML(in.meter(r), func(token xml.Token) error {
		t, ok := token.(xml.StartElement)
		if ok && first {
			first = false
			root = p.name == "OFD.xml" && t.Name.Local == "OFD"
		}
		if ok && (t.Name.Local == "script" || t.Name.Local == "Attachment") {
			return refuse("embedded")
		}
		return nil
	})
	return root, err
}
