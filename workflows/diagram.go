package workflows

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid draws the workflow as a Mermaid state diagram.
func (w *Workflow) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range w.States {
		fmt.Fprintf(&b, "  %s: %s\n", s.State, s.Label.Zh)
	}
	for _, t := range w.Triples() {
		from, row := string(t.From), w.rows[t.From][t.Action].row
		if from == "" {
			from = "[*]"
		}
		fmt.Fprintf(&b, "  %s --> %s: %s\n", from, t.To, row.Label.Zh)
	}
	for _, s := range w.States {
		if s.Final {
			fmt.Fprintf(&b, "  %s --> [*]\n", s.State)
		}
	}
	return b.String()
}

// Markdown writes the state table, the transition table with its permission matrix, and the
// clocks of the workflow.
func (w *Workflow) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s · %s (`%s`, version %d)\n\n", w.Label.Zh, w.Label.En, w.Kind, w.Version)
	b.WriteString("```mermaid\n" + w.Mermaid() + "```\n\n")
	w.writeStates(&b)
	w.writeTransitions(&b)
	w.writeMatrix(&b)
	return b.String()
}

func (w *Workflow) writeStates(b *strings.Builder) {
	b.WriteString("| state | 状态 | public | editable | desk | clocks (at their end) | paused | told |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range w.States {
		var clocks []string
		for _, c := range s.Clocks {
			text := string(c.Name)
			if c.AtEnd != "" {
				text += " → " + string(c.AtEnd)
			}
			clocks = append(clocks, text)
		}
		name := "`" + string(s.State) + "`"
		if s.Final {
			name += " (final)"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, s.Label.Zh, s.Public.Zh, tick(s.Editable), list(s.Desk),
			strings.Join(clocks, ", "), list(s.Paused), list(s.Told))
	}
	b.WriteString("\n")
}

func (w *Workflow) writeTransitions(b *strings.Builder) {
	b.WriteString("| action | 操作 | from | to | roles | needs | reason |\n|---|---|---|---|---|---|---|\n")
	for _, t := range w.Transitions {
		to := string(t.To)
		if to == "" {
			to = "(same)"
		}
		from := list(t.From)
		if t.From == nil {
			from = "(new)"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", t.Action, t.Label.Zh, from, to, list(t.Roles), list(t.Needs), tick(t.Reason))
	}
	b.WriteString("\n")
}

// writeMatrix prints who may take which action, in any state.
func (w *Workflow) writeMatrix(b *strings.Builder) {
	b.WriteString("| action |")
	var used []Role
	for _, r := range Roles() {
		if slices.ContainsFunc(w.Transitions, func(t TransitionRow) bool { return slices.Contains(t.Roles, r) }) {
			used = append(used, r)
			b.WriteString(" " + string(r) + " |")
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(used)) + "\n")
	for _, a := range w.Actions() {
		b.WriteString("| `" + string(a) + "` |")
		for _, r := range used {
			may := slices.ContainsFunc(w.Transitions, func(t TransitionRow) bool { return t.Action == a && slices.Contains(t.Roles, r) })
			b.WriteString(" " + tick(may) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func tick(v bool) string {
	if v {
		return "✓"
	}
	return ""
}

func list[T ~string](items []T) string {
	parts := make([]string, len(items))
	for i, x := range items {
		parts[i] = string(x)
	}
	return strings.Join(parts, ", ")
}
