package steering

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// MaxBulk is how many cases one run takes.
const MaxBulk = 500

// Selection names cases: by id, or all of a filter (Query, as it stands in the address of the
// list). IDs win.
type Selection struct {
	IDs   []string
	Query string
}

// BulkActions are the actions of a table that can be taken on many cases with the same words:
// not those that need a document of their own for each.
func BulkActions(a identity.Actor) []workflows.Action {
	alone := []workflows.Action{"create", "request_correction", "accredit", "refuse", "send_to_sign"}
	var out []workflows.Action
	for _, row := range workflows.Application.Transitions {
		if a.Any(row.Roles...) && !slices.Contains(alone, row.Action) && !slices.Contains(out, row.Action) {
			out = append(out, row.Action)
		}
	}
	return out
}

// Draft is what a person asks to be previewed.
type Draft struct {
	Selection Selection
	Action    workflows.Action
}

// Run is one action over many cases: previewed, then started, then finished.
type Run struct {
	ID                    string
	Action                workflows.Action
	Reason                string
	CreatedAt             time.Time
	StartedAt, FinishedAt *time.Time
	Items                 []Item
	NeedsReason           bool
}

// Item is one case of a run: what would happen as of the preview, and what did.
type Item struct {
	Position      int
	CaseID        string
	Number, Title string
	From, To      workflows.State
	Blocked       []workflows.Fact // why it would be refused, as of the preview
	NotThere      bool             // the table has no such action for this person now
	Outcome       string           // "", "done" or "refused"
	Problem       string           // why it was refused, in the words of the person's language
	At            *time.Time
}

// Done, Refused and Waiting count the items.
func (r Run) Done() int    { return r.count("done") }
func (r Run) Refused() int { return r.count("refused") }
func (r Run) Waiting() int { return r.count("") }

func (r Run) count(outcome string) (n int) {
	for _, i := range r.Items {
		if i.Outcome == outcome {
			n++
		}
	}
	return n
}

// Preview makes a run that is not started: for each case what the action would do or why it
// would be refused, at the version it has now. Errors: Invalid by field.
func (s *Service) Preview(ctx context.Context, a identity.Actor, d Draft) (id string, err error) {
	if !slices.Contains(BulkActions(a), d.Action) {
		return "", fault.BadField("action", "bulk.action")
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		lines, err := s.selected(tx, a, d.Selection)
		if err != nil {
			return err
		}
		id = tx.ID()
		r := runRow{ID: id, OwnerID: a.ID, Kind: string(workflows.Application.Kind), Action: string(d.Action), CreatedAt: tx.Now()}
		if err := tx.Insert("bulk_run", &r); err != nil {
			return err
		}
		for i, l := range lines {
			item, err := s.preview(tx, a, l, d.Action)
			if err != nil {
				return err
			}
			item.RunID, item.Position = id, i+1
			if err := tx.Insert("bulk_item", &item); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// selected are the cases of a selection that the actor may see; one that is not among them is
// left out as if it did not exist.
func (s *Service) selected(tx *database.Tx, a identity.Actor, sel Selection) ([]application.Line, error) {
	if len(sel.IDs) > MaxBulk {
		return nil, fault.BadField("ids", "bulk.many", "Max", fmt.Sprint(MaxBulk))
	}
	if len(sel.IDs) > 0 {
		lines, err := s.Applications.PickIDs(tx, a, sel.IDs)
		if err == nil && len(lines) == 0 {
			err = fault.BadField("ids", "bulk.none")
		}
		return lines, err
	}
	if sel.Query == "" {
		return nil, fault.BadField("ids", "bulk.none")
	}
	q, err := url.ParseQuery(sel.Query)
	if err != nil {
		return nil, fault.BadField("query", "bulk.none")
	}
	lines, err := s.Applications.Pick(tx, a, FilterOf(q), MaxBulk+1)
	switch {
	case err != nil:
		return nil, err
	case len(lines) > MaxBulk:
		return nil, fault.BadField("query", "bulk.many", "Max", fmt.Sprint(MaxBulk))
	case len(lines) == 0:
		return nil, fault.BadField("query", "bulk.none")
	}
	return lines, nil
}

// notThere marks an action that the table does not offer in the case's state.
const notThere = "no_transition"

func (s *Service) preview(tx *database.Tx, a identity.Actor, l application.Line, action workflows.Action) (itemRow, error) {
	item := itemRow{CaseID: l.ID, Number: l.Number, Title: l.Name, Version: l.Version, FromState: string(l.State), Blocked: notThere}
	acts, err := s.Applications.ActionsTx(tx, a, l.ID)
	if err != nil {
		return item, err
	}
	i := slices.IndexFunc(acts.Choices, func(c workflows.Choice) bool { return c.Action == action })
	if i < 0 {
		return item, nil
	}
	choice := acts.Choices[i]
	blocked, err := json.Marshal(choice.Blocked)
	if err != nil {
		return item, err
	}
	item.ToState, item.Blocked = string(choice.To), ""
	if len(choice.Blocked) > 0 {
		item.Blocked = string(blocked)
	}
	return item, nil
}

// Start begins a previewed run with one reason and one document for all its cases. A run that
// has begun is a Conflict; another person's run is NotFound.
func (s *Service) Start(ctx context.Context, a identity.Actor, id, reason string, data json.RawMessage) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := loadRun(tx, a.ID, id)
		if err != nil {
			return err
		}
		if err := casework.CheckReason(reason, needsReason(workflows.Action(r.Action))); err != nil {
			return err
		}
		if len(data) > 0 && !json.Valid(data) {
			return fault.BadField("data", "malformed")
		}
		n, err := tx.Exec("UPDATE bulk_run SET reason = ?, data = ?, started_at = ? WHERE id = ? AND started_at IS NULL", reason, string(data), tx.Now(), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "bulk.started")
		}
		if err := casework.Record(tx, a, "bulk.start", casework.Ref{Kind: "bulk", ID: id}, map[string]any{"action": r.Action, "reason": reason}); err != nil {
			return err
		}
		return outbox.Put(tx, outbox.Item{Key: "bulk/" + id + "/0", Topic: TopicBulk, Payload: bulkDue{Run: id}})
	})
}

func needsReason(action workflows.Action) bool {
	return slices.ContainsFunc(workflows.Application.Transitions, func(row workflows.TransitionRow) bool { return row.Action == action && row.Reason })
}

// bulkDue is the payload of TopicBulk.
type bulkDue struct {
	Run  string `json:"run"`
	From int    `json:"from"` // the position after which this part begins
}

// part is how many cases one delivery takes, so that it ends well within the time of a job.
const part = 25

// Perform is the handler of TopicBulk. Each case is changed in a transaction of its own that
// also notes its outcome, so that a delivery that comes twice, or after a crash between two
// cases, finds done what is done; the last step asks for the next part.
func (s *Service) Perform(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var due bulkDue
	if err := json.Unmarshal([]byte(row.Payload), &due); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	var r runRow
	var open []itemRow
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		if err := tx.One(&r, "SELECT "+runColumns+" FROM bulk_run WHERE id = ?", due.Run); err != nil {
			return err
		}
		return tx.Find(&open, "SELECT "+itemColumns+" FROM bulk_item WHERE run_id = ? AND outcome = '' ORDER BY position LIMIT ?", due.Run, part)
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", due.Run, err)
	}
	for _, item := range open {
		if err := s.take(ctx, r, item); err != nil {
			return nil, fmt.Errorf("run %s, case %s: %w", r.ID, item.Number, err)
		}
	}
	return func(tx *database.Tx) error { return goOn(tx, r.ID, due.From) }, nil
}

// goOn asks for the next part, or ends the run.
func goOn(tx *database.Tx, id string, from int) error {
	left, err := tx.Count("SELECT count(*) FROM bulk_item WHERE run_id = ? AND outcome = ''", id)
	if err != nil {
		return err
	}
	if left > 0 {
		next := bulkDue{Run: id, From: from + part}
		return outbox.Put(tx, outbox.Item{Key: fmt.Sprintf("bulk/%s/%d", id, next.From), Topic: TopicBulk, Payload: next})
	}
	_, err = tx.Exec("UPDATE bulk_run SET finished_at = ? WHERE id = ? AND finished_at IS NULL", tx.Now(), id)
	return err
}

// take performs the action on one case, or notes why not. What is our own failure is neither:
// it is tried again.
func (s *Service) take(ctx context.Context, r runRow, item itemRow) error {
	var lang string
	err := s.DB.Update(ctx, func(tx *database.Tx) error {
		// The mark comes first: whoever takes the case at the same time waits here and then
		// finds nothing to do.
		n, err := tx.Exec("UPDATE bulk_item SET outcome = 'done', at = ? WHERE run_id = ? AND position = ? AND outcome = ''", tx.Now(), r.ID, item.Position)
		if err != nil || n == 0 {
			return err
		}
		a, err := actorOf(tx, r.OwnerID, "")
		if err != nil {
			return err
		}
		lang = a.Lang
		a.RequestID = "bulk/" + r.ID
		out, err := s.Cases[workflows.Kind(r.Kind)].DoTx(tx, a, casework.Command{ID: item.CaseID, Action: workflows.Action(r.Action), Version: item.Version,
			Reason: r.Reason, Data: json.RawMessage(r.Data)})
		if err != nil {
			return err
		}
		seen := casework.SeenState(workflows.ByKind(workflows.Kind(r.Kind)), a, out.State)
		return tx.Must("UPDATE bulk_item SET to_state = ? WHERE run_id = ? AND position = ?", string(seen), r.ID, item.Position)
	})
	if err == nil {
		return nil
	}
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Kind == fault.Unavailable || refused.Kind == fault.Internal || refused.Kind == fault.RateLimited {
		return err
	}
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE bulk_item SET outcome = 'refused', problem = ?, at = ? WHERE run_id = ? AND position = ? AND outcome = ''",
			s.reason(lang, err), tx.Now(), r.ID, item.Position)
		return err
	})
}

// ReadRun reads a run of one's own; another's is NotFound.
func (s *Service) ReadRun(ctx context.Context, a identity.Actor, id string) (out Run, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err := loadRun(tx, a.ID, id)
		if err != nil {
			return err
		}
		var items []itemRow
		if err := tx.Find(&items, "SELECT "+itemColumns+" FROM bulk_item WHERE run_id = ? ORDER BY position LIMIT ?", id, MaxBulk); err != nil {
			return err
		}
		out, err = s.shown(tx, a, r, items)
		return err
	})
	return out, err
}

// Runs lists one's own runs that were started, the newest first.
func (s *Service) Runs(ctx context.Context, a identity.Actor) (out []Run, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var rows []runRow
		if err := tx.Find(&rows, "SELECT "+runColumns+" FROM bulk_run WHERE owner_id = ? AND started_at IS NOT NULL ORDER BY id DESC LIMIT 50", a.ID); err != nil {
			return err
		}
		for _, r := range rows {
			var items []itemRow
			if err := tx.Find(&items, "SELECT "+itemColumns+" FROM bulk_item WHERE run_id = ? ORDER BY position LIMIT ?", r.ID, MaxBulk); err != nil {
				return err
			}
			run, err := s.shown(tx, a, r, items)
			if err != nil {
				return err
			}
			out = append(out, run)
		}
		return nil
	})
	return out, err
}

// shown is a run in which the cases that its owner may no longer see have no name.
func (s *Service) shown(tx *database.Tx, a identity.Actor, r runRow, items []itemRow) (Run, error) {
	ids := make([]string, 0, len(items))
	for _, i := range items {
		ids = append(ids, i.CaseID)
	}
	seen, err := s.Applications.Seen(tx, a, ids)
	out := r.run(items)
	for i, it := range out.Items {
		if !seen[it.CaseID] {
			out.Items[i] = Item{Position: it.Position, NotThere: true, Outcome: it.Outcome, Problem: it.Problem, At: it.At}
		}
	}
	return out, err
}

func (r runRow) run(items []itemRow) Run {
	out := Run{ID: r.ID, Action: workflows.Action(r.Action), Reason: r.Reason, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt,
		NeedsReason: needsReason(workflows.Action(r.Action))}
	for _, i := range items {
		item := Item{Position: i.Position, CaseID: i.CaseID, Number: i.Number, Title: i.Title, From: workflows.State(i.FromState), To: workflows.State(i.ToState),
			NotThere: i.Blocked == notThere, Outcome: i.Outcome, Problem: i.Problem, At: i.At}
		_ = json.Unmarshal([]byte(i.Blocked), &item.Blocked) // "" and the mark above list no facts
		out.Items = append(out.Items, item)
	}
	return out
}

// Blocks reports whether the preview says that the case would be refused.
func (i Item) Blocks() bool { return i.NotThere || len(i.Blocked) > 0 }
