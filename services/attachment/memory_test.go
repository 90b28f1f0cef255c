package attachment_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/objects"
)

// maxGrowth is what verifying may add to the heap, however large the files are.
const maxGrowth = 96 << 20

// Large files four at a time, honest and not, must fit into bounded memory.
func TestMemoryIsBounded(t *testing.T) {
	files := []struct {
		name, code string
		write      func(testing.TB, io.Writer) error
	}{
		{"大图.docx", "", bigDocx}, {"大表.xlsx", "", bigSheet}, {"大.pdf", "", bigPDF},
		{"长文.xlsx", "attachment.bomb", longToken}, {"大.zip", "attachment.archive_entries", bigDirectory},
	}
	o, ids := contentOffice(t), make([]string, len(files))
	for i, f := range files {
		ids[i] = o.spooled(t, f.name, f.write)
	}
	peak := watchHeap(t)
	var wg sync.WaitGroup
	for i, f := range files {
		wg.Go(func() {
			_, err := o.Complete(t.Context(), filler, ids[i])
			if _, code := fieldCode(err); code != f.code || err != nil && code == "" {
				t.Errorf("%s: got %v, want %q", f.name, err, f.code)
			}
		})
	}
	wg.Wait()
	if grown := peak(); grown > maxGrowth {
		t.Errorf("the heap grew by %d MB, want at most %d", grown>>20, maxGrowth>>20)
	}
}

// watchHeap samples the live and the garbage objects of the heap until the result is called,
// which returns the growth of the peak in bytes.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	size := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	runtime.GC()
	start, peak := size(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				peak = max(peak, size())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return peak - min(start, peak)
	}
}

// spooled stages a large file without holding it in memory.
func (o office) spooled(t *testing.T, name string, write func(testing.TB, io.Writer) error) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, w := sha256.New(), bufio.NewWriter(f)
	err = errors.Join(write(t, io.MultiWriter(w, sum)), w.Flush())
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr); err != nil {
		t.Fatal(err)
	}
	req := attachment.Request{Parent: ours, Slot: "many", Name: name, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}
	ticket := o.ask(t, filler, req)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := o.store.(*objects.Disk).Put(t.Context(), ticket.Upload.Fields["key"], f, info.Size(), "application/pdf"); err != nil {
		t.Fatal(err)
	}
	return ticket.AttachmentID
}

func random() io.Reader { return rand.NewChaCha8([32]byte{1}) }

// bigOffice writes the parts that every document has, and one more.
func bigOffice(w io.Writer, base []byte, name string, method uint16, body io.Reader) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	r, err := zip.NewReader(bytes.NewReader(base), int64(len(base)))
	if err != nil {
		return err
	}
	for _, f := range r.File {
		if f.Name == name {
			continue
		}
		if err := z.Copy(f); err != nil {
			return err
		}
	}
	part, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return err
	}
	_, err = io.Copy(part, body)
	return errors.Join(err, z.Close())
}

func bigDocx(t testing.TB, w io.Writer) error {
	return bigOffice(w, docxOf(t, "", ""), "word/media/image1.png", zip.Store, io.LimitReader(random(), 35<<20))
}

func bigSheet(t testing.TB, w io.Writer) error {
	rows := 0
	body := io.MultiReader(strings.NewReader(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`), &repeat{next: func() string {
		if rows++; rows > 300_000 {
			return ""
		}
		return fmt.Sprintf(`<row r="%d"><c r="A%d"><f>SUM(B%d:C%d)</f><v>%d</v></c></row>`, rows, rows, rows, rows, rows)
	}}, strings.NewReader(`</sheetData></worksheet>`))
	return bigOffice(w, xlsxOf(t, nil), "xl/worksheets/sheet1.xml", zip.Deflate, body)
}

// longToken is one text of 200 MB in a table.
func longToken(t testing.TB, w io.Writer) error {
	body := io.MultiReader(strings.NewReader(`<worksheet><t>`), io.LimitReader(blank{'a'}, 200<<20), strings.NewReader(`</t></worksheet>`))
	return bigOffice(w, xlsxOf(t, nil), "xl/worksheets/sheet1.xml", zip.Deflate, body)
}

// bigPDF is one page and 35 MB that look like a picture.
func bigPDF(_ testing.TB, w io.Writer) error { return noisePDF(w, 35<<20) }

func noisePDF(w io.Writer, size int64) error {
	var n counter
	out := io.MultiWriter(w, &n)
	_, err := fmt.Fprint(out, "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n2 0 obj\n<< /Filter /FlateDecode >>\nstream\n")
	z, _ := zlib.NewWriterLevel(out, zlib.NoCompression)
	_, copyErr := io.Copy(z, io.LimitReader(random(), size))
	err = errors.Join(err, copyErr, z.Close())
	_, end := fmt.Fprintf(out, "\nendstream\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", int(n)+len("\nendstream\nendobj\n"))
	return errors.Join(err, end)
}

// bigDirectory is an archive of 60,000 empty files with long names.
func bigDirectory(_ testing.TB, w io.Writer) error {
	z := zip.NewWriter(w)
	for i := range 60_000 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%06d-%0200d.txt", i, i)}); err != nil {
			return err
		}
	}
	return z.Close()
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// repeat reads texts until an empty one.
type repeat struct {
	next func() string
	rest string
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.rest = r.next(); r.rest == "" {
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
