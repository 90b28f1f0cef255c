package attachment_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/attachment"
	"clusterzone/services/audit"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/objects"
	"clusterzone/services/objects/objectstest"
)

func pdfNo(n int) []byte { return pdfPage(fmt.Sprintf("/Lang (no %d) ", n), "") }

func TestFromTicketToReader(t *testing.T) { each(t, fromTicketToReader) }

// The same way with a bucket instead of a folder.
func TestFromTicketToReaderOnMinIO(t *testing.T) {
	c := &clock{}
	store := objectstest.NewMinIO(t)
	o := newOffice(t, sqlite(t, c), c, store)
	fromTicketToReader(t, o)
	afterASecondUpload(t, o)
}

func fromTicketToReader(t *testing.T, o office) {
	content := pdfNo(1)
	ticket := o.ask(t, filler, request(ours, "many", " 申报\u0065\u0301.pdf ", content))
	if got := o.list(t); len(got) > 0 {
		t.Errorf("a ticket alone is listed: %v", got)
	}
	_, err := o.Complete(t.Context(), filler, ticket.AttachmentID)
	if _, code := fieldCode(err); code != "attachment.not_uploaded" {
		t.Errorf("complete before the upload: got %v", err)
	}
	if status := send(t, ticket.Upload, content); status != http.StatusNoContent {
		t.Fatalf("upload: got %d", status)
	}
	got, err := o.Complete(t.Context(), filler, ticket.AttachmentID)
	if err != nil {
		t.Fatal(err)
	}
	if got.AttachedAt == nil || got.ObjectVersion == "" || !strings.HasPrefix(got.ObjectKey, "final/"+got.ID) {
		t.Errorf("got %+v", got)
	}
	want := attachment.Attachment{ID: ticket.AttachmentID, Parent: ours, Slot: "many", No: 1, Name: "申报é.pdf", Size: int64(len(content)),
		SHA256: sumOf(content), ContentType: "application/pdf", ObjectKey: got.ObjectKey, ObjectVersion: got.ObjectVersion,
		State: attachment.Attached, Unit: filler.Unit, UploadedBy: filler.ID, CreatedAt: got.CreatedAt, AttachedAt: got.AttachedAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attached (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]attachment.Attachment{want}, o.list(t)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if string(read(t, o, mate, got.ID)) != string(content) {
		t.Error("what is opened is not what was sent")
	}
	again, err := o.Complete(t.Context(), filler, got.ID)
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Errorf("completed again: %v (-want +got):\n%s", err, diff)
	}
	if keys := o.objectsAt(t, "staging/"); len(keys) > 0 || o.desk.versions(ours.ID) != 1 {
		t.Errorf("left in staging: %v; case touched %d times", keys, o.desk.versions(ours.ID))
	}
	o.wantAudit(t, "attachment.attach", 1)
}

// afterASecondUpload sends other content with the same ticket after the completion.
func afterASecondUpload(t *testing.T, o office) {
	content := pdfNo(2)
	ticket := o.ask(t, filler, request(ours, "many", "a.pdf", content))
	send(t, ticket.Upload, content)
	got, err := o.Complete(t.Context(), filler, ticket.AttachmentID)
	if err != nil {
		t.Fatal(err)
	}
	send(t, ticket.Upload, pdfNo(3))
	if string(read(t, o, filler, got.ID)) != string(content) {
		t.Error("a second upload changed an attached file")
	}
}

// wantAudit requires so many entries of an action, and a chain that holds.
func (o office) wantAudit(t *testing.T, action string, want int64) {
	t.Helper()
	err := o.db.View(t.Context(), func(tx *database.Tx) error {
		n, err := tx.Count("SELECT count(*) FROM audit_entry WHERE action = ?", action)
		if n != want {
			t.Errorf("%d entries %s, want %d", n, action, want)
		}
		if err != nil {
			return err
		}
		report, err := audit.Verify(tx, nil)
		if len(report.Problems) > 0 {
			t.Errorf("audit: %v", report.Problems)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTicketRefuses(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		content := pdfNo(1)
		for name, tt := range map[string]struct {
			change     func(*attachment.Request)
			path, code string
		}{
			"no size":        {func(r *attachment.Request) { r.Size = 0 }, "size", "attachment.empty"},
			"negative size":  {func(r *attachment.Request) { r.Size = -1 }, "size", "attachment.empty"},
			"oversize":       {func(r *attachment.Request) { r.Size = slotLimit + 1 }, "size", "attachment.too_large"},
			"no hash":        {func(r *attachment.Request) { r.SHA256 = "" }, "sha256", "attachment.hash_form"},
			"not a hash":     {func(r *attachment.Request) { r.SHA256 = strings.Repeat("g", 64) }, "sha256", "attachment.hash_form"},
			"other format":   {func(r *attachment.Request) { r.Slot, r.Name = "two", "a.png" }, "name", "attachment.format"},
			"unknown slot":   {func(r *attachment.Request) { r.Slot = "none" }, "slot", "slot.unknown"},
			"path as a name": {func(r *attachment.Request) { r.Name = "../a.pdf" }, "name", "attachment.name_character"},
		} {
			req := request(ours, "many", "a.pdf", content)
			tt.change(&req)
			_, err := o.Ticket(t.Context(), filler, req)
			if path, code := fieldCode(err); path != tt.path || code != tt.code || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: got %v, want %s at %s", name, err, tt.code, tt.path)
			}
		}
		if _, err := o.Ticket(t.Context(), filler, request(ours, "many", "a.pdf", content)); err != nil {
			t.Errorf("the same without the fault: %v", err)
		}
	})
}

// A case, a file and a kind of case that are not there answer as those of another unit do.
func TestOthersFilesDoNotExist(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		content := pdfNo(1)
		file := o.put(t, "many", "a.pdf", content)
		pending := o.staged(t, filler, request(ours, "many", "b.pdf", content), content)
		for name, ref := range map[string]casework.Ref{"other unit": theirs, "unknown": {Kind: "application", ID: "999999-1"}, "other kind": {Kind: "report", ID: ours.ID}, "no kind": {ID: ours.ID}} {
			_, err := o.Ticket(t.Context(), filler, request(ref, "many", "a.pdf", content))
			wantMissing(t, "ticket for "+name, err)
			_, err = o.List(t.Context(), filler, ref)
			wantMissing(t, "list of "+name, err)
		}
		for _, id := range []string{file.ID, pending, "", "01970000-0000-7000-8000-000000000000", "' OR 1=1 --"} {
			_, _, err := o.Open(t.Context(), outside, id)
			wantMissing(t, "open "+id, err)
			_, err = o.Complete(t.Context(), outside, id)
			wantMissing(t, "complete "+id, err)
			wantMissing(t, "remove "+id, o.Remove(t.Context(), outside, id))
		}
		_, err := o.Complete(t.Context(), mate, pending)
		wantMissing(t, "complete for a colleague", err)
		_, err = o.Complete(t.Context(), mate, file.ID)
		wantMissing(t, "complete again for a colleague", err)
		_, _, err = o.Open(t.Context(), filler, pending)
		wantMissing(t, "open what is not attached", err)
		wantMissing(t, "remove what a colleague began", o.Remove(t.Context(), mate, pending))
		if got := o.list(t); len(got) != 1 || got[0].ID != file.ID {
			t.Errorf("got %v, want only the attached file", got)
		}
		if _, err := o.Complete(t.Context(), filler, pending); err != nil {
			t.Errorf("its own uploader: %v", err)
		}
	})
}

// What arrives must be what was declared, for the case it was declared for.
func TestUploadDiffersFromDeclaration(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		content := pdfNo(1)
		other := slices.Clone(content)
		other[len(other)/2] ^= 1
		for _, tt := range []struct {
			name, code string
			sent       []byte
		}{{"shorter", "size_differs", content[:len(content)-1]}, {"one bit", "hash_differs", other}} {
			id := o.staged(t, filler, request(ours, "many", "a.pdf", content), tt.sent)
			_, err := o.Complete(t.Context(), filler, id)
			if path, code := fieldCode(err); path != "file" || code != "attachment."+tt.code {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
			}
			o.wantNothingLeft(t, id)
		}
		ticket := o.ask(t, filler, request(ours, "many", "a.pdf", content[:20]))
		if status := send(t, ticket.Upload, content); status < 400 {
			t.Errorf("an upload longer than declared: got %d", status)
		}
		o.wantAudit(t, "attachment.reject", 2)
	})
}

// wantNothingLeft requires a refused upload to be neither listed nor stored anywhere.
func (o office) wantNothingLeft(t *testing.T, id string) {
	t.Helper()
	if state, _ := o.state(t, id); state != attachment.Rejected {
		t.Errorf("got state %s, want rejected", state)
	}
	if keys := append(o.objectsAt(t, "staging/"+id), o.objectsAt(t, "final/"+id)...); len(keys) > 0 {
		t.Errorf("objects left: %v", keys)
	}
	if got := o.list(t); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
	if n := o.desk.versions(ours.ID); n != 0 {
		t.Errorf("the case was touched %d times", n)
	}
}

func TestCaseMovesOnBeforeCompletion(t *testing.T) {
	blocked := fault.New(fault.Conflict, "no_transition")
	each(t, func(t *testing.T, o office) {
		content := pdfNo(1)
		t.Run("before the verification", func(t *testing.T) {
			id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
			o.desk.close(ours.ID, blocked)
			_, err := o.Complete(t.Context(), filler, id)
			wantKind(t, "complete", err, fault.Conflict)
			o.wantNothingLeft(t, id)
			o.desk.close(ours.ID, nil)
			_, err = o.Complete(t.Context(), filler, id)
			if _, code := fieldCode(err); code != "attachment.discarded" {
				t.Errorf("when it is open again: got %v", err)
			}
		})
		t.Run("during the verification", func(t *testing.T) {
			id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
			writes := 0
			o.desk.onWrite = func() {
				if writes++; writes == 2 {
					o.desk.closed[ours.ID] = blocked
				}
			}
			_, err := o.Complete(t.Context(), filler, id)
			o.desk.onWrite = nil
			o.desk.close(ours.ID, nil)
			wantKind(t, "complete", err, fault.Conflict)
			o.wantNothingLeft(t, id)
		})
		t.Run("when its time is over", func(t *testing.T) {
			id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
			o.clock.forward(25 * time.Hour)
			_, err := o.Complete(t.Context(), filler, id)
			if _, code := fieldCode(err); code != "attachment.expired" {
				t.Errorf("got %v, want expired", err)
			}
		})
	})
}

// Somebody saving the case at the same moment must not cost an upload.
func TestTouchedTooLateIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.desk.stale = 3
		o.put(t, "many", "a.pdf", pdfNo(1))
		o.desk.stale = 99
		content := pdfNo(2)
		id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
		_, err := o.Complete(t.Context(), filler, id)
		wantKind(t, "always too late", err, fault.Conflict)
		if keys := o.objectsAt(t, "final/"+id); len(keys) > 0 {
			t.Errorf("objects left: %v", keys)
		}
		o.desk.stale = 0
		if got, err := o.Complete(t.Context(), filler, id); err != nil || got.No != 2 {
			t.Errorf("then: got %+v, %v", got, err)
		}
	})
}

func TestSlots(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		first, second := o.put(t, "one", "a.pdf", pdfNo(1)), o.put(t, "one", "b.pdf", pdfNo(2))
		if got := o.list(t); len(got) != 1 || got[0].ID != second.ID || got[0].No != 2 {
			t.Errorf("a slot for one file: got %+v", got)
		}
		if state, _ := o.state(t, first.ID); state != attachment.Removed || string(read(t, o, filler, first.ID)) != string(pdfNo(1)) {
			t.Errorf("the superseded file: got state %s, want it removed and readable", state)
		}
		waiting := o.staged(t, filler, request(ours, "two", "c.pdf", pdfNo(3)), pdfNo(3))
		o.put(t, "two", "a.pdf", pdfNo(1))
		last := o.put(t, "two", "b.pdf", pdfNo(2))
		_, err := o.Ticket(t.Context(), filler, request(ours, "two", "d.pdf", pdfNo(4)))
		if path, code := fieldCode(err); path != "slot" || code != "attachment.too_many" {
			t.Errorf("a ticket for a full slot: got %v", err)
		}
		if err := o.Remove(t.Context(), mate, last.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := o.Complete(t.Context(), filler, waiting); err != nil || got.No != 3 {
			t.Errorf("after a removal: got %+v, %v", got, err)
		}
	})
}

// Two last files for one place: exactly one gets it.
func TestCompletionsAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.put(t, "two", "a.pdf", pdfNo(0))
		var ids []string
		for i := range 4 {
			ids = append(ids, o.staged(t, filler, request(ours, "two", "b.pdf", pdfNo(i)), pdfNo(i)))
		}
		same := o.staged(t, filler, request(ours, "many", "c.pdf", pdfNo(9)), pdfNo(9))
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken, objectKeys := 0, map[string]bool{}
		for _, id := range append(ids, same, same, same) {
			wg.Go(func() {
				got, err := o.Complete(t.Context(), filler, id)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case id == same && err != nil:
					t.Error(err)
				case id == same:
					objectKeys[got.ObjectKey] = true
				case err == nil:
					taken++
				case !fault.Is(err, fault.Invalid):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if taken != 1 || len(objectKeys) != 1 || len(o.list(t)) != 3 {
			t.Errorf("%d took one place; one file has %d objects; %d are attached", taken, len(objectKeys), len(o.list(t)))
		}
		if keys := o.objectsAt(t, "final/"); len(keys) != 3 {
			t.Errorf("got %d final objects, want 3", len(keys))
		}
	})
}

func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		file := o.put(t, "many", "a.pdf", pdfNo(1))
		o.desk.close(ours.ID, fault.New(fault.Conflict, "no_transition"))
		wantKind(t, "remove from a closed case", o.Remove(t.Context(), filler, file.ID), fault.Conflict)
		o.desk.close(ours.ID, nil)
		for range 2 {
			if err := o.Remove(t.Context(), mate, file.ID); err != nil {
				t.Fatal(err)
			}
		}
		if len(o.list(t)) != 0 || o.desk.versions(ours.ID) != 2 {
			t.Errorf("listed %v; the case was touched %d times, want 2", o.list(t), o.desk.versions(ours.ID))
		}
		if string(read(t, o, filler, file.ID)) != string(pdfNo(1)) {
			t.Error("a removed file cannot be read by those who know it")
		}
		o.wantAudit(t, "attachment.remove", 1)
		pending := o.staged(t, filler, request(ours, "many", "b.pdf", pdfNo(2)), pdfNo(2))
		if err := o.Remove(t.Context(), filler, pending); err != nil {
			t.Fatal(err)
		}
		_, err := o.Complete(t.Context(), filler, pending)
		wantMissing(t, "complete after the removal", err)
		if keys := o.objectsAt(t, "staging/"); len(keys) > 0 {
			t.Errorf("objects left: %v", keys)
		}
	})
}

func TestSweepTakesOnlyWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		kept := o.put(t, "many", "a.pdf", pdfNo(1))
		old := o.staged(t, filler, request(ours, "many", "b.pdf", pdfNo(2)), pdfNo(2))
		never := o.ask(t, filler, request(ours, "many", "c.pdf", pdfNo(3))).AttachmentID
		if _, err := o.store.(*objects.Disk).Put(t.Context(), "staging/stray", strings.NewReader("x"), 1, "application/pdf"); err != nil {
			t.Fatal(err)
		}
		if n, err := o.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("before the time: got %d, %v", n, err)
		}
		o.clock.forward(23 * time.Hour)
		young := o.staged(t, filler, request(ours, "many", "d.pdf", pdfNo(4)), pdfNo(4))
		o.clock.forward(2 * time.Hour)
		if n, err := o.Sweep(t.Context()); n != 3 || err != nil {
			t.Errorf("got %d, %v, want 3", n, err)
		}
		for _, id := range []string{old, never} {
			if state, _ := o.state(t, id); state != "gone" {
				t.Errorf("an upload past its time: got state %s", state)
			}
		}
		if diff := cmp.Diff([]string{"staging/" + young}, o.objectsAt(t, "staging/")); diff != "" {
			t.Errorf("staging (-want +got):\n%s", diff)
		}
		if _, err := o.Complete(t.Context(), filler, young); err != nil {
			t.Error(err)
		}
		o.clock.forward(1000 * time.Hour)
		if n, err := o.Sweep(t.Context()); n != 0 || err != nil || len(read(t, o, filler, kept.ID)) == 0 {
			t.Errorf("with nothing to sweep: got %d, %v", n, err)
		}
	})
}

func TestOrphansAndStrays(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		lost, damaged := o.put(t, "one", "a.pdf", pdfNo(1)), o.put(t, "many", "b.pdf", pdfNo(2))
		o.put(t, "one", "c.pdf", pdfNo(3)) // supersedes the first, which stays accounted for
		if got, err := o.Orphans(t.Context(), true); len(got) > 0 || err != nil {
			t.Errorf("with all in order: got %v, %v", got, err)
		}
		if err := o.store.Delete(t.Context(), lost.ObjectKey, lost.ObjectVersion); err != nil {
			t.Fatal(err)
		}
		err := o.db.Update(t.Context(), func(tx *database.Tx) error {
			return tx.Must("UPDATE attachment SET sha256 = ? WHERE id = ?", strings.Repeat("0", 64), damaged.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Orphans(t.Context(), false)
		if err != nil || len(got) != 2 || !strings.Contains(got[0], damaged.ID) || !strings.Contains(got[1], "missing") {
			t.Errorf("got %v, %v, want the damaged and the lost one", got, err)
		}
		if _, err := o.store.(*objects.Disk).Put(t.Context(), "final/01970000/x", strings.NewReader("x"), 1, "application/pdf"); err != nil {
			t.Fatal(err)
		}
		if got, err := o.Strays(t.Context()); len(got) > 0 || err != nil {
			t.Errorf("a young stray: got %v, %v", got, err)
		}
		o.clock.forward(25 * time.Hour)
		if got, err := o.Strays(t.Context()); len(got) != 1 || err != nil || got[0].Key != "final/01970000/x" {
			t.Errorf("an old stray: got %v, %v", got, err)
		}
	})
}

func TestUnfinishedUploadsAreLimited(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		for range 100 {
			o.ask(t, filler, request(ours, "many", "a.pdf", pdfNo(1)))
		}
		_, err := o.Ticket(t.Context(), filler, request(ours, "many", "a.pdf", pdfNo(1)))
		wantKind(t, "the 101st", err, fault.RateLimited)
		o.ask(t, mate, request(ours, "many", "a.pdf", pdfNo(1)))
		o.clock.forward(25 * time.Hour)
		o.ask(t, filler, request(ours, "many", "a.pdf", pdfNo(1)))
	})
}

func TestScan(t *testing.T) {
	c := &clock{}
	var answer error
	scan := func(_ context.Context, content io.Reader, _ int64) (string, error) {
		_, err := io.Copy(io.Discard, content)
		return "", errors.Join(answer, err)
	}
	o := newOffice(t, sqlite(t, c), c, objectstest.NewDisk(t), func(c *attachment.Config) { c.Scan, c.MustScan = scan, true })
	content := pdfNo(1)
	id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
	answer = errors.New("the scanner is down")
	_, err := o.Complete(t.Context(), filler, id)
	wantKind(t, "without a scanner", err, fault.Unavailable)
	answer = nil
	if _, err := o.Complete(t.Context(), filler, id); err != nil {
		t.Errorf("with the scanner back: %v", err)
	}
	answer = fmt.Errorf("found: %w", attachment.ErrInfected)
	id = o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
	_, err = o.Complete(t.Context(), filler, id)
	if _, code := fieldCode(err); code != "attachment.infected" {
		t.Errorf("infected: got %v", err)
	}
}

// failing lets calls of the store fail by name.
type failing struct {
	objects.Store
	call string
}

func (f *failing) fails(call string) error {
	if f.call != call {
		return nil
	}
	return fmt.Errorf("%s: %w", call, objects.ErrUnavailable)
}

func (f *failing) Ticket(ctx context.Context, u objects.Upload) (objects.Ticket, error) {
	if err := f.fails("ticket"); err != nil {
		return objects.Ticket{}, err
	}
	return f.Store.Ticket(ctx, u)
}

func (f *failing) Stat(ctx context.Context, key, version string) (objects.Info, error) {
	if err := f.fails("stat"); err != nil {
		return objects.Info{}, err
	}
	return f.Store.Stat(ctx, key, version)
}

func (f *failing) Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error) {
	if err := f.fails("open"); err != nil {
		return nil, objects.Info{}, err
	}
	return f.Store.Open(ctx, key, version)
}

func (f *failing) Promote(ctx context.Context, from, version, to string) (objects.Info, error) {
	if err := f.fails("promote"); err != nil {
		return objects.Info{}, err
	}
	return f.Store.Promote(ctx, from, version, to)
}

// A store that fails costs nobody an upload.
func TestStoreIsDown(t *testing.T) {
	c := &clock{}
	store := &failing{Store: objectstest.NewDisk(t)}
	temp := t.TempDir()
	o := newOffice(t, sqlite(t, c), c, store, func(c *attachment.Config) { c.TempDir = temp })
	content := pdfNo(1)
	store.call = "ticket"
	_, err := o.Ticket(t.Context(), filler, request(ours, "many", "a.pdf", content))
	wantKind(t, "ticket", err, fault.Unavailable)
	store.call = ""
	id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
	for _, store.call = range []string{"stat", "open", "promote"} {
		_, err := o.Complete(t.Context(), filler, id)
		wantKind(t, store.call, err, fault.Unavailable)
		if state, _ := o.state(t, id); state != attachment.Staging {
			t.Errorf("%s: got state %s, want staging", store.call, state)
		}
	}
	store.call = ""
	if _, err := o.Complete(t.Context(), filler, id); err != nil {
		t.Error(err)
	}
	store.call = "open"
	_, _, err = o.Open(t.Context(), filler, id)
	wantKind(t, "open", err, fault.Unavailable)
	if left, err := os.ReadDir(temp); len(left) > 0 || err != nil {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
}

// The uploader may lose the case while the upload is on its way.
func TestUploaderLosesTheCase(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		content := pdfNo(1)
		id := o.staged(t, filler, request(ours, "many", "a.pdf", content), content)
		moved := filler
		moved.Unit = outside.Unit
		_, err := o.Complete(t.Context(), moved, id)
		wantMissing(t, "complete", err)
		o.wantNothingLeft(t, id)
	})
}
