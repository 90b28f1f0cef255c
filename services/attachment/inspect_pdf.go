package attachment

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"
)

var (
	pdfHeader = regexp.MustCompile(`^%PDF-(1\.[0-7]|2\.0)[\r\n\t %]`)
	pdfEnd    = regexp.MustCompile(`startxref[\s\x00]+(\d{1,12})[\s\x00]+%%EOF[\s\x00]*$`)
	pdfXref   = regexp.MustCompile(`xref|\d+\s+\d+\s+obj`)
	pdfURL    = regexp.MustCompile(`\(https?://[^\s()<>\\]*$`)
)

// Of images only this many, and of each only so much, is inflated: rows of pixels hold no
// objects, and blank pages unfold a thousand times.
const (
	imageScan = 64 << 10
	maxImages = 5000
)

// maxStreams is more than any document has, and few enough to look at.
const maxStreams = 200_000

// pdf requires a whole document without anything that acts by itself: scripts, programs to
// launch, embedded files, forms that send themselves. Names count wherever they stand, also
// spelt with #xx and in compressed object streams. A password leaves nothing to look at.
func (in *inspector) pdf(f io.ReaderAt, size int64) error {
	if err := pdfFrame(f, size); err != nil {
		return err
	}
	d := &pdfDocument{in: in, f: f, size: size, source: bufio.NewReader(nil), window: newWindow()}
	return d.scan(io.NewSectionReader(f, 0, size), newWindow(), d.name, d.stream)
}

// pdfFrame checks the first line, the last lines and that they lead to a table of objects.
func pdfFrame(f io.ReaderAt, size int64) error {
	head, err := readAt(f, 0, min(size, 16))
	if err != nil {
		return err
	}
	if !pdfHeader.Match(head) {
		return refuse("content_differs")
	}
	tail, err := readAt(f, max(0, size-2048), min(size, 2048))
	if err != nil {
		return err
	}
	end := pdfEnd.FindSubmatch(tail)
	if end == nil && bytes.Contains(tail, []byte("%%EOF")) {
		return refuse("trailing_data")
	}
	if end == nil {
		return refuse("damaged")
	}
	at, err := strconv.ParseInt(string(end[1]), 10, 64)
	if err != nil || at >= size {
		return refuse("damaged")
	}
	from := max(0, at-16)
	table, err := readAt(f, from, min(80, size-from))
	if err != nil {
		return err
	}
	if !pdfXref.Match(table) {
		return refuse("damaged")
	}
	return nil
}

// pdfDocument remembers, between one stream and the next, what kind of stream comes.
type pdfDocument struct {
	in      *inspector
	f       io.ReaderAt
	size    int64
	objects bool // the stream holds objects
	image   bool
	flate   bool
	filter  bool // one that is not undone here
	images  int  // seen so far
	streams int
	// Reused from stream to stream.
	source *bufio.Reader
	zlib   io.ReadCloser
	window []byte
}

// name judges a name of the file itself; inside is whether it stands in a stream, where
// short names come up by chance.
func (d *pdfDocument) name(name string, inside bool) error {
	switch name {
	case "ObjStm":
		d.objects = true
	case "Image":
		d.image = true
	case "FlateDecode":
		d.flate = true
	case "ASCIIHexDecode", "ASCII85Decode", "LZWDecode", "RunLengthDecode", "Crypt":
		d.filter = true
	case "Encrypt":
		if !inside {
			return refuse("encrypted")
		}
	}
	return pdfName(name, inside && !d.objects)
}

func pdfName(name string, longOnly bool) error {
	switch name {
	case "JavaScript", "Launch", "Rendition", "SubmitForm", "ImportData", "RichMedia":
		return refuse("pdf_active")
	case "EmbeddedFile", "EmbeddedFiles", "FileAttachment":
		return refuse("pdf_embedded")
	case "JS", "XFA":
		if !longOnly {
			return refuse("pdf_active")
		}
	case "EF":
		if !longOnly {
			return refuse("pdf_embedded")
		}
	}
	return nil
}

// stream looks into the stream whose data begin at the given place.
func (d *pdfDocument) stream(at int64) error {
	objects, image := d.objects, d.image
	flate, filter := d.flate, d.filter
	d.image, d.flate, d.filter = false, false, false
	if objects && filter {
		return refuse("pdf_active") // what is packed so that it cannot be seen
	}
	if d.streams++; d.streams > maxStreams {
		return refuse("bomb")
	}
	if image {
		d.images++
	}
	if image && !objects && d.images > maxImages {
		return nil
	}
	inflated, err := d.inflate(at)
	if err != nil {
		if objects && flate {
			return refuse("damaged")
		}
		return d.in.ctx.Err()
	}
	d.objects = false // they are found here, and not by chance in what they are packed into
	content := d.in.meter(inflated)
	if image && !objects {
		content = io.LimitReader(inflated, imageScan)
	}
	err = d.scan(content, d.window, func(name string, _ bool) error { return pdfName(name, !objects) }, nil)
	if err != nil {
		err = broken(err)
	}
	if isRefusal(err, "damaged") && !objects {
		return nil // a picture or a font with a flaw; viewers cope
	}
	return err
}

// inflate begins to read the compressed data at the given place.
func (d *pdfDocument) inflate(at int64) (_ io.Reader, err error) {
	d.source.Reset(io.NewSectionReader(d.f, at, d.size-at))
	if d.zlib == nil {
		d.zlib, err = zlib.NewReader(d.source)
		return d.zlib, err
	}
	return d.zlib, d.zlib.(zlib.Resetter).Reset(d.source, nil)
}

// The scanner looks at a window of the content; what surrounds a name must be in it.
const (
	pdfWindow = 64 << 10
	pdfBehind = 1 << 10
	pdfAhead  = 256
)

func newWindow() []byte { return make([]byte, pdfBehind+pdfWindow+pdfAhead) }

// scan calls name for every name, and stream, unless nil, for where the data of each stream
// begin.
func (d *pdfDocument) scan(r io.Reader, window []byte, name func(string, bool) error, stream func(int64) error) error {
	buf := window[:0]
	offset, next, inside := int64(0), 0, false
	for last := false; !last; {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last = err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		limit := len(buf)
		if !last {
			limit -= pdfAhead
		}
		for ; next < limit; next++ {
			switch buf[next] {
			case '/':
				if err := foundName(buf, next, inside, name); err != nil {
					return err
				}
			case 's':
				if stream == nil || !bytes.HasPrefix(buf[next:], []byte("stream")) {
					continue
				}
				if inside = !bytes.HasSuffix(buf[:next], []byte("end")); !inside {
					d.objects = false
					continue
				}
				if err := stream(offset + int64(next+streamStart(buf[next:]))); err != nil {
					return err
				}
			}
		}
		keep := max(0, next-pdfBehind)
		buf = buf[:copy(buf, buf[keep:])]
		offset, next = offset+int64(keep), next-keep
	}
	return nil
}

// streamStart skips the keyword and the end of its line.
func streamStart(b []byte) int {
	n := len("stream")
	if n < len(b) && b[n] == '\r' {
		n++
	}
	if n < len(b) && b[n] == '\n' {
		n++
	}
	return n
}

// foundName reads the name behind the slash at i. One that is the end of a web address in a
// string is none.
func foundName(buf []byte, i int, inside bool, take func(string, bool) error) error {
	name := make([]byte, 0, 32)
	for j := i + 1; j < len(buf) && len(name) < 32; j++ {
		c := buf[j]
		if bytes.IndexByte([]byte("\x00\t\n\f\r ()<>[]{}/%"), c) >= 0 {
			break
		}
		if c == '#' && j+2 < len(buf) {
			if b, err := hex.DecodeString(string(buf[j+1 : j+3])); err == nil {
				c, j = b[0], j+2
			}
		}
		name = append(name, c)
	}
	err := take(string(name), inside)
	if err != nil && pdfURL.Match(buf[max(0, i-pdfBehind):i]) {
		return nil
	}
	return err
}
