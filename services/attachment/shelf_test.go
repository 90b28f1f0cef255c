package attachment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/objects/objectstest"
	"clusterzone/services/outbox"
)

var later = casework.Ref{Kind: "application", ID: "500103-2"}

func TestShelf(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		day := o.clock.now().Add(48 * time.Hour).UTC().Format(time.DateOnly)
		content := pdfNo(1)
		req := request(ours, "many", "证书.pdf", content)
		req.ValidUntil = day
		first, err := o.Complete(t.Context(), filler, o.staged(t, filler, req, content))
		if err != nil || first.ValidUntil != day {
			t.Fatalf("attach: got %+v, %v", first, err)
		}
		if shelf, err := o.Shelf(t.Context(), outside); err != nil || len(shelf) != 0 {
			t.Errorf("another unit sees %+v, %v", shelf, err)
		}
		shelf, err := o.Shelf(t.Context(), mate, "many")
		if err != nil || len(shelf) != 1 || shelf[0].ID != first.ID || shelf[0].Over {
			t.Fatalf("shelf: got %+v, %v", shelf, err)
		}
		_, err = o.Reuse(t.Context(), outside, first.ID, theirs, "many")
		wantMissing(t, "reuse by another unit", err)
		again, err := o.Reuse(t.Context(), mate, first.ID, later, "many")
		if err != nil {
			t.Fatal(err)
		}
		if again.ID == first.ID || again.Parent != later || again.SourceID != first.ID || again.SHA256 != first.SHA256 || again.ValidUntil != day || again.No != 1 {
			t.Errorf("reused: got %+v", again)
		}
		if !bytes.Equal(read(t, o, mate, again.ID), content) {
			t.Error("the reused file has other content")
		}
		if files := o.list(t); len(files) != 1 || files[0].ID != first.ID {
			t.Errorf("the first case has lost its file: %+v", files)
		}
		_, err = o.Reuse(t.Context(), mate, first.ID, later, "many")
		if _, code := fieldCode(err); code != "attachment.there_already" {
			t.Errorf("reuse twice: got %v", err)
		}
		if err := o.Remove(t.Context(), mate, again.ID); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, o, filler, first.ID), content) {
			t.Error("removing the reused file took the content of the first")
		}
		o.clock.forward(72 * time.Hour)
		if shelf, err := o.Shelf(t.Context(), mate); err != nil || len(shelf) != 1 || !shelf[0].Over {
			t.Errorf("shelf after the last day: got %+v, %v", shelf, err)
		}
		_, err = o.Reuse(t.Context(), mate, first.ID, later, "many")
		if path, code := fieldCode(err); path != "valid_until" || code != "attachment.valid_over" {
			t.Errorf("reuse after the last day: got %v", err)
		}
		if problems, err := o.Orphans(t.Context(), true); err != nil || len(problems) > 0 {
			t.Errorf("the doctor complains: %q, %v", problems, err)
		}
	})
}

func TestValidUntil(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for day, want := range map[string]string{"": "", "2999-12-31": "", "2001-01-01": "attachment.valid_over", "31.12.2999": "attachment.valid_until", "2999-02-30": "attachment.valid_until"} {
			req := request(ours, "many", "a.pdf", pdfNo(1))
			req.ValidUntil = day
			_, err := o.Ticket(t.Context(), filler, req)
			if _, code := fieldCode(err); code != want || want == "" && err != nil {
				t.Errorf("%q: got %v, want %q", day, err, want)
			}
		}
		req := request(ours, "one", "a.pdf", pdfNo(1))
		req.ValidUntil = "2999-12-31"
		if _, err := o.Ticket(t.Context(), filler, req); err == nil {
			t.Error("a day was taken by a slot that asks for none")
		}
	})
}

func TestVersions(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.put(t, "one", "a.pdf", pdfNo(1))
		o.put(t, "one", "b.pdf", pdfNo(2))
		got, err := o.Versions(t.Context(), filler, ours)
		if err != nil || len(got) != 2 || got[0].No != 2 || got[0].State != attachment.Attached || got[1].State != attachment.Removed {
			t.Errorf("versions: got %+v, %v", got, err)
		}
		_, err = o.Versions(t.Context(), outside, ours)
		wantMissing(t, "versions for another unit", err)
	})
}

// A file that came while the scanner was down is marked, and judged when it is back.
func TestScanLater(t *testing.T) {
	c := &clock{}
	down := errors.New("connection refused")
	answer := down
	o := newOffice(t, sqlite(t, c), c, objectstest.NewDisk(t), func(c *attachment.Config) {
		c.Scan = func(_ context.Context, content io.Reader, _ int64) (string, error) {
			_, err := io.Copy(io.Discard, content)
			return "Worm", errors.Join(answer, err)
		}
	})
	file := o.put(t, "many", "a.pdf", pdfNo(1))
	if file.Scan != attachment.ScanUnscannable || file.ScanDetail != "unavailable" {
		t.Fatalf("while the scanner is down: got %+v", file)
	}
	reused, err := o.Reuse(t.Context(), mate, file.ID, later, "many")
	if err != nil {
		t.Fatal(err)
	}
	job := o.job(t, "scan/"+file.ID)
	if _, err := o.Rescan(t.Context(), job); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("rescan while it is down: got %v", err)
	}
	answer = fmt.Errorf("%w: Worm", attachment.ErrInfected)
	finish, err := o.Rescan(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.db.Update(t.Context(), finish); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{file.ID, reused.ID} {
		_, _, err := o.Open(t.Context(), filler, id)
		wantKind(t, "open of an infected file", err, fault.Blocked)
	}
	_, err = o.Reuse(t.Context(), mate, file.ID, casework.Ref{Kind: "application", ID: "500103-3"}, "many")
	wantKind(t, "reuse of an infected file", err, fault.Blocked)
	if finish, err := o.Rescan(t.Context(), job); err != nil || finish != nil {
		t.Errorf("a second delivery does something: %v", err)
	}
}

// The states that a slot shows are those the scanner gave.
func TestScanStates(t *testing.T) {
	for answer, want := range map[error]attachment.ScanState{nil: attachment.ScanClean, attachment.ErrUnscannable: attachment.ScanUnscannable} {
		c := &clock{}
		o := newOffice(t, sqlite(t, c), c, objectstest.NewDisk(t), func(c *attachment.Config) {
			c.Scan = func(context.Context, io.Reader, int64) (string, error) { return "encrypted", answer }
		})
		if got := o.put(t, "many", "a.pdf", pdfNo(1)); got.Scan != want {
			t.Errorf("scanner says %v: got %q, want %q", answer, got.Scan, want)
		}
	}
	c := &clock{}
	o := newOffice(t, sqlite(t, c), c, objectstest.NewDisk(t))
	if got := o.put(t, "many", "a.pdf", pdfNo(1)); got.Scan != attachment.ScanNone {
		t.Errorf("without a scanner: got %q", got.Scan)
	}
}

func (o office) job(t *testing.T, key string) outbox.Row {
	t.Helper()
	var row outbox.Row
	err := o.db.View(t.Context(), func(tx *database.Tx) error {
		return tx.One(&row, "SELECT id, event_key, topic, payload FROM outbox WHERE event_key = ?", key)
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}
