package migrations

import (
	"flag"
	"os"
	"testing"
)

var write = flag.Bool("write", false, "write the generated parts of the schema")

// The CHECKs hold exactly what the workflow tables hold, and both dialects agree.
func TestSchemaFollowsTables(t *testing.T) {
	const pg, lite = "postgres/0001_foundation.sql", "sqlite/0001_foundation.sql"
	raw, err := os.ReadFile(pg)
	if err != nil {
		t.Fatal(err)
	}
	wantPG := FillChecks(string(raw))
	wantLite := SQLiteOf(wantPG)
	if *write {
		for name, text := range map[string]string{pg: wantPG, lite: wantLite} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	if string(raw) != wantPG {
		t.Errorf("%s does not follow the workflow tables; run make generate", pg)
	}
	got, err := os.ReadFile(lite)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != wantLite {
		t.Errorf("%s does not follow %s; run make generate", lite, pg)
	}
}
