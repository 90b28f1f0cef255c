package api_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A programme goes the same way as a person: template, upload, confirm, undo.
func TestTablesAreImportedOverTheAPI(t *testing.T) {
	w := newWorld(t)
	path, _ := w.draft()
	filler := w.as("filler")
	upload := func(body []byte) answer {
		return w.as("filler").send("POST", path+"/imports", map[string]any{"name": "tables.xlsx", "file": base64.StdEncoding.EncodeToString(body)})
	}
	book := must(excelize.OpenReader(bytes.NewReader(filler.send("GET", path+"/tables", nil).want(t, 200).body)))(t)
	table := book.GetSheetList()[0]
	edited := func(cell, text string) []byte {
		if err := book.SetCellValue(table, cell, text); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := book.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	before := filler.send("GET", path, nil).want(t, 200).body
	type imported struct {
		ID       string
		Count    int `json:"problem_count"`
		Problems []struct{ Place, Message string }
		Firms    struct{ Changed, Added, Removed int }
	}
	var bad, good imported
	upload(edited("C2", "养猪")).want(t, 201).into(t, &bad)
	if bad.Count != 1 || bad.Problems[0].Place != table+"!C2" || !strings.Contains(bad.Problems[0].Message, "养猪") {
		t.Errorf("problems: %+v", bad)
	}
	w.as("filler").send("POST", path+"/imports/"+bad.ID+"/confirm", map[string]any{"mode": "replace"}).want(t, 409)
	_ = edited("C2", "电子商务")
	upload(edited("A2", "接口改名有限公司")).want(t, 201).into(t, &good)
	if good.Count != 0 || good.Firms.Added+good.Firms.Changed != 1 {
		t.Fatalf("plan: %+v", good)
	}
	w.as("leader").send("GET", path+"/imports/"+good.ID, nil).want(t, 404)
	w.as("filler").send("POST", path+"/imports/"+good.ID+"/confirm", map[string]any{"mode": "merge"}).want(t, 200)
	if now := filler.send("GET", path, nil).want(t, 200).body; !bytes.Contains(now, []byte("接口改名有限公司")) {
		t.Error("the import is not in the application")
	}
	w.as("filler").send("POST", path+"/imports/"+good.ID+"/undo", nil).want(t, 200)
	if now := filler.send("GET", path, nil).want(t, 200).body; bytes.Contains(now, []byte("接口改名有限公司")) || len(now) < len(before)-200 {
		t.Error("the import is still there")
	}
	w.as("filler").send("POST", path+"/imports/"+good.ID+"/undo", nil).want(t, 409)
}
