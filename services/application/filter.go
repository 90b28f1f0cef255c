package application

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Filter narrows a list; the zero value lists everything visible, newest first.
type Filter struct {
	State   workflows.State
	RoundID string
	Unit    string
	Sector  string
	Text    string // part of the number, of the name or of the unit's name, in characters or pinyin
	Overdue bool   // a clock has run out
	// DueBefore, SubmittedFrom and SubmittedTo are local days, the last two inclusive; what is
	// no day finds nothing.
	DueBefore, SubmittedFrom, SubmittedTo string

	// The following narrow for those who read every case; for others they find nothing, because
	// they tell what happens inside.
	Officer   string          // id of a person of the commission who has acted on the case
	Passed    workflows.State // a state that the case has left
	Corrected string          // a clarification, field part or file slot that a correction named

	Sort   Sort   // "" is newest first
	Desc   bool   // from the end of Sort
	Before string // keyset of the default order: the id after which the list goes on
	After  string // keyset of Sort: Line.Cursor of the last row before
	Limit  int    // 1 to 200; 0 = 50
}

// Sort is a column that a list can follow: only what every reader of a row can see.
type Sort string

// The columns a list can follow.
const (
	ByNumber    Sort = "number"
	ByName      Sort = "name"
	ByUnit      Sort = "unit"
	BySubmitted Sort = "submitted"
	ByDue       Sort = "due"
	ByUpdated   Sort = "updated"
)

// Sorts lists every order besides the default one.
func Sorts() []Sort { return []Sort{ByNumber, ByName, ByUnit, BySubmitted, ByDue, ByUpdated} }

// key is the expression of an order over the rows of lines; empty for the default order.
func (s Sort) key() string {
	switch s {
	case ByNumber:
		return "q.number"
	case ByName:
		return "q.name"
	case ByUnit:
		return "q.unit_code"
	case BySubmitted:
		return "COALESCE(q.submitted_at, ?)"
	case ByDue:
		return "COALESCE(q.due_on, '9999-12-31')"
	case ByUpdated:
		return "q.updated_at"
	}
	return ""
}

// never stands for an instant that has not come, in an order.
func never() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) }

// params are the arguments of one mention of the key.
func (s Sort) params() []any {
	if s == BySubmitted {
		return []any{never()}
	}
	return nil
}

// of is the value of a row in an order, as a cursor keeps it.
func (s Sort) of(l Line) string {
	switch s {
	case ByNumber:
		return l.Number
	case ByName:
		return l.Name
	case ByUnit:
		return l.Unit
	case BySubmitted:
		if l.SubmittedAt == nil {
			return never().Format(time.RFC3339Nano)
		}
		return l.SubmittedAt.UTC().Format(time.RFC3339Nano)
	case ByDue:
		if l.DueOn == "" {
			return "9999-12-31"
		}
		return l.DueOn
	case ByUpdated:
		return l.UpdatedAt.UTC().Format(time.RFC3339Nano)
	}
	return ""
}

// cursor is the place of a row in an order.
type cursor struct {
	Value string `json:"v"`
	ID    string `json:"i"`
}

func (s Sort) cursor(l Line) string {
	text, _ := json.Marshal(cursor{s.of(l), l.ID}) // strings only
	return base64.RawURLEncoding.EncodeToString(text)
}

// value reads a cursor back into what the database compares.
func (s Sort) value(text string) (v any, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var c cursor
	if err != nil || json.Unmarshal(raw, &c) != nil || strings.ContainsRune(c.Value+c.ID, 0) {
		return nil, "", false
	}
	if s == BySubmitted || s == ByUpdated {
		at, err := time.Parse(time.RFC3339Nano, c.Value)
		return at, c.ID, err == nil
	}
	return c.Value, c.ID, true
}

// window is which rows of a list are read, and in which order.
type window struct {
	order string
	args  []any // of order
	after string
	vals  []any // of after
	limit int
}

func (f Filter) window() window {
	w := window{order: "q.id DESC", limit: f.limit()}
	key := f.Sort.key()
	if key == "" {
		return w
	}
	direction, than := "", ">"
	if f.Desc {
		direction, than = " DESC", "<"
	}
	w.order, w.args = key+direction+", q.id"+direction, f.Sort.params()
	if f.After == "" {
		return w
	}
	v, id, ok := f.Sort.value(f.After)
	if !ok {
		w.after = " WHERE 1 = 0"
		return w
	}
	w.after = " WHERE (" + key + " " + than + " ? OR " + key + " = ? AND q.id " + than + " ?)"
	w.vals = append(append(append(append(w.vals, f.Sort.params()...), v), f.Sort.params()...), v, id)
	return w
}

func (f Filter) limit() int {
	if f.Limit <= 0 || f.Limit > 200 {
		return 50
	}
	return f.Limit
}

// clauses gathers conditions that hold together.
type clauses struct {
	sql  strings.Builder
	args []any
}

func (c *clauses) and(cond string, vals ...any) {
	c.sql.WriteString(" AND " + cond)
	c.args = append(c.args, vals...)
}

// where are the conditions of a filter for one reader.
func (f Filter) where(tx *database.Tx, a identity.Actor) (string, []any) {
	var c clauses
	if f.State != "" {
		states := seenAs(a, f.State)
		c.and("a.status IN ("+marks(len(states))+")", states...)
	}
	if f.RoundID != "" {
		c.and("a.round_id = ?", f.RoundID)
	}
	if f.Unit != "" {
		c.and("a.unit_code = ?", f.Unit)
	}
	if f.Sector != "" {
		c.and("EXISTS (SELECT 1 FROM application_sector s WHERE s.application_id = a.id AND s.sector = ?)", f.Sector)
	}
	if strings.TrimSpace(f.Text) != "" {
		cond, args := search.In("a.id", string(workflows.Application.Kind), "application", f.Text)
		c.and(cond, args...)
	}
	f.days(&c, tx)
	f.inside(&c, a)
	if f.Before != "" {
		c.and("a.id < ?", f.Before)
	}
	return c.sql.String(), c.args
}

const openClock = "d.kind = 'application' AND d.case_id = a.id AND d.ended_at IS NULL AND d.paused_at IS NULL"

// days narrows by clocks and by the day of submission.
func (f Filter) days(c *clauses, tx *database.Tx) {
	if f.Overdue {
		c.and("EXISTS (SELECT 1 FROM deadline d WHERE "+openClock+" AND d.due_at <= ?)", tx.Now())
	}
	if f.DueBefore != "" {
		c.and("EXISTS (SELECT 1 FROM deadline d WHERE "+openClock+" AND d.due_on < ?)", dayOrNever(f.DueBefore))
	}
	bound := func(text, cond string, next int) {
		if text == "" {
			return
		}
		d, err := workflows.ParseDate(text)
		if err != nil {
			c.and("1 = 0")
			return
		}
		c.and(cond, d.AddDays(next).Start())
	}
	bound(f.SubmittedFrom, "a.submitted_at >= ?", 0)
	bound(f.SubmittedTo, "a.submitted_at < ?", 1)
}

// dayOrNever is a day that nothing comes before, where the text is none.
func dayOrNever(text string) string {
	if d, err := workflows.ParseDate(text); err == nil {
		return d.String()
	}
	return ""
}

// inside narrows by what only those see who read every case.
func (f Filter) inside(c *clauses, a identity.Actor) {
	if f.Officer+string(f.Passed)+f.Corrected == "" {
		return
	}
	if !a.ReadsAll() {
		c.and("1 = 0")
		return
	}
	const history = "EXISTS (SELECT 1 FROM case_history h WHERE h.kind = 'application' AND h.case_id = a.id AND "
	if f.Officer != "" {
		c.and(history+"h.actor_id = ? AND h.actor_role IN ('clerk', 'officer', 'director'))", f.Officer)
	}
	if f.Passed != "" {
		c.and(history+"h.from_state = ? AND h.to_state <> h.from_state)", string(f.Passed))
	}
	if f.Corrected != "" {
		c.and("EXISTS (SELECT 1 FROM correction_item i WHERE i.application_id = a.id AND (i.anchor = ? OR i.anchor LIKE ? ESCAPE '!'))", f.Corrected, likeEscape(f.Corrected)+".%")
	}
}

// seenAs lists the stored states that the actor reads as one, so that a filter tells nobody
// more than the list does.
func seenAs(a identity.Actor, s workflows.State) []any {
	out := []any{}
	for _, row := range workflows.Application.States {
		if casework.SeenState(workflows.Application, a, row.State) == s {
			out = append(out, string(row.State))
		}
	}
	if len(out) == 0 {
		out = append(out, "") // no case has it
	}
	return out
}
