package tables

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Import is an uploaded file with what it would do, or did.
type Import struct {
	ID, Application string
	Name            string // of the file
	CreatedAt       time.Time
	ExpiresAt       time.Time
	ConfirmedAt     *time.Time
	UndoneAt        *time.Time
	SavedVersion    int64
	Mode            Mode
	Problems        []Problem // why nothing of it is taken; empty: it can be confirmed
	Count           int       // of all problems
	Notes           []Problem
	HasFirms        bool
	Firms           FirmPlan
	HasGoals        bool
	Goals           []application.Change
	base, result    tables
	parsed          parsed
}

// Changes reports whether confirming it would change anything.
func (i Import) Changes() bool { return i.Firms.Changes() || len(i.Goals) > 0 }

// Upload reads a file for an application and keeps what it says, to be looked at and confirmed within two hours; the
// application is not touched. A file with problems is kept too, with its list. Errors: NotFound, Forbidden, Conflict
// "not_editable", Unavailable while others are reading large files.
func (s *Service) Upload(ctx context.Context, a identity.Actor, id, name string, data []byte) (Import, error) {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return Import{}, fault.New(fault.Unavailable, "unavailable")
	}
	var d application.Draft
	err := s.DB.View(ctx, func(tx *database.Tx) (err error) {
		d, err = s.Applications.Draft(tx, a, id)
		return err
	})
	if err != nil {
		return Import{}, err
	}
	p := s.parse(data, d)
	p.closed()
	r, err := newRow(d, a, name, data, p)
	if err != nil {
		return Import{}, err
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		r.ID, r.CreatedAt, r.ExpiresAt = tx.ID(), tx.Now(), tx.Now().Add(pendingFor)
		return insertImport(tx, r)
	})
	if err != nil {
		return Import{}, err
	}
	return s.importOf(r, "")
}

// closed refuses tables of parts that a correction has not opened.
func (p *parsed) closed() {
	open := func(part string) bool {
		return slices.Contains(p.draft.Open, "*") || slices.Contains(p.draft.Open, part)
	}
	if p.HasFirms && !open("business") && p.after(tablesOf(p.draft.Content), Replace).firmsDiffer(tablesOf(p.draft.Content)) {
		p.refuse("", 0, 0, "part_closed", "Part", "field.business.firms")
	}
	if p.Goals != nil && !open("goals") {
		if changes, err := compareGoals(p.draft.Content.Goals, p.after(tablesOf(p.draft.Content), Replace).Goals); err != nil || len(changes) > 0 {
			p.refuse("", 0, 0, "part_closed", "Part", "field.goals")
		}
	}
}

func (t tables) firmsDiffer(other tables) bool { return !slices.Equal(t.Firms, other.Firms) }

func newRow(d application.Draft, a identity.Actor, name string, data []byte, p *parsed) (importRow, error) {
	base, err := json.Marshal(tablesOf(d.Content))
	if err != nil {
		return importRow{}, fmt.Errorf("keep import: %w", err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return importRow{}, fmt.Errorf("keep import: %w", err)
	}
	sum := sha256.Sum256(data)
	return importRow{ApplicationID: d.ID, PersonID: a.ID, Name: cleanName(name), Sum: hex.EncodeToString(sum[:]), Base: string(base), Parsed: string(text)}, nil
}

// cleanName is the file's own name without its folder and without what cannot be shown.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[len(runes)-120:])
	}
	if name == "" || name == "." || name == "/" {
		return "table.xlsx"
	}
	return name
}

// importOf works out what a stored import does. An empty mode is the one it was confirmed with, or Replace.
func (s *Service) importOf(r importRow, mode Mode) (Import, error) {
	i := Import{ID: r.ID, Application: r.ApplicationID, Name: r.Name, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, ConfirmedAt: r.ConfirmedAt,
		UndoneAt: r.UndoneAt, SavedVersion: r.SavedVersion, Mode: Mode(r.Mode)}
	if i.Mode == "" {
		i.Mode = mode
	}
	if !i.Mode.known() {
		i.Mode = Replace
	}
	if err := json.Unmarshal([]byte(r.Parsed), &i.parsed); err != nil {
		return i, fmt.Errorf("import %s: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Base), &i.base); err != nil {
		return i, fmt.Errorf("import %s: %w", r.ID, err)
	}
	i.Problems, i.Count, i.Notes = i.parsed.Problems, i.parsed.Count, i.parsed.Notes
	i.HasFirms, i.HasGoals = i.parsed.HasFirms, i.parsed.Goals != nil
	i.result = i.base
	if i.Count > 0 {
		return i, nil
	}
	i.result = i.parsed.after(i.base, i.Mode)
	var lines []int
	if i.Mode == Replace {
		lines = i.parsed.Lines
	}
	i.Firms = compareFirms(i.base.Firms, i.result.Firms, lines)
	var err error
	i.Goals, err = compareGoals(i.base.Goals, i.result.Goals)
	return i, err
}

// Find reads one's own import with what it does in the mode its uploader last looked at. Errors: NotFound, also for
// everybody else's.
func (s *Service) Find(ctx context.Context, a identity.Actor, applicationID, id string) (Import, error) {
	return s.FindAs(ctx, a, applicationID, id, "")
}

// FindAs is Find in another mode, as long as the import is not confirmed.
func (s *Service) FindAs(ctx context.Context, a identity.Actor, applicationID, id string, mode Mode) (Import, error) {
	var r importRow
	err := s.DB.View(ctx, func(tx *database.Tx) (err error) {
		r, err = s.own(tx, a, applicationID, id)
		return err
	})
	if err != nil {
		return Import{}, err
	}
	return s.importOf(r, mode)
}

// own reads an import of the actor's, on an application that they may still see.
func (s *Service) own(tx *database.Tx, a identity.Actor, applicationID, id string) (importRow, error) {
	if err := s.Applications.Reading(tx, a, applicationID); err != nil {
		return importRow{}, err
	}
	if !a.Has(workflows.Filler) {
		return importRow{}, fault.Missing()
	}
	return importOf(tx, applicationID, id, a.ID)
}

// Undoable is one's newest import of an application that can still be taken back, with what it did; ok is false where
// there is none.
func (s *Service) Undoable(ctx context.Context, a identity.Actor, applicationID string) (id, name string, at time.Time, ok bool, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		if err := s.Applications.Reading(tx, a, applicationID); err != nil {
			return err
		}
		r, err := lastImport(tx, applicationID, a.ID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil {
			id, name, at, ok = r.ID, r.Name, *r.ConfirmedAt, true
		}
		return err
	})
	return id, name, at, ok, err
}

// Confirm carries out an import. Errors: NotFound; Conflict "tables.stale" with the changes since the preview as
// Detail; Conflict "tables.confirmed" when it has been done; Blocked-like Conflict "tables.refused" for a file with
// problems; those of application.Save.
func (s *Service) Confirm(ctx context.Context, a identity.Actor, applicationID, id string, mode Mode) (out application.Saved, err error) {
	if !mode.known() {
		return out, fault.BadField("mode", "tables.mode")
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.own(tx, a, applicationID, id)
		if err != nil {
			return err
		}
		i, err := s.importOf(r, mode)
		switch {
		case err != nil:
			return err
		case i.ConfirmedAt != nil:
			return fault.New(fault.Conflict, "tables.confirmed")
		case i.Count > 0:
			return fault.New(fault.Conflict, "tables.refused")
		}
		if out, err = s.Applications.Revise(tx, a, applicationID, func(d application.Draft) (application.Content, error) {
			return i.onto(d, i.base, i.result, "tables.stale")
		}); err != nil {
			return err
		}
		if err := casework.Record(tx, a, "application.import", casework.Ref{Kind: workflows.Application.Kind, ID: applicationID}, i.record(r)); err != nil {
			return err
		}
		return confirmImport(tx, r, mode, out.Version, tx.Now().Add(undoFor))
	})
	return out, err
}

func (i Import) record(r importRow) map[string]any {
	return map[string]any{"import": r.ID, "file": r.Name, "sha256": r.Sum, "mode": string(i.Mode), "added": i.Firms.Added, "changed": i.Firms.Changed,
		"removed": i.Firms.Removed, "goals": len(i.Goals)}
}

// onto puts tables into a document whose tables still are as expected; the conflict says what differs.
func (i Import) onto(d application.Draft, expected, result tables, code string) (application.Content, error) {
	now := tablesOf(d.Content)
	since := Since{}
	if i.HasFirms {
		since.Firms = compareFirms(expected.Firms, now.Firms, nil)
	}
	if i.HasGoals {
		changes, err := compareGoals(expected.Goals, now.Goals)
		if err != nil {
			return d.Content, err
		}
		since.Goals = changes
	}
	if since.Firms.Changes() || len(since.Goals) > 0 {
		return d.Content, &fault.Error{Kind: fault.Conflict, Code: code, Detail: since}
	}
	if i.HasFirms {
		now.Firms = result.Firms
	}
	if i.HasGoals {
		now.Goals = result.Goals
	}
	return now.put(d.Content), nil
}

// Since is what has changed in the tables of an import since it was last looked at.
type Since struct {
	Firms FirmPlan
	Goals []application.Change
}

// Undo takes a confirmed import back: the tables are as before it. Errors: NotFound; Conflict "tables.not_confirmed",
// "tables.undone", or "tables.undo_changed" with what differs as Detail; those of application.Save.
func (s *Service) Undo(ctx context.Context, a identity.Actor, applicationID, id string) (out application.Saved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.own(tx, a, applicationID, id)
		if err != nil {
			return err
		}
		i, err := s.importOf(r, "")
		switch {
		case err != nil:
			return err
		case i.ConfirmedAt == nil:
			return fault.New(fault.Conflict, "tables.not_confirmed")
		case i.UndoneAt != nil:
			return fault.New(fault.Conflict, "tables.undone")
		}
		if out, err = s.Applications.Revise(tx, a, applicationID, func(d application.Draft) (application.Content, error) {
			return i.onto(d, i.result, i.base, "tables.undo_changed")
		}); err != nil {
			return err
		}
		if err := casework.Record(tx, a, "application.import_undo", casework.Ref{Kind: workflows.Application.Kind, ID: applicationID}, i.record(r)); err != nil {
			return err
		}
		return undoImport(tx, r.ID)
	})
	return out, err
}

// Rebase looks at an import again over the tables as they stand now, after a Conflict "tables.stale".
func (s *Service) Rebase(ctx context.Context, a identity.Actor, applicationID, id string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.own(tx, a, applicationID, id)
		if err != nil {
			return err
		}
		if r.ConfirmedAt != nil {
			return fault.New(fault.Conflict, "tables.confirmed")
		}
		d, err := s.Applications.Draft(tx, a, applicationID)
		if err != nil {
			return err
		}
		base, err := json.Marshal(tablesOf(d.Content))
		if err != nil {
			return fmt.Errorf("rebase import: %w", err)
		}
		return rebase(tx, r.ID, string(base))
	})
}

// Discard drops an import that is not confirmed. Errors: NotFound, Conflict "tables.confirmed".
func (s *Service) Discard(ctx context.Context, a identity.Actor, applicationID, id string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.own(tx, a, applicationID, id)
		if err != nil {
			return err
		}
		if r.ConfirmedAt != nil {
			return fault.New(fault.Conflict, "tables.confirmed")
		}
		return deleteImport(tx, r.ID)
	})
}

// Sweep deletes imports that are past their time and returns how many.
func (s *Service) Sweep(ctx context.Context) (n int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		n, err = sweepImports(tx)
		return err
	})
	return n, err
}

// Open reports whether the actor may import into an application now; errors as Upload's.
func (s *Service) Open(ctx context.Context, a identity.Actor, id string) error {
	return s.DB.View(ctx, func(tx *database.Tx) error {
		_, err := s.Applications.Draft(tx, a, id)
		return err
	})
}
