package api_test

import (
	"encoding/json"
	"testing"
)

// A boundary file is told about without being stored; the datum must be said; what cannot be read names its line.
func TestBoundaryPreview(t *testing.T) {
	w := newWorld(t)
	path, version := w.draft()
	preview := func(body map[string]any) (out struct {
		Geometry json.RawMessage `json:"geometry"`
		Format   string
		AreaM2   int64 `json:"area_m2"`
		Problems []struct{ Code, Message string }
	}) {
		w.as("filler").send("POST", path+"/boundary/preview", body).want(t, 200).into(t, &out)
		return out
	}
	text := []byte("106.57,29.55\n106.58,29.55\n106.58,29.56\n106.57,29.56\n")
	got := preview(map[string]any{"file": text, "datum": "cgcs2000", "order": "lon-lat"})
	if got.Format != "degree-text" || got.AreaM2 < 1_060_000 || got.AreaM2 > 1_090_000 || len(got.Problems) != 0 {
		t.Errorf("read: %+v", got)
	}
	w.as("filler").send("PATCH", path+"/content", map[string]any{"path": "boundary.polygon", "value": got.Geometry, "version": version}).want(t, 200)
	for name, tt := range map[string]struct {
		body map[string]any
		code string
	}{
		"order not said": {map[string]any{"file": text, "datum": "wgs84"}, "boundary.file_order_missing"},
		"old datum":      {map[string]any{"file": text, "datum": "xian80", "order": "lon-lat"}, "boundary.file_datum_old"},
		"archive":        {map[string]any{"file": []byte("PK\x03\x04"), "datum": "wgs84"}, "boundary.zipped"},
	} {
		if got := preview(tt.body); len(got.Problems) != 1 || got.Problems[0].Code != tt.code || got.Geometry != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	crossing := preview(map[string]any{"file": []byte("106.57,29.55\n106.58,29.56\n106.58,29.55\n106.57,29.56\n"), "datum": "wgs84", "order": "lon-lat"})
	if len(crossing.Problems) != 1 || crossing.Problems[0].Code != "boundary.self_crossing" || crossing.Geometry == nil {
		t.Errorf("crossing: %+v", crossing)
	}
	w.as("filler").send("POST", path+"/boundary/preview", map[string]any{"file": text}).want(t, 422)
}
