package migrations

import (
	"fmt"
	"strings"

	"clusterzone/workflows"
)

// SQLiteOf derives the SQLite schema from the PostgreSQL one: an instant is a TIMESTAMP
// column that the driver keeps as microseconds since 1970, text is compared by its bytes
// without saying so, and nothing else differs.
func SQLiteOf(postgres string) string {
	return strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", ` COLLATE "C"`, "").Replace(postgres)
}

// listFor returns the quoted states of "states:<kind>", or every transition.
func listFor(name string) []string {
	var out []string
	if kind, ok := strings.CutPrefix(name, "states:"); ok {
		for _, s := range workflows.ByKind(workflows.Kind(kind)).States {
			out = append(out, "'"+string(s.State)+"'")
		}
		return out
	}
	for _, w := range workflows.All() {
		for _, t := range w.Triples() {
			out = append(out, fmt.Sprintf("\n  '%s:%s>%s>%s'", w.Kind, t.From, t.Action, t.To))
		}
	}
	return out
}
