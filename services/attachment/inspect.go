package attachment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/gabriel-vasile/mimetype"
)

// Inflated content: a file may unfold to inflateFloor bytes and inflateRatio times its size,
// and never to more than inflateCap. Deflate reaches 1,000 : 1, documents rarely 50 : 1.
const (
	inflateFloor = 16 << 20
	inflateRatio = 100
	inflateCap   = 1 << 30
)

// maxDepth is how deep documents may lie in one another: an archive with a document with an
// embedded table.
const maxDepth = 2

// sniffed is how much of a file its type is told from.
const sniffed = 3072

// Formats returns the file name endings that can be verified; a slot that lists any other
// never accepts it.
func Formats() []string {
	return []string{"pdf", "jpg", "jpeg", "png", "xlsx", "docx", "geojson", "json", "kml", "zip", "ofd"}
}

// contentTypeOf is the type that a verified file of the format is served as, "" for formats
// that cannot be verified.
func contentTypeOf(format string) string {
	switch format {
	case "pdf":
		return "application/pdf"
	case "jpg", "jpeg":
		return "image/jpeg"
	case "png":
		return "image/png"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "geojson":
		return "application/geo+json"
	case "json":
		return "application/json"
	case "kml":
		return "application/vnd.google-earth.kml+xml"
	case "zip":
		return "application/zip"
	case "ofd":
		return "application/ofd"
	}
	return ""
}

// inspector looks into one upload and whatever it contains. left is what may still be
// inflated, over all levels together.
type inspector struct {
	ctx     context.Context
	tempDir string
	left    int64
}

func newInspector(ctx context.Context, tempDir string, size int64) *inspector {
	return &inspector{ctx: ctx, tempDir: tempDir, left: min(inflateFloor+inflateRatio*size, inflateCap)}
}

// inspect returns a refusal unless the content is a whole and harmless file of the format.
func (in *inspector) inspect(f io.ReaderAt, size int64, format string, depth int) error {
	if err := sniff(f, size, format); err != nil {
		return err
	}
	switch format {
	case "pdf":
		return in.pdf(f, size)
	case "jpg", "jpeg":
		return inspectJPEG(f, size)
	case "png":
		return inspectPNG(f, size)
	case "xlsx", "docx":
		return in.office(f, size, format, depth)
	case "geojson", "json":
		return in.json(f, size, format == "geojson")
	case "kml", "xml":
		return in.xml(f, size, format)
	case "zip":
		return in.archive(f, size, depth)
	case "ofd":
		return in.ofd(f, size)
	}
	return refuse("content_differs")
}

// sniff compares the beginning of the content with what the name promises.
func sniff(f io.ReaderAt, size int64, format string) error {
	head, err := readAt(f, 0, min(size, sniffed))
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte(oleMagic)) {
		return refuse("old_office")
	}
	if executable(head) {
		return refuse("executable")
	}
	want := contentTypeOf(format)
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		if m.Is(want) || m.Is(looseType(format)) {
			return nil
		}
		if m.Is("text/html") || m.Is("image/svg+xml") {
			break
		}
	}
	return refuse("content_differs")
}

// looseType is what the detector makes of good files of a format whose mark lies further
// inside than it looks.
func looseType(format string) string {
	switch format {
	case "xlsx", "docx", "ofd":
		return "application/zip"
	case "geojson", "json", "kml", "xml":
		return "text/plain"
	}
	return contentTypeOf(format)
}

const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// executable reports programs and scripts by their first bytes.
func executable(head []byte) bool {
	for _, magic := range []string{"MZ", "\x7fELF", "#!", "\xca\xfe\xba\xbe", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf",
		"\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "L\x00\x00\x00\x01\x14\x02\x00", "\x00asm", "dex\n"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// readAt reads n bytes that must be there.
func readAt(f io.ReaderAt, off, n int64) ([]byte, error) {
	buf := make([]byte, n)
	got, err := f.ReadAt(buf, off)
	if int64(got) == n {
		return buf, nil
	}
	if err == io.EOF {
		return nil, refuse("damaged")
	}
	return nil, err
}

// unfold copies what inflates out of a compressed part to w, as long as the allowance lasts.
func (in *inspector) unfold(w io.Writer, r io.Reader) (int64, error) {
	return io.Copy(w, in.meter(r))
}

// meter reads a compressed part under the allowance, and looks for the test virus in it.
func (in *inspector) meter(r io.Reader) io.Reader {
	return &meter{in: in, r: r, test: textFinder{text: []byte(testVirus)}}
}

type meter struct {
	in   *inspector
	r    io.Reader
	test textFinder
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.in.left -= int64(n)
	_, _ = m.test.Write(p[:n])
	switch {
	case m.in.left < 0:
		return 0, refuse("bomb")
	case m.test.found:
		return 0, refuse("infected")
	case err != nil && err != io.EOF:
		return n, broken(err)
	}
	return n, err
}

// broken makes a refusal of what a reader of a format says about the content, and leaves
// alone what concerns the disk or the caller.
func broken(err error) error {
	_, refused := errors.AsType[refusal](err)
	_, disk := errors.AsType[*fs.PathError](err)
	if refused || disk || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return refuse("damaged")
}

func isRefusal(err error, code string) bool { return errors.Is(err, refuse(code)) }

// nested inspects a document inside another one by way of a temporary file.
func (in *inspector) nested(r io.Reader, format string, depth int) error {
	if depth >= maxDepth {
		return refuse("nested")
	}
	tmp, err := os.CreateTemp(in.tempDir, "clusterzone-part-*")
	if err != nil {
		return err
	}
	defer func() { _, _ = tmp.Close(), os.Remove(tmp.Name()) }()
	size, err := in.unfold(tmp, r)
	if err != nil {
		return err
	}
	return in.inspect(tmp, size, format, depth+1)
}
