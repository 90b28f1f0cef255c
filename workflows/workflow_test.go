package workflows_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"clusterzone/workflows"
)

var write = flag.Bool("write", false, "write workflows/README.md")

// README.md says what the tables say: diagrams, permission matrix, clocks.
func TestReadmeIsTrue(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Workflows\n\nGenerated from the tables of this package by `make generate`; a test keeps it true.\n\n")
	for _, w := range workflows.All() {
		b.WriteString(w.Markdown())
	}
	if *write {
		if err := os.WriteFile("README.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("workflows/README.md does not follow the tables; run make generate")
	}
}

// For every workflow, state, action and role the machine answers what the table says, with
// all facts, with each single fact missing, and with and without a reason.
func TestMachineIsTable(t *testing.T) {
	for _, w := range workflows.All() {
		t.Run(string(w.Kind), func(t *testing.T) { checkMachine(t, w) })
	}
}

func checkMachine(t *testing.T, w *workflows.Workflow) {
	t.Helper()
	states := []workflows.State{""}
	for _, s := range w.States {
		states = append(states, s.State)
	}
	for _, from := range states {
		for _, action := range append(w.Actions(), "nonsense") {
			for _, role := range workflows.Roles() {
				checkCell(t, w, from, action, role)
			}
		}
	}
	_, err := w.Fire(t.Context(), workflows.Request{From: "nonsense", Action: w.Actions()[0]})
	if !errors.Is(err, workflows.ErrUnknownState) {
		t.Errorf("unknown state: got %v", err)
	}
}

func checkCell(t *testing.T, w *workflows.Workflow, from workflows.State, action workflows.Action, role workflows.Role) {
	t.Helper()
	rows := rowsOf(w, from, action)
	q := workflows.Request{From: from, Action: action, Roles: []workflows.Role{role}, Facts: allFacts(w), Reason: "because"}
	to, err := w.Fire(t.Context(), q)
	switch {
	case len(rows) == 0:
		if !errors.Is(err, workflows.ErrNoTransition) {
			t.Errorf("%s from %q as %s: got %v, want no transition", action, from, role, err)
		}
		return
	case !slices.Contains(rows[0].Roles, role):
		if !errors.Is(err, workflows.ErrRole) {
			t.Errorf("%s from %q as %s: got %v, want role refused", action, from, role, err)
		}
		return
	}
	want := rows[0].To
	if want == "" {
		want = from
	}
	if err != nil || to != want {
		t.Errorf("%s from %q as %s: got %q, %v, want %q", action, from, role, to, err, want)
	}
	checkGuards(t, w, q, rows[0])
}

func checkGuards(t *testing.T, w *workflows.Workflow, q workflows.Request, row workflows.TransitionRow) {
	t.Helper()
	for _, f := range row.Needs {
		facts := allFacts(w)
		facts[f] = false
		missing := q
		missing.Facts = facts
		_, err := w.Fire(t.Context(), missing)
		var blocked *workflows.BlockedError
		if !errors.As(err, &blocked) || !slices.Equal(blocked.Missing, []workflows.Fact{f}) {
			t.Errorf("%s from %q without %s: got %v", q.Action, q.From, f, err)
		}
	}
	q.Reason = ""
	if _, err := w.Fire(t.Context(), q); errors.Is(err, workflows.ErrReason) != row.Reason {
		t.Errorf("%s from %q without a reason: got %v, required %v", q.Action, q.From, err, row.Reason)
	}
}

// rowsOf reads the table directly, not through the index that Fire uses.
func rowsOf(w *workflows.Workflow, from workflows.State, action workflows.Action) (out []workflows.TransitionRow) {
	for _, r := range w.Transitions {
		if r.Action == action && (slices.Contains(r.From, from) || from == "" && r.From == nil) {
			out = append(out, r)
		}
	}
	return out
}

func allFacts(w *workflows.Workflow) map[workflows.Fact]bool {
	out := map[workflows.Fact]bool{}
	for f := range w.Facts {
		out[f] = true
	}
	return out
}

// Choices offers exactly the rows of the state for the role, with what blocks them.
func TestChoices(t *testing.T) {
	for _, w := range workflows.All() {
		for _, s := range w.States {
			for _, role := range workflows.Roles() {
				var want []workflows.Action
				for _, r := range w.Transitions {
					if slices.Contains(r.From, s.State) && slices.Contains(r.Roles, role) {
						want = append(want, r.Action)
					}
				}
				var got []workflows.Action
				for _, c := range w.Choices(s.State, []workflows.Role{role}, nil) {
					got = append(got, c.Action)
					row, _ := w.Row(s.State, c.Action)
					if !slices.Equal(c.Blocked, row.Needs) {
						t.Errorf("%s %s %s: blocked %v, want %v", w.Kind, s.State, c.Action, c.Blocked, row.Needs)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %s as %s: got %v, want %v", w.Kind, s.State, role, got, want)
				}
			}
		}
	}
}

// Check names each kind of defect a table can have.
func TestCheckRefusesBrokenTables(t *testing.T) {
	l := workflows.Label{Zh: "一", En: "one"}
	good := func() workflows.Table {
		return workflows.Table{Kind: "k", Label: l,
			States: []workflows.StateRow{{State: "a", Label: l, Public: l}, {State: "z", Label: l, Public: l, Final: true}},
			Transitions: []workflows.TransitionRow{{Action: "start", To: "a", Roles: []workflows.Role{workflows.Filler}, Label: l},
				{Action: "end", From: []workflows.State{"a"}, To: "z", Roles: []workflows.Role{workflows.System}, Label: l}}}
	}
	if _, err := workflows.Check(good()); err != nil {
		t.Fatalf("good table refused: %v", err)
	}
	cases := map[string]func(*workflows.Table){
		"unknown target": func(t *workflows.Table) { t.Transitions[1].To = "nowhere" },
		"unknown state":  func(t *workflows.Table) { t.Transitions[1].From = []workflows.State{"a", "nowhere"} },
		"two rows for":   func(t *workflows.Table) { t.Transitions = append(t.Transitions, t.Transitions[1]) },
		"has an exit":    func(t *workflows.Table) { t.Transitions[1].From = []workflows.State{"a", "z"} },
		"is unreachable": func(t *workflows.Table) {
			t.States = append(t.States, workflows.StateRow{State: "b", Label: l, Public: l, Final: true})
		},
		"nobody may take": func(t *workflows.Table) { t.Transitions[1].Roles = nil },
		"unknown role":    func(t *workflows.Table) { t.Transitions[1].Roles = []workflows.Role{"king"} },
		"has no text":     func(t *workflows.Table) { t.Transitions[1].Needs = []workflows.Fact{"f"} },
		"label missing":   func(t *workflows.Table) { t.States[0].Public = workflows.Label{} },
		"stands behind":   func(t *workflows.Table) { t.States[0].Behind = "elsewhere" },
		"dead end":        func(t *workflows.Table) { t.Transitions[1].From, t.Transitions[1].To = nil, "z" },
		"System cannot":   func(t *workflows.Table) { t.States[0].Clocks = []workflows.StateClock{{Name: "c", AtEnd: "start"}} },
		"runs and stands": func(t *workflows.Table) {
			t.States[0].Clocks, t.States[0].Paused = []workflows.StateClock{{Name: "c"}}, []workflows.ClockName{"c"}
		},
	}
	for want, spoil := range cases {
		table := good()
		spoil(&table)
		if _, err := workflows.Check(table); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(want, "runs ")) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
