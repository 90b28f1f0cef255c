package attachment

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Map files are parsed whole, so that they have a limit of their own.
const (
	maxText      = 16 << 20
	maxTextDepth = 64
)

// json requires one whole JSON object or array; a GeoJSON names its type as well.
func (in *inspector) json(f io.ReaderAt, size int64, geo bool) error {
	if size > maxText {
		return refuse("text_large")
	}
	r := bufio.NewReaderSize(&utf8Reader{r: in.meter(io.NewSectionReader(f, 0, size))}, 64<<10)
	if bom, _ := r.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = r.Discard(3)
	}
	d := json.NewDecoder(r)
	d.UseNumber()
	w := jsonWalk{}
	for first := true; first || w.depth > 0; first = false {
		token, err := d.Token()
		if err != nil {
			return broken(err)
		}
		if err := w.take(token); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != io.EOF {
		return refuse("trailing_data")
	}
	switch {
	case !w.composite:
		return refuse("content_differs")
	case geo && !w.geo:
		return refuse("not_geojson")
	}
	return nil
}

// jsonWalk follows the tokens of a document: how deep they lie, and what the member "type"
// of the outermost object says.
type jsonWalk struct {
	depth             int
	composite, object bool // the outermost value
	key, typed, geo   bool // a key comes next; its name was "type"; the type is one of GeoJSON
}

func (w *jsonWalk) take(token json.Token) error {
	switch delim, ok := token.(json.Delim); {
	case ok && (delim == '{' || delim == '['):
		if w.depth == 0 {
			w.composite, w.object, w.key = true, delim == '{', true
		}
		if w.depth++; w.depth > maxTextDepth {
			return refuse("too_deep")
		}
	case ok:
		w.depth--
		w.key = true
	case w.depth == 1 && w.object && w.key:
		w.key, w.typed = false, token == "type"
	case w.depth == 1 && w.object:
		w.key = true
		if w.typed {
			name, _ := token.(string)
			w.geo = slices.Contains([]string{"FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString",
				"Polygon", "MultiPolygon", "GeometryCollection"}, name)
		}
	}
	return nil
}

// utf8Reader fails where its source is not UTF-8, or holds a NUL.
type utf8Reader struct {
	r    io.Reader
	tail []byte
}

func (u *utf8Reader) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	text := slices.Concat(u.tail, p[:n])
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf && text[0] != 0 {
			text = text[1:]
			continue
		}
		if !utf8.FullRune(text) && err == nil {
			break
		}
		r, width := utf8.DecodeRune(text)
		if r == utf8.RuneError && width == 1 || r == 0 {
			return 0, refuse("damaged")
		}
		text = text[width:]
	}
	u.tail = append(u.tail[:0:0], text...)
	return n, err
}

// xml requires one whole XML document with the given root element; root "xml" takes any
// that is not a page. Nothing in it may be fetched or expanded.
func (in *inspector) xml(f io.ReaderAt, size int64, root string) error {
	if size > maxText {
		return refuse("text_large")
	}
	w := xmlWalk{root: root}
	err := in.walkXML(in.meter(io.NewSectionReader(f, 0, size)), w.take)
	if err == nil && (!w.seen || len(w.stack) > 0) {
		return refuse("damaged")
	}
	return err
}

// xmlWalk follows the elements of a document.
type xmlWalk struct {
	root  string
	stack []xml.Name
	seen  bool
}

func (w *xmlWalk) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		if len(w.stack) == 0 || w.stack[len(w.stack)-1] != t.Name {
			return refuse("damaged")
		}
		w.stack = w.stack[:len(w.stack)-1]
	case xml.CharData:
		if len(w.stack) == 0 && len(bytes.Trim(t, " \t\r\n\ufeff")) > 0 {
			return refuse("trailing_data")
		}
	}
	return nil
}

func (w *xmlWalk) start(t xml.StartElement) error {
	switch {
	case len(w.stack) == 0 && w.seen:
		return refuse("trailing_data")
	case !w.seen && !rootFits(t.Name, w.root):
		return refuse("content_differs")
	case slices.Contains([]string{"networklink", "script", "iframe", "html"}, strings.ToLower(t.Name.Local)):
		return refuse("external_link")
	}
	w.seen, w.stack = true, append(w.stack, t.Name)
	if len(w.stack) > maxTextDepth {
		return refuse("too_deep")
	}
	return nil
}

func rootFits(name xml.Name, root string) bool {
	if root == "xml" {
		return !slices.Contains([]string{"html", "svg"}, strings.ToLower(name.Local))
	}
	return name.Local == root
}

// maxToken is how long a text or tag may be, which the parser keeps in memory.
const maxToken = 4 << 20

// walkXML hands every token to take. Document types are refused: with them come entities
// that expand or fetch.
func (in *inspector) walkXML(r io.Reader, take func(xml.Token) error) error {
	source := &tokenReader{r: r}
	d := xml.NewDecoder(bufio.NewReaderSize(source, 64<<10))
	d.CharsetReader = chinese
	for {
		token, err := d.RawToken()
		if err == io.EOF { //nolint:errorlint // the end is io.EOF itself; around another error the source failed, and what follows went unseen
			return nil
		}
		if err != nil {
			return broken(err)
		}
		source.n = 0
		if _, ok := token.(xml.Directive); ok {
			return refuse("xml_entities")
		}
		if err := take(token); err != nil {
			return err
		}
	}
}

// tokenReader refuses to go on when one token takes too much; n counts since the last one.
type tokenReader struct {
	r io.Reader
	n int
}

func (t *tokenReader) Read(p []byte) (int, error) {
	if t.n > maxToken {
		return 0, refuse("bomb")
	}
	n, err := t.r.Read(p)
	t.n += n
	return n, err
}

// chinese decodes the encodings that Chinese programs write besides UTF-8.
func chinese(label string, input io.Reader) (io.Reader, error) {
	var e encoding.Encoding
	switch strings.ToLower(label) {
	case "gb2312", "gbk", "gb18030":
		e = simplifiedchinese.GB18030
	case "us-ascii", "ascii":
		e = encoding.Nop
	default:
		return nil, errors.New("encoding not supported")
	}
	return e.NewDecoder().Reader(input), nil
}
