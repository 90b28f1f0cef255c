package attachment_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
)

// bigSize is the size of the file that the issue asks for.
const bigSize = 500 << 20

// A file of 500 MB over a line that drops three times arrives without starting again, whichever
// store takes it, and in bounded memory.
func TestBigFileOverABadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 500 MB twice")
	}
	for name, open := range map[string]func(t *testing.T) (objects.Store, *badLine){"disk": diskBehind, "minio": minioBehind} {
		t.Run(name, func(t *testing.T) {
			store, line := open(t)
			c := &clock{}
			o := newOffice(t, sqlite(t, c), c, store, func(c *attachment.Config) { c.TempDir = t.TempDir() })
			o.desk.limit = 1 << 30
			file, sum := bigFile(t)
			peak := watchHeap(t)
			ticket := o.ask(t, filler, attachment.Request{Parent: ours, Slot: "many", Name: "规划.pdf", Size: file.size, SHA256: sum})
			if ticket.Session == nil || ticket.Session.PartSize != 16<<20 {
				t.Fatalf("no session of parts of 16 MB: %+v", ticket)
			}
			sent := o.sendOverABadLine(t, ticket.AttachmentID, file)
			got, err := o.Complete(t.Context(), filler, ticket.AttachmentID)
			if err != nil {
				t.Fatal(err)
			}
			if got.SHA256 != sum || got.Size != file.size {
				t.Errorf("attached: got %+v", got)
			}
			if n := line.drops.Load(); n != 3 {
				t.Errorf("the line dropped %d times, want 3", n)
			}
			// Each drop may cost the parts that were under way, three at a time, and no more.
			if most := file.size + 3*3*ticket.Session.PartSize + 8<<20; line.bytes.Load() > most {
				t.Errorf("%d bytes went over the line for a file of %d: it started again", line.bytes.Load(), file.size)
			}
			if sent <= ticket.Session.Count {
				t.Errorf("%d parts sent for %d: no part was cut off, so nothing was tested", sent, ticket.Session.Count)
			}
			if grown := peak(); grown > maxGrowth {
				t.Errorf("the heap grew by %d MB, want at most %d", grown>>20, maxGrowth>>20)
			}
			o.wantNoParts(t, ticket.AttachmentID)
		})
	}
}

// onDisk is a file that is read in parts.
type onDisk struct {
	*os.File
	size int64
}

// bigFile is a good PDF of 500 MB of noise, and its sum.
func bigFile(t *testing.T) (onDisk, string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "big.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	sum, w := sha256.New(), bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(noisePDF(io.MultiWriter(w, sum), bigSize), w.Flush())
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr); err != nil {
		t.Fatal(err)
	}
	return onDisk{f, info.Size()}, hex.EncodeToString(sum.Sum(nil))
}

// sendOverABadLine does what upload.js does: three parts at a time, and each again until it has
// arrived. It returns how many times a part was sent.
func (o office) sendOverABadLine(t *testing.T, id string, file onDisk) int {
	t.Helper()
	session, err := o.Session(t.Context(), filler, id)
	if err != nil {
		t.Fatal(err)
	}
	numbers := make(chan int, session.Count)
	for no := 1; no <= session.Count; no++ {
		numbers <- no
	}
	close(numbers)
	var sent atomic.Int64
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for no := range numbers {
				part := io.NewSectionReader(file, int64(no-1)*session.PartSize, min(session.PartSize, file.size-int64(no-1)*session.PartSize))
				for try := 0; ; try++ {
					sent.Add(1)
					err := o.tryPart(t.Context(), id, no, part)
					if err == nil {
						break
					}
					if try > 20 {
						t.Errorf("part %d: %v", no, err)
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			}
		})
	}
	group.Wait()
	return int(sent.Load())
}

func (o office) tryPart(ctx context.Context, id string, no int, part *io.SectionReader) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(part, 0, part.Size())); err != nil {
		return err
	}
	ticket, err := o.PartTicket(ctx, filler, id, no, hex.EncodeToString(sum.Sum(nil)))
	if err != nil {
		return err
	}
	status, answer, err := objectstest.SendPart(ctx, http.DefaultClient, ticket, io.NewSectionReader(part, 0, part.Size()), part.Size())
	if err == nil && status != http.StatusOK {
		err = errors.New(answer)
	}
	return err
}

// badLine passes bytes on to a server, and drops every connection when so many have gone that
// way: three times, and then no more.
type badLine struct {
	listener net.Listener
	target   string
	bytes    atomic.Int64
	drops    atomic.Int64
	mu       sync.Mutex
	open     map[net.Conn]bool
}

func newBadLine(t *testing.T, target string) *badLine {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &badLine{listener: listener, target: target, open: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = listener.Close(); l.cut() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(client)
		}
	}()
	return l
}

func (l *badLine) pass(client net.Conn) {
	server, err := net.Dial("tcp", l.target) //nolint:noctx // ends with the connection
	if err != nil {
		_ = client.Close()
		return
	}
	l.mu.Lock()
	l.open[client], l.open[server] = true, true
	l.mu.Unlock()
	go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
	_, _ = io.Copy(server, &toll{l, client})
	_, _ = client.Close(), server.Close()
}

// toll counts what a client sends, and drops the line at each of the three marks.
type toll struct {
	line *badLine
	r    io.Reader
}

func (t *toll) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	sum := t.line.bytes.Add(int64(n))
	drops := t.line.drops.Load()
	if drops < 3 && sum > (drops+1)*bigSize/4 && t.line.drops.CompareAndSwap(drops, drops+1) {
		t.line.cut()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// cut closes every connection.
func (l *badLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close()
	}
	clear(l.open)
}

func diskBehind(t *testing.T) (objects.Store, *badLine) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	line := newBadLine(t, strings.TrimPrefix(server.URL, "http://"))
	disk, err := objects.NewDisk(objects.DiskConfig{Dir: t.TempDir(), BaseURL: "http://" + line.listener.Addr().String(), Secret: []byte(rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc(objects.PartPath, disk.ServePart)
	if err := disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk, line
}

func minioBehind(t *testing.T) (objects.Store, *badLine) {
	var line *badLine
	store := objectstest.NewMinIO(t, func(c *objects.MinIOConfig) {
		line = newBadLine(t, c.Endpoint)
		c.PublicEndpoint = line.listener.Addr().String()
	})
	return store, line
}
