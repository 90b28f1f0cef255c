package application_test

import (
	"encoding/json"
	"strings"
	"testing"

	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Ground shared with another unit's filing is told with its area and without its name; one's own is named; to others
// the whole question is not there.
func TestMeasureNamesNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		theirs, own, mine := w.at("submitted", "fillerB"), w.at("submitted", "filler"), w.at("draft", "filler")
		polygon := w.view("fillerB", theirs).Content.Boundary.Polygon
		name := w.view("fillerB", theirs).Name
		m, err := w.apps.Measure(w.t.Context(), w.actor("filler"), mine, polygon)
		w.must(err)
		hidden := false
		for _, o := range m.Overlaps {
			hidden = hidden || o.Label == "" && o.ID == "" && o.AreaM2 > 1000
		}
		text, err := json.Marshal(m.Overlaps)
		w.must(err)
		if !hidden || strings.Contains(string(text), name) || strings.Contains(string(text), theirs) || m.AreaM2 <= 0 {
			t.Errorf("another unit's filing: %s", text)
		}
		m, err = w.apps.Measure(w.t.Context(), w.actor("filler"), mine, w.view("filler", own).Content.Boundary.Polygon)
		w.must(err)
		if text, _ := json.Marshal(m.Overlaps); !strings.Contains(string(text), w.view("filler", own).Name) {
			t.Errorf("one's own filing is not named: %s", text)
		}
		if _, err := w.apps.Measure(w.t.Context(), w.actor("fillerB"), mine, polygon); !fault.Is(err, fault.NotFound) {
			t.Errorf("measured for another unit: %v", err)
		}
	})
}

// Of another unit's filing the name is told while its notice stands in public and in no other state; the way to it
// never is. The check of a filing says the same.
func TestOverlapNamesWhatIsPublic(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine := w.at("draft", "filler")
		for state, public := range map[workflows.State]bool{"submitted": false, "in_review": false, "recommended": false, "notice": true, "deciding": true} {
			theirs := w.at(state, "fillerB")
			name := w.view("fillerB", theirs).Name
			m, err := w.apps.Measure(w.t.Context(), w.actor("filler"), mine, w.view("fillerB", theirs).Content.Boundary.Polygon)
			w.must(err)
			text, err := json.Marshal(m.Overlaps)
			w.must(err)
			if got := strings.Contains(string(text), name); got != public {
				t.Errorf("%s: named %v, want %v: %s", state, got, public, text)
			}
			if strings.Contains(string(text), theirs) || len(m.Overlaps) == 0 {
				t.Errorf("%s: %s", state, text)
			}
		}
	})
}
