package attachment

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const (
	maxEntries   = 10000
	maxEntryName = 512 // bytes
)

// part is one file of an archive, its name as a reader would see it.
type part struct {
	name string
	file *zip.File
}

// openZip lists the files of an archive whose directory tells one story only: it lies at the
// very end, each local header repeats its entry, no two share bytes, nothing stands before.
func openZip(f io.ReaderAt, size int64) ([]part, error) {
	if err := checkDirectory(f, size); err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // paths have a check of their own
		return nil, refuse("damaged")
	}
	parts, seen := make([]part, 0, len(archive.File)), map[string]bool{}
	for _, file := range archive.File {
		name, err := entryName(file)
		if err != nil {
			return nil, err
		}
		if key := strings.ToLower(name); seen[key] {
			return nil, refuse("archive_names")
		} else {
			seen[key] = true
		}
		if err := checkEntry(file); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(name, "/") {
			parts = append(parts, part{name, file})
		}
	}
	return parts, nil
}

// entryName refuses names that lead out of a folder or mean something else elsewhere. Names
// that are not UTF-8 are read as GB 18030, as archives of Chinese Windows have them.
func entryName(file *zip.File) (string, error) {
	name := file.Name
	if !utf8.ValidString(name) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().String(name)
		if err != nil {
			return "", refuse("archive_names")
		}
		name = decoded
	}
	if name == "" || len(name) > maxEntryName || strings.ContainsFunc(name, refusedInEntry) || strings.HasPrefix(name, "/") {
		return "", refuse("archive_names")
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return "", refuse("archive_names")
		}
	}
	return name, nil
}

func refusedInEntry(r rune) bool { return r != '/' && refusedInName(r) }

func checkEntry(file *zip.File) error {
	switch mode := file.Mode(); {
	case file.Flags&0x41 != 0: // encrypted, strongly encrypted
		return refuse("encrypted")
	case mode&(fs.ModeSymlink|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket|fs.ModeIrregular) != 0:
		return refuse("archive_names")
	case file.Method != zip.Store && file.Method != zip.Deflate:
		return refuse("archive_method")
	}
	return nil
}

// The records of a zip file: sizes without what varies.
const (
	localHeader, localSize         = "PK\x03\x04", 30
	directoryHeader, directorySize = "PK\x01\x02", 46
	endHeader, endSize             = "PK\x05\x06", 22
	maxZipComment                  = 1 << 10
)

// span is where an entry lies in the file.
type span struct{ from, to int64 }

// checkDirectory walks the directory before archive/zip builds its list, which has no bound.
func checkDirectory(f io.ReaderAt, size int64) error {
	if size < endSize {
		return refuse("damaged")
	}
	tailSize := min(size, endSize+maxZipComment)
	tail, err := readAt(f, size-tailSize, tailSize)
	if err != nil {
		return err
	}
	i := bytes.LastIndex(tail, []byte(endHeader))
	if i < 0 || len(tail)-i < endSize {
		return refuse("damaged")
	}
	end := tail[i:]
	length, start := int64(le32(end, 12)), int64(le32(end, 16))
	at, comment := size-tailSize+int64(i), int64(le16(end, 20))
	switch {
	case at+endSize+comment != size:
		return refuse("trailing_data")
	case int(le16(end, 10)) > maxEntries:
		return refuse("archive_entries")
	case start+length != at:
		return refuse("damaged")
	}
	spans, err := walkDirectory(f, start, length)
	if err != nil {
		return err
	}
	return checkSpans(spans, start)
}

func walkDirectory(f io.ReaderAt, start, length int64) ([]span, error) {
	var spans []span
	r := bufio.NewReader(io.NewSectionReader(f, start, length))
	header := make([]byte, directorySize)
	for length > 0 {
		if _, err := io.ReadFull(r, header); err != nil || string(header[:4]) != directoryHeader {
			return nil, refuse("damaged")
		}
		if len(spans) == maxEntries {
			return nil, refuse("archive_entries")
		}
		name, rest := make([]byte, le16(header, 28)), int(le16(header, 30))+int(le16(header, 32))
		if _, err := io.ReadFull(r, name); err != nil {
			return nil, refuse("damaged")
		}
		if _, err := r.Discard(rest); err != nil {
			return nil, refuse("damaged")
		}
		s, err := localSpan(f, int64(le32(header, 42)), int64(le32(header, 20)), name)
		if err != nil {
			return nil, err
		}
		spans = append(spans, s)
		length -= int64(directorySize + len(name) + rest)
	}
	return spans, nil
}

// localSpan reads the header in front of an entry's content, which must name the same file.
func localSpan(f io.ReaderAt, at, packed int64, name []byte) (span, error) {
	header, err := readAt(f, at, localSize+int64(len(name)))
	if err != nil {
		return span{}, err
	}
	if string(header[:4]) != localHeader || int(le16(header, 26)) != len(name) || !bytes.Equal(header[localSize:], name) {
		return span{}, refuse("archive_names")
	}
	return span{at, at + localSize + int64(len(name)) + int64(le16(header, 28)) + packed}, nil
}

// checkSpans refuses entries that share bytes, as bombs do, and content in front of them.
func checkSpans(spans []span, start int64) error {
	slices.SortFunc(spans, func(a, b span) int { return int(min(1, max(-1, a.from-b.from))) })
	end := int64(0)
	for i, s := range spans {
		if i == 0 && s.from != 0 {
			return refuse("trailing_data")
		}
		if s.from < end || s.to > start {
			return refuse("bomb")
		}
		end = s.to
	}
	return nil
}

func le16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func le32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// archive inspects a zip: every file in it is of a known kind, and good by itself.
func (in *inspector) archive(f io.ReaderAt, size int64, depth int) error {
	parts, err := openZip(f, size)
	if err != nil {
		return err
	}
	files := 0
	for _, p := range parts {
		known, err := in.member(p, depth)
		if err != nil {
			return err
		}
		if known {
			files++
		}
	}
	if files == 0 {
		return refuse("archive_empty")
	}
	return nil
}

// member inspects one file of an archive and reports whether it is a document at all.
func (in *inspector) member(p part, depth int) (known bool, err error) {
	content, err := p.file.Open()
	if err != nil {
		return false, refuse("damaged")
	}
	defer func() { _ = content.Close() }()
	r := bufio.NewReaderSize(content, sniffed)
	head, _ := r.Peek(64)
	switch format := formatOf(p.name); {
	case systemFile(p.name, head):
		return false, in.discardPart(r)
	case slices.Contains([]string{"zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab", "iso", "kmz", "jar"}, format) || packed(head):
		if format == "xlsx" || format == "docx" || format == "ofd" {
			return true, in.nested(r, format, depth)
		}
		return false, refuse("nested")
	case slices.Contains([]string{"pdf", "jpg", "jpeg", "png", "xlsx", "docx", "geojson", "json", "kml", "ofd", "xml"}, format):
		return true, in.nested(r, format, depth)
	case slices.Contains([]string{"csv", "txt", "prj", "cpg"}, format):
		return true, in.plain(r)
	case slices.Contains([]string{"shp", "shx", "dbf", "sbn", "sbx", "tif", "tiff"}, format):
		return true, in.data(r, head)
	}
	return false, refuse("archive_member")
}

// packed reports archives and compressed files by their first bytes.
func packed(head []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x1f\x8b", "BZh", "\xfd7zXZ\x00", "MSCF", "\x28\xb5\x2f\xfd"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// systemFile reports what file managers put into archives unasked.
func systemFile(name string, head []byte) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch {
	case base == ".DS_Store":
		return bytes.HasPrefix(head, []byte("\x00\x00\x00\x01Bud1"))
	case strings.HasPrefix(base, "._"):
		return bytes.HasPrefix(head, []byte("\x00\x05\x16\x07"))
	}
	return false
}

func (in *inspector) discardPart(r io.Reader) error {
	_, err := in.unfold(io.Discard, r)
	return err
}

// data lets measured data pass that no program executes.
func (in *inspector) data(r io.Reader, head []byte) error {
	if executable(head) || bytes.HasPrefix(head, []byte(oleMagic)) || bytes.HasPrefix(head, []byte("%PDF-")) || markup(head) {
		return refuse("content_differs")
	}
	return in.discardPart(r)
}

// plain lets text pass that is neither a script nor a page, nor has control characters.
func (in *inspector) plain(r *bufio.Reader) error {
	head, _ := r.Peek(512)
	if executable(head) || markup(head) || bytes.HasPrefix(head, []byte("%PDF-")) {
		return refuse("content_differs")
	}
	binary := &textFinder{text: []byte{0}}
	if _, err := in.unfold(binary, r); err != nil {
		return err
	}
	if binary.found {
		return refuse("content_differs")
	}
	return nil
}

// markup reports pages and drawings that a browser would execute.
func markup(head []byte) bool {
	text := bytes.ToLower(head)
	for _, mark := range []string{"<html", "<!doctype html", "<script", "<svg", "<?php", "<iframe", "<body"} {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}
