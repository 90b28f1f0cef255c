package migrations

import (
	"os"
	"testing"
)

// The table of pending imports has one shape in both dialects.
func TestTableImportHasOneShape(t *testing.T) {
	pg, err := os.ReadFile("postgres/0005_table_import.sql")
	if err != nil {
		t.Fatal(err)
	}
	lite, err := os.ReadFile("sqlite/0005_table_import.sql")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(lite), SQLiteOf(string(pg)); got != want {
		t.Error("sqlite/0005_table_import.sql does not follow postgres/0005_table_import.sql")
	}
}
