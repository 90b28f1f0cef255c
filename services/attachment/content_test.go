package attachment_test

import (
	"os"
	"strings"
	"testing"

	"clusterzone/services/attachment"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/objects/objectstest"
	"clusterzone/services/wording"
)

func sqlite(t *testing.T, c *clock) *database.DB { return databasetest.SQLite(t, c.now) }

func contentOffice(t *testing.T) office {
	c := &clock{}
	return newOffice(t, sqlite(t, c), c, objectstest.NewDisk(t), func(c *attachment.Config) { c.PartSize = 1 << 40 }) // every file in one piece
}

func TestGoodFilesAreTaken(t *testing.T) {
	o, files := contentOffice(t), goodFiles(t)
	if len(files) < 40 {
		t.Errorf("got %d good files, want at least 40", len(files))
	}
	for _, f := range files {
		t.Run(f.class+" "+f.name, func(t *testing.T) {
			id := o.staged(t, filler, request(ours, "many", f.name, f.content), f.content)
			got, err := o.Complete(t.Context(), filler, id)
			if err != nil {
				t.Fatal(err)
			}
			if got.State != attachment.Attached || got.Name != f.name || got.SHA256 != sumOf(f.content) {
				t.Errorf("got %+v", got)
			}
			if string(read(t, o, mate, id)) != string(f.content) {
				t.Error("what is opened is not what was sent")
			}
		})
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	o, files := contentOffice(t), badFiles(t)
	classes := map[string]bool{}
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		classes[f.class] = true
		t.Run(f.class+" "+strings.ToValidUTF8(f.name, "?"), func(t *testing.T) {
			err := o.offer(t, f)
			path, code := fieldCode(err)
			if code != "attachment."+f.code || !fault.Is(err, fault.Invalid) {
				t.Fatalf("got %v at %q, want %s", err, path, f.code)
			}
			if words.Params("check."+code) == nil && !words.Has("check."+code) {
				t.Errorf("%s has no words", code)
			}
		})
	}
	if len(files) < 80 || len(classes) < 14 {
		t.Errorf("got %d bad files in %d classes, want 80 in 14", len(files), len(classes))
	}
	if got := o.list(t); len(got) > 0 {
		t.Errorf("%d bad files are attached", len(got))
	}
	if left := append(o.objectsAt(t, "final/"), o.objectsAt(t, "staging/")...); len(left) > 0 {
		t.Errorf("objects left: %v", left)
	}
}

// offer tries to bring a file in, and checks what a refused one leaves behind.
func (o office) offer(t *testing.T, f sample) error {
	t.Helper()
	ticket, err := o.Ticket(t.Context(), filler, request(ours, "many", f.name, f.content))
	if err != nil {
		return err
	}
	send(t, ticket.Upload, f.content)
	if _, err = o.Complete(t.Context(), filler, ticket.AttachmentID); err == nil {
		return nil
	}
	path, code := fieldCode(err)
	if path != "file" {
		t.Errorf("got field %q, want file", path)
	}
	if state, problem := o.state(t, ticket.AttachmentID); state != attachment.Rejected || problem != code {
		t.Errorf("got state %s with problem %s, want rejected with %s", state, problem, code)
	}
	_, again := o.Complete(t.Context(), filler, ticket.AttachmentID)
	if _, second := fieldCode(again); second != code {
		t.Errorf("the second attempt: got %v, want %s again", again, code)
	}
	wantMissing(t, "opening a refused file", openError(t, o, ticket.AttachmentID))
	return err
}

func openError(t *testing.T, o office, id string) error {
	t.Helper()
	r, _, err := o.Open(t.Context(), filler, id)
	if err == nil {
		_ = r.Close()
	}
	return err
}

// Every refusal must say its name, its reason and what to do, and fill every parameter.
func TestRefusalsCanBeShown(t *testing.T) {
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range source {
		text, err := os.ReadFile(file.Name())
		if err != nil || strings.HasSuffix(file.Name(), "_test.go") || !strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		for _, before := range []string{`refuse("`, `bad("attachment.`, `Code: "attachment.`} {
			for _, part := range strings.Split(string(text), before)[1:] {
				code, _, _ := strings.Cut(part, `"`)
				if seen++; code != "" && !words.Has("check.attachment."+code) {
					t.Errorf("%s: %s has no words", file.Name(), code)
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("found %d refusals in the source, want more", seen)
	}
}
