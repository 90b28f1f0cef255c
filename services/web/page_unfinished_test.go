package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// begin asks for a ticket of a file that goes in parts, and sends none of them.
func (f *filing) begin(t *testing.T, at, slot, name string, size int64) {
	t.Helper()
	ask := must(json.Marshal(map[string]any{"name": name, "size": size, "type": "application/pdf", "sha256": strings.Repeat("ab", 32), "slot": slot}))(t)
	got := f.as("filler").with("Accept", "application/json").send(http.MethodPost, at+"/files", bytes.NewReader(ask), "application/json").want(t, http.StatusOK)
	if !strings.Contains(got.body, `"session"`) {
		t.Fatalf("%s goes in one request: %s", name, got.body)
	}
}

// What somebody has begun to upload and not finished is told wherever files are put: with the
// self-report of a year and with a rectification too. It is nobody else's business.
func TestUnfinishedUploadsEverywhere(t *testing.T) {
	f, zone := newYear(t)
	e := f.opened(zone)
	f.begin(t, e, "self-report", "未完成的自评.pdf", 17<<20)
	f.showsUnfinished(t, e+"?tab=materials", "未完成的自评.pdf")
	z := f.rectifying(e)
	f.begin(t, z, "rectification-evidence", "未完成的佐证.pdf", 17<<20)
	f.showsUnfinished(t, z, "未完成的佐证.pdf")
}

func (f *filing) showsUnfinished(t *testing.T, at, name string) {
	t.Helper()
	got := f.as("filler").get(at).want(t, http.StatusOK).body
	if !strings.Contains(got, name) || !strings.Contains(got, "drop-unfinished") || !strings.Contains(got, "/remove") {
		t.Errorf("%s does not tell of %s", at, name)
	}
	if other := f.as("leader").get(at); strings.Contains(other.body, name) {
		t.Errorf("%s tells the leader of %s", at, name)
	}
}
