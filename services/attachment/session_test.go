package attachment_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
)

// smallParts lets a test file of a few kilobytes go in parts; only the disk takes such.
const smallParts = 1 << 10

// inParts runs body on both databases with a small part size.
func inParts(t *testing.T, body func(t *testing.T, o office)) {
	each(t, func(t *testing.T, o office) {
		body(t, newOffice(t, o.db, o.clock, o.store, func(c *attachment.Config) { c.PartSize = smallParts }))
	})
}

// sendPart sends part no of the content, and returns the status.
func (o office) sendPart(t *testing.T, a identity.Actor, id string, no int, content []byte) int {
	t.Helper()
	part := partAt(content, no, smallParts)
	ticket, err := o.PartTicket(t.Context(), a, id, no, sumOf(part))
	if err != nil {
		t.Fatal(err)
	}
	status, _, err := objectstest.SendPart(t.Context(), http.DefaultClient, ticket, bytes.NewReader(part), int64(len(part)))
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func partAt(content []byte, no, size int) []byte {
	return content[(no-1)*size : min(no*size, len(content))]
}

// TestPartsGoOn: an upload is gone on with by the same file, and by nobody else.
func TestPartsGoOn(t *testing.T) {
	inParts(t, func(t *testing.T, o office) {
		content := bigEnough(t)
		req := request(ours, "many", "规划.pdf", content)
		first := o.ask(t, filler, req)
		if first.Session == nil || first.Session.Count != (len(content)+smallParts-1)/smallParts || len(first.Session.Parts) != 0 {
			t.Fatalf("ticket: got %+v", first.Session)
		}
		id := first.AttachmentID
		if status := o.sendPart(t, filler, id, 2, content); status != http.StatusOK {
			t.Fatalf("part 2: %d", status)
		}
		again := o.ask(t, filler, req)
		if again.AttachmentID != id || len(again.Session.Parts) != 1 || again.Session.Parts[0].No != 2 {
			t.Errorf("the same file again: got %s %+v, want %s with part 2", again.AttachmentID, again.Session, id)
		}
		if other := o.ask(t, mate, req); other.AttachmentID == id {
			t.Error("a colleague was given the upload of another person")
		}
		for _, a := range []identity.Actor{mate, outside} {
			_, err := o.Session(t.Context(), a, id)
			wantMissing(t, "session of another person", err)
			_, err = o.PartTicket(t.Context(), a, id, 1, sumOf(nil))
			wantMissing(t, "part of another person", err)
			wantMissing(t, "discard of another person's", o.Discard(t.Context(), a, id))
		}
		_, err := o.Complete(t.Context(), filler, id)
		if _, code := fieldCode(err); code != "attachment.parts_missing" {
			t.Errorf("complete with parts missing: got %v", err)
		}
		open, err := o.Sessions(t.Context(), filler, ours)
		if err != nil || len(open) != 1 || open[0].Done() != smallParts {
			t.Errorf("unfinished: got %+v, %v", open, err)
		}
		for no := 1; no <= first.Session.Count; no++ {
			if no != 2 {
				o.sendPart(t, filler, id, no, content)
			}
		}
		got, err := o.Complete(t.Context(), filler, id)
		if err != nil || got.No != 1 || !bytes.Equal(read(t, o, filler, got.ID), content) {
			t.Fatalf("complete: got %+v, %v", got, err)
		}
		if open, err := o.Sessions(t.Context(), filler, ours); err != nil || len(open) != 0 {
			t.Errorf("unfinished after completion: got %+v, %v", open, err)
		}
		o.wantNoParts(t, id)
	})
}

// bigEnough is a good PDF of several small parts.
func bigEnough(t *testing.T) []byte {
	t.Helper()
	content := pdfPage("", "", streamObject("", []byte(strings.Repeat("(filler) Tj ", 500))))
	if len(content) < 3*smallParts {
		t.Fatalf("the test file has %d bytes only", len(content))
	}
	return content
}

// wantNoParts requires that the store keeps no part and no staging object of an upload.
func (o office) wantNoParts(t *testing.T, id string) {
	t.Helper()
	if left := o.objectsAt(t, "staging/"+id); len(left) > 0 {
		t.Errorf("left in the store: %q", left)
	}
	var row struct {
		Upload   string
		PartSize int64
	}
	err := o.db.View(t.Context(), func(tx *database.Tx) error {
		return tx.One(&row, "SELECT upload, part_size FROM attachment WHERE id = ?", id)
	})
	if err == nil && row.PartSize != 0 {
		t.Errorf("the row still names an upload: %+v", row)
	}
}

// TestPartsThatLie: the whole must be what the parts claim to make.
func TestPartsThatLie(t *testing.T) {
	inParts(t, func(t *testing.T, o office) {
		content := bigEnough(t)
		ticket := o.ask(t, filler, request(ours, "many", "a.pdf", content))
		other := bytes.Replace(content, []byte("filler"), []byte("FILLER"), 1)
		for no := 1; no <= ticket.Session.Count; no++ {
			o.sendPart(t, filler, ticket.AttachmentID, no, other)
		}
		_, err := o.Complete(t.Context(), filler, ticket.AttachmentID)
		if _, code := fieldCode(err); code != "attachment.hash_differs" {
			t.Errorf("other content: got %v", err)
		}
		o.wantNoParts(t, ticket.AttachmentID)
		for _, no := range []int{0, -1, ticket.Session.Count + 1} {
			open := o.ask(t, filler, request(ours, "many", "b.pdf", content))
			_, err := o.PartTicket(t.Context(), filler, open.AttachmentID, no, sumOf(nil))
			if _, code := fieldCode(err); code != "attachment.part_unknown" {
				t.Errorf("part %d: got %v", no, err)
			}
		}
	})
}

// TestAbortedPartsLeaveNothing: after its time nothing of an upload is in any store.
func TestAbortedPartsLeaveNothing(t *testing.T) {
	for name, newStore := range map[string]func(t *testing.T) objects.Store{
		"disk":  func(t *testing.T) objects.Store { return objectstest.NewDisk(t) },
		"minio": func(t *testing.T) objects.Store { return objectstest.NewMinIO(t) },
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{}
			o := newOffice(t, sqlite(t, c), c, newStore(t), func(c *attachment.Config) { c.PartSize = smallParts })
			content := bigEnough(t)
			left := o.ask(t, filler, request(ours, "many", "left.pdf", content)).AttachmentID
			given := o.ask(t, filler, request(ours, "many", "given.pdf", content)).AttachmentID
			uploads := map[string]string{left: o.uploadOf(t, left), given: o.uploadOf(t, given)}
			o.sendPart(t, filler, left, 1, content)
			o.sendPart(t, filler, given, 1, content)
			late, err := o.PartTicket(t.Context(), filler, given, 2, sumOf(partAt(content, 2, smallParts)))
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Discard(t.Context(), filler, given); err != nil {
				t.Fatal(err)
			}
			part := partAt(content, 2, smallParts)
			if status, _, err := objectstest.SendPart(t.Context(), http.DefaultClient, late, bytes.NewReader(part), int64(len(part))); err != nil || status != http.StatusNotFound {
				t.Errorf("a part after the upload was given up: got %d, %v", status, err)
			}
			if _, err := o.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if parts, err := o.store.Parts(t.Context(), "staging/"+left, uploads[left]); err != nil || len(parts) != 1 {
				t.Errorf("swept before its time: %v, %v", parts, err)
			}
			o.clock.forward(25 * time.Hour)
			_, err = o.Session(t.Context(), filler, left)
			if _, code := fieldCode(err); code != "attachment.expired" {
				t.Errorf("session past its time: got %v", err)
			}
			if _, err := o.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			for id, upload := range uploads {
				if parts, err := o.store.Parts(t.Context(), "staging/"+id, upload); fault.KindOf(err) != fault.Internal || len(parts) > 0 || err == nil {
					t.Errorf("left after its time: %v, %v", parts, err)
				}
				o.wantNoParts(t, id)
			}
			if state, _ := o.state(t, left); state != "gone" {
				t.Errorf("the row of the upload that ran out: %s", state)
			}
		})
	}
}

func (o office) uploadOf(t *testing.T, id string) (upload string) {
	t.Helper()
	err := o.db.View(t.Context(), func(tx *database.Tx) error {
		return tx.One(&upload, "SELECT upload FROM attachment WHERE id = ?", id)
	})
	if err != nil || upload == "" {
		t.Fatalf("no upload of %s: %v", id, err)
	}
	return upload
}
