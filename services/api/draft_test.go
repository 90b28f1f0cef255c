package api_test

import (
	"net/http"
	"strconv"
	"testing"
)

// A draft goes back to an earlier saved state over the API, seen by its unit alone; who has it
// open is told to the same people.
func TestADraftGoesBack(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	w.as("filler").with("If-Match", `"1"`).send("PATCH", path+"/content", map[string]any{"path": "body.name", "value": "示例发展公司"}).want(t, 200)
	var listed struct {
		Items []struct {
			Version int64
			Cause   string
			Paths   []string
		}
	}
	filler := w.as("filler")
	filler.send("GET", path+"/revisions", nil).want(t, 200).into(t, &listed)
	if n := len(listed.Items); n == 0 || listed.Items[n-1].Cause != "begin" {
		t.Fatalf("states: %+v", listed.Items)
	}
	first := listed.Items[len(listed.Items)-1].Version
	at := path + "/revisions/" + strconv.FormatInt(first, 10)
	var one struct {
		Changes []struct{ Path, Label, New string }
	}
	filler.send("GET", at, nil).want(t, 200).into(t, &one)
	if len(one.Changes) == 0 || one.Changes[0].Label == "" {
		t.Errorf("going back would change %+v", one.Changes)
	}
	w.as("leader").send("GET", at, nil).want(t, 200)
	for _, who := range []string{"clerk", "officer", "supervision", "stranger"} {
		w.as(who).send("GET", path+"/revisions", nil).want(t, 404)
		w.as(who).send("GET", path+"/presence", nil).want(t, 404)
	}
	now := listed.Items[0].Version
	w.as("leader").send("POST", at+"/restore", map[string]any{"version": now}).want(t, http.StatusForbidden)
	filler.send("POST", at+"/restore", map[string]any{"version": now + 7}).want(t, http.StatusConflict)
	filler.send("POST", path+"/revisions/x/restore", map[string]any{"version": now}).want(t, http.StatusNotFound)
	filler.send("POST", at+"/restore", map[string]any{"version": now}).want(t, 200)
	filler.send("GET", path+"/revisions", nil).want(t, 200).into(t, &listed)
	if listed.Items[0].Cause != "restore" {
		t.Errorf("the newest state is %+v", listed.Items[0])
	}
	var present struct{ Items []struct{ Part string } }
	filler.send("PUT", path+"/presence", map[string]any{"part": "goals"}).want(t, 200).into(t, &present)
	if len(present.Items) != 0 {
		t.Errorf("alone: %+v", present)
	}
	w.as("leader").send("GET", path+"/presence", nil).want(t, 200).into(t, &present)
	if len(present.Items) != 1 || present.Items[0].Part != "goals" {
		t.Errorf("the leader sees %+v", present)
	}
	filler.send("DELETE", path+"/presence", nil)
	w.as("leader").send("GET", path+"/presence", nil).want(t, 200).into(t, &present)
	if len(present.Items) != 0 {
		t.Errorf("after leaving: %+v", present)
	}
}
