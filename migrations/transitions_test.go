package migrations

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newest is the file that holds the CHECKs of the workflow tables as they are now. Once a
// release has carried it, a change of the tables gets a file of its own: rename this.
const newest = "0020_transitions.sql"

// listed is one CHECK whose list comes from the workflow tables.
type listed struct{ table, constraint, subject, marker string }

var (
	creates     = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)
	constraints = regexp.MustCompile(`CONSTRAINT (\w+) CHECK \(([^()]+?) IN \(/\*(states:[a-z]+|triples)\*/`)
)

// The newest file brings every list of the schema to what the workflow tables say, whatever
// an older migration wrote into it.
func TestTransitionsFollowTables(t *testing.T) {
	checks := listedChecks(t)
	if len(checks) < 9 {
		t.Fatalf("%d lists found in the schema", len(checks))
	}
	for dialect, write1 := range map[string]func(listed) string{"postgres": listPostgres, "sqlite": listSQLite} {
		want := transitions(dialect, checks, write1)
		name := filepath.Join(dialect, newest)
		if *write {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s does not follow the workflow tables; run make generate (%v)", name, err)
		}
	}
}

func listedChecks(t *testing.T) []listed {
	t.Helper()
	names, err := filepath.Glob("postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var out []listed
	for _, name := range names {
		if filepath.Base(name) == newest {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, at := range constraints.FindAllStringSubmatchIndex(text, -1) {
			tables := creates.FindAllStringSubmatch(text[:at[0]], -1)
			out = append(out, listed{table: tables[len(tables)-1][1], constraint: text[at[2]:at[3]],
				subject: text[at[4]:at[5]], marker: text[at[6]:at[7]]})
		}
	}
	return out
}

func transitions(dialect string, checks []listed, one func(listed) string) string {
	var b strings.Builder
	b.WriteString("-- +goose Up\n-- The states and transitions of the workflow tables, for installations whose lists are older.\n" +
		"-- Written by `make generate`.\n")
	if dialect == "sqlite" {
		b.WriteString("-- A CHECK changes nothing that is stored, so its text is exchanged in the schema itself\n" +
			"-- (sqlite.org/lang_altertable.html, section 7).\nPRAGMA writable_schema = ON;\n")
	}
	for _, c := range checks {
		b.WriteString(one(c))
	}
	if dialect == "sqlite" {
		b.WriteString("PRAGMA writable_schema = RESET;\n")
	}
	b.WriteString("\n-- +goose Down\n-- Rows of newer states may exist by now: the lists stay as they are.\nSELECT 1;\n")
	return b.String()
}

func listPostgres(c listed) string {
	return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %s CHECK (%s IN (/*%s*/%s));\n",
		c.table, c.constraint, c.constraint, c.subject, c.marker, strings.Join(listFor(c.marker), ","))
}

// listSQLite puts the list between its marker and the next bracket.
func listSQLite(c listed) string {
	list := strings.ReplaceAll(strings.Join(listFor(c.marker), ","), "'", "''")
	mark := "'/*" + c.marker + "*/'"
	return fmt.Sprintf("UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, %s) - 1) || %s || '%s'\n"+
		"  || substr(substr(sql, instr(sql, %s)), instr(substr(sql, instr(sql, %s)), ')'))\n"+
		"  WHERE type = 'table' AND name = '%s' AND instr(sql, %s) > 0;\n",
		mark, mark, list, mark, mark, c.table, mark)
}
