package attachment_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
	"clusterzone/workflows"
)

const slotLimit = 40 << 20

// desk is a parent of two cases, one per unit, and their fail switches.
type desk struct {
	mu      sync.Mutex
	closed  map[string]error // by case: why nothing may be written
	stale   int              // so many times Touched is too late
	touched map[string]int
	onWrite func()
	limit   int64 // bytes of a file in the slot "many", slotLimit when 0
}

func unitOf(id string) string { return id[:6] }

func (d *desk) Reading(_ *database.Tx, a identity.Actor, id string) error {
	if a.Unit != unitOf(id) {
		return fault.Missing()
	}
	return nil
}

func (d *desk) Writing(_ *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.onWrite != nil {
		d.onWrite()
	}
	if err := cmpErrors(d.Reading(nil, a, id), d.closed[id]); err != nil {
		return attachment.Slot{}, err
	}
	switch slot {
	case "one":
		return attachment.Slot{Code: slot, Formats: attachment.Formats(), MaxBytes: slotLimit, MaxFiles: 1}, nil
	case "two":
		return attachment.Slot{Code: slot, Formats: []string{"pdf"}, MaxBytes: slotLimit, MaxFiles: 2}, nil
	case "many":
		return attachment.Slot{Code: slot, Formats: attachment.Formats(), MaxBytes: max(slotLimit, d.limit), Dated: true}, nil
	}
	return attachment.Slot{}, fault.BadField("slot", "slot.unknown")
}

func (d *desk) Touched(_ *database.Tx, _ identity.Actor, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stale > 0 {
		d.stale--
		return fault.Stale(nil)
	}
	d.touched[id]++
	return nil
}

func (d *desk) close(id string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed[id] = err
}

func (d *desk) versions(id string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.touched[id]
}

// clock can be put forward.
type clock struct {
	mu    sync.Mutex
	shift time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.shift)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += d
}

type office struct {
	*attachment.Service
	db    *database.DB
	store objects.Store
	desk  *desk
	clock *clock
}

var (
	filler  = identity.Actor{ID: "p1", Name: "填报员甲", Unit: "500103", Roles: []workflows.Role{workflows.Filler}}
	mate    = identity.Actor{ID: "p2", Name: "填报员乙", Unit: "500103", Roles: []workflows.Role{workflows.Filler}}
	outside = identity.Actor{ID: "p3", Name: "填报员丙", Unit: "500105", Roles: []workflows.Role{workflows.Filler}}
	ours    = casework.Ref{Kind: "application", ID: "500103-1"}
	theirs  = casework.Ref{Kind: "application", ID: "500105-1"}
)

// each runs body on both databases, with files on the disk.
func each(t *testing.T, body func(t *testing.T, o office)) {
	c := &clock{}
	databasetest.Each(t, c.now, func(t *testing.T, db *database.DB) {
		c.forward(-c.shift)
		body(t, newOffice(t, db, c, objectstest.NewDisk(t)))
	})
}

func newOffice(t *testing.T, db *database.DB, c *clock, store objects.Store, change ...func(*attachment.Config)) office {
	d := &desk{closed: map[string]error{}, touched: map[string]int{}}
	config := attachment.Config{DB: db, Store: store, TempDir: t.TempDir(), Parents: map[workflows.Kind]attachment.Parent{"application": d}}
	for _, f := range change {
		f(&config)
	}
	return office{attachment.New(config), db, store, d, c}
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func request(ref casework.Ref, slot, name string, content []byte) attachment.Request {
	return attachment.Request{Parent: ref, Slot: slot, Name: name, Size: int64(len(content)), SHA256: sumOf(content), ContentType: "application/octet-stream"}
}

// ask gets a ticket that must be given.
func (o office) ask(t *testing.T, a identity.Actor, req attachment.Request) attachment.Ticket {
	t.Helper()
	ticket, err := o.Ticket(t.Context(), a, req)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// send uploads as a browser does, and returns the status.
func send(t *testing.T, ticket objects.Ticket, content []byte) int {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(ticket.Fields)) {
		if err := form.WriteField(name, ticket.Fields[name]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "blob")
	if err == nil {
		_, err = part.Write(content)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), ticket.Method, ticket.URL, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// staged asks and uploads.
func (o office) staged(t *testing.T, a identity.Actor, req attachment.Request, content []byte) string {
	t.Helper()
	ticket := o.ask(t, a, req)
	if status := send(t, ticket.Upload, content); status != http.StatusNoContent {
		t.Fatalf("upload: got %d", status)
	}
	return ticket.AttachmentID
}

// put brings a file all the way.
func (o office) put(t *testing.T, slot, name string, content []byte) attachment.Attachment {
	t.Helper()
	got, err := o.Complete(t.Context(), filler, o.staged(t, filler, request(ours, slot, name, content), content))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// fieldCode is the code of the first field of a refusal.
func fieldCode(err error) (path, code string) {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Fields) == 0 {
		return "", ""
	}
	return e.Fields[0].Path, e.Fields[0].Code
}

func wantKind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("%s: got %v, want an error of kind %d", what, err, want)
	}
}

// wantMissing requires the very error of an unknown id.
func wantMissing(t *testing.T, what string, err error) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.NotFound || e.Code != "not_found" || len(e.Fields) > 0 {
		t.Errorf("%s: got %v, want not found", what, err)
	}
}

// objectsAt lists the keys of all versions below a prefix.
func (o office) objectsAt(t *testing.T, prefix string) (keys []string) {
	t.Helper()
	err := o.store.List(t.Context(), prefix, func(i objects.Info) error {
		keys = append(keys, i.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// state reads what the table says of an attachment.
func (o office) state(t *testing.T, id string) (state, problem string) {
	t.Helper()
	var row struct{ State, Problem string }
	err := o.db.View(t.Context(), func(tx *database.Tx) error {
		return tx.One(&row, "SELECT state, problem FROM attachment WHERE id = ?", id)
	})
	if err != nil {
		return "gone", ""
	}
	return row.State, row.Problem
}

func (o office) list(t *testing.T) []attachment.Attachment {
	t.Helper()
	files, err := o.List(t.Context(), filler, ours)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, o office, a identity.Actor, id string) []byte {
	t.Helper()
	r, _, err := o.Open(t.Context(), a, id)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return content
}
