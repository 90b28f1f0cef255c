package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// upload puts a file into a slot as a browser does: ticket, the store, complete.
func (w *world) upload(parent, slot, name string, content []byte) (id string) {
	w.t.Helper()
	sum := sha256.Sum256(content)
	var ticket struct {
		ID     string
		Upload struct {
			URL    string
			Fields map[string]string
		}
	}
	w.as("filler").send("POST", "/attachments", map[string]any{"parent_kind": "application", "parent_id": parent, "slot": slot, "name": name, "size": len(content),
		"sha256": hex.EncodeToString(sum[:]), "content_type": "application/geo+json"}).want(w.t, 201).into(w.t, &ticket)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, v := range ticket.Upload.Fields {
		_ = form.WriteField(k, v)
	}
	part := must(form.CreateFormFile("file", name))(w.t)
	_, _ = part.Write(content)
	_ = form.Close()
	req := httptest.NewRequest(http.MethodPost, ticket.Upload.URL, &b)
	req.Header.Set("Content-Type", form.FormDataContentType())
	rec := httptest.NewRecorder()
	w.serve.ServeHTTP(rec, req)
	if rec.Code/100 != 2 {
		w.t.Fatalf("upload: %d %s", rec.Code, rec.Body)
	}
	w.as("filler").send("POST", "/attachments/"+ticket.ID+"/complete", nil).want(w.t, 200)
	return ticket.ID
}

func TestAFileIsReadOnlyByThoseItIsForAndNeverShown(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	content := []byte(w.content().Boundary.Polygon)
	id := w.upload(path[len("/applications/"):], "boundary-geojson", "四至 范围.geojson", content)
	got := w.as("filler").send("GET", "/attachments/"+id+"/content", nil).want(t, 200)
	if !bytes.Equal(got.body, content) {
		t.Errorf("got %d bytes, want %d", len(got.body), len(content))
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"} {
		if !strings.Contains(got.header.Get(name), want) {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; ") || !strings.Contains(d, "filename*=UTF-8''%E5%9B%9B%E8%87%B3%20") {
		t.Errorf("Content-Disposition: %q", d)
	}
	part := w.as("filler").with("Range", "bytes=1-3").send("GET", "/attachments/"+id+"/content", nil).want(t, http.StatusPartialContent)
	if string(part.body) != string(content[1:4]) {
		t.Errorf("range: %q", part.body)
	}
	absent := w.as("stranger").send("GET", "/attachments/"+nobody+"/content", nil).want(t, 404)
	if other := w.as("stranger").send("GET", "/attachments/"+id+"/content", nil).want(t, 404); string(other.body) != string(absent.body) {
		t.Errorf("a stranger: %s", other.body)
	}
	w.as("stranger").send("DELETE", "/attachments/"+id, nil).want(t, 404)
	w.as("filler").send("DELETE", "/attachments/"+id, nil).want(t, 204)
}

func TestAnObjectorFollowsAnObjectionWithTheReceipt(t *testing.T) {
	w := newWorld(t)
	ids := w.story()
	var view struct{ Number string }
	w.as("officer").send("GET", "/objections/"+ids["objection"], nil).into(t, &view)
	number := view.Number
	var tracked struct {
		StateZh string `json:"state_zh"`
		Closed  bool
	}
	w.as("").send("GET", "/public/objections/"+number+"?contact=023-00000000", nil).want(t, 200).into(t, &tracked)
	if tracked.StateZh == "" || tracked.Closed {
		t.Errorf("%+v", tracked)
	}
	w.as("").send("GET", "/public/objections/"+number+"?contact=023-1", nil).want(t, 404)
	w.as("").send("GET", "/public/objections/"+number, nil).want(t, 422)
}

// Of people who act on one version at the same time one wins; all others are told.
func TestOfManyAtOnceOneWins(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	const many = 8
	answers := make([]answer, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			answers[i] = w.as("filler").send("POST", path+"/actions", map[string]any{"action": "discard", "version": 1, "reason": "不再申报了"})
		})
	}
	all.Wait()
	won := 0
	for _, a := range answers {
		switch a.status {
		case 200:
			won++
		case 409:
			if p := a.refusal(t); p.Code != "stale" || !strings.Contains(string(p.Changes), "discard") {
				t.Errorf("a loser is told %s", a.body)
			}
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}
