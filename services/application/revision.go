package application

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
)

// The bounds of what is kept of a draft's past. Saves of one person within revisionSpan are one
// state; beyond mostRevisions or mostRevisionBytes every second of the older ones goes, so that
// the far past is coarser than the last hour.
const (
	revisionSpan      = 2 * time.Minute
	mostRevisions     = 120
	newestRevisions   = 40
	mostRevisionBytes = 48 << 20
)

// Revision is an earlier saved state of a draft. Version is the draft's version that it was.
type Revision struct {
	Version  int64
	Cause    string // begin, save, restore
	Restored int64  // of a restore: the version taken back
	Person   string // id
	Name     string // of the zone
	Began    time.Time
	Saved    time.Time
	Paths    []string // what this state changed
	Content  Content  // only where one is read
}

// Revisions lists the earlier states of a draft, newest first, for its own unit alone; for
// everybody else there are none to be found.
func (s *Service) Revisions(ctx context.Context, a identity.Actor, id string) (out []Revision, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		rows, err := revisionsOf(tx, l.ID)
		for _, r := range rows {
			out = append(out, r.revision())
		}
		return err
	})
	return out, err
}

// Revision reads one earlier state with its document, for the draft's own unit.
func (s *Service) Revision(ctx context.Context, a identity.Actor, id string, version int64) (out Revision, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		out, err = revisionAt(tx, l.ID, version)
		return err
	})
	return out, err
}

// Restore takes a draft back to an earlier state, which is an ordinary save with a state of its
// own: it can be taken back in turn. seen is the draft's version that the person looked at.
// During a correction only the parts that are open go back; files are not touched. Errors: as
// Save's, NotFound for a state that is no longer kept.
func (s *Service) Restore(ctx context.Context, a identity.Actor, id string, seen, version int64) (out Saved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := tx.Lock("application/" + id); err != nil {
			return err
		}
		l, err := s.editable(tx, a, id)
		if err != nil {
			return err
		}
		rev, err := revisionAt(tx, l.ID, version)
		if err != nil {
			return err
		}
		if seen != l.Version {
			return stale(l, nil)
		}
		c, err := l.backTo(rev)
		if err != nil {
			return err
		}
		if err := l.within(c.changes, c.name); err != nil {
			return err
		}
		out, err = s.store(tx, a, l, c)
		return err
	})
	return out, err
}

func stale(l loaded, fields []ConflictField) error {
	if fields == nil {
		fields = []ConflictField{}
	}
	return fault.Stale(map[string]any{"version": l.Version, "state": l.Status, "fields": fields})
}

// backTo is the change to an earlier state, within the parts that are open.
func (l loaded) backTo(rev Revision) (c change, err error) {
	before, err := l.content()
	if err != nil {
		return c, err
	}
	c.after, c.name, c.restored = rev.Content, rev.Name, rev.Version
	open := l.openParts()
	if open.allows("*") {
		c.changes, err = Compare(before, c.after)
		return c, err
	}
	c.name = l.Name
	now, err := partsOf(before)
	if err != nil {
		return c, err
	}
	then, err := partsOf(rev.Content)
	if err != nil {
		return c, err
	}
	for part := range now {
		if open.allows(partOf(part)) {
			now[part] = then[part]
		}
	}
	text, err := json.Marshal(now)
	if err != nil {
		return c, err
	}
	after, problems := Decode(text)
	if Refused(problems) {
		return c, faultOf(problems)
	}
	c.after = after
	return c, nil
}

// partsOf are the members of a document.
func partsOf(c Content) (out map[string]json.RawMessage, err error) {
	text, err := Canonical(c)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &out)
	return out, err
}

// own loads an application for somebody of the unit that files it; for others who may read the
// case its drafts are absent.
func (s *Service) own(tx *database.Tx, a identity.Actor, id string) (loaded, error) {
	l, err := s.load(tx, a, id)
	if err != nil {
		return l, err
	}
	if !ownSide(a) {
		return l, fault.Missing()
	}
	n, err := tx.Count("SELECT count(*) FROM unit WHERE code = ? AND (code = ? OR successor = ?)", l.UnitCode, a.Unit, a.Unit)
	if err == nil && n == 0 {
		err = fault.Missing()
	}
	return l, err
}

// keepRevision records the state that a change makes, as the draft's next version. The first
// change also keeps the state it started from.
func keepRevision(tx *database.Tx, a identity.Actor, l loaded, c change, text string, paths []string) error {
	last, err := newestRevision(tx, l.ID)
	if fault.Is(err, fault.NotFound) {
		begin := revisionRow{ApplicationID: l.ID, Version: l.Version, Cause: "begin", Name: l.Name, Content: l.Content, Paths: "[]", PersonID: l.CreatedBy,
			BeganAt: l.UpdatedAt, SavedAt: l.UpdatedAt}
		if err := tx.Insert("application_revision", &begin); err != nil {
			return err
		}
		last, err = begin, nil
	}
	if err != nil {
		return err
	}
	next := revisionRow{ApplicationID: l.ID, Version: l.Version + 1, Cause: "save", Restored: c.restored, Name: c.name, Content: text, Paths: pathsText(paths),
		PersonID: a.ID, BeganAt: tx.Now(), SavedAt: tx.Now()}
	if c.restored > 0 {
		next.Cause = "restore"
	}
	if next.continues(last) {
		return replaceRevision(tx, last, next)
	}
	if err := tx.Insert("application_revision", &next); err != nil {
		return err
	}
	return thinRevisions(tx, l.ID)
}

// continues reports whether a save belongs to the state before it: the same person, at it
// still.
func (r revisionRow) continues(last revisionRow) bool {
	return r.Cause == "save" && last.Cause == "save" && r.PersonID == last.PersonID && r.BeganAt.Sub(last.BeganAt) < revisionSpan && !r.BeganAt.Before(last.BeganAt)
}

func replaceRevision(tx *database.Tx, last, next revisionRow) error {
	paths := pathsText(union(last.paths(), next.paths()))
	return tx.Must("UPDATE application_revision SET version = ?, name = ?, content = ?, paths = ?, saved_at = ? WHERE application_id = ? AND version = ?",
		next.Version, next.Name, next.Content, paths, next.SavedAt, last.ApplicationID, last.Version)
}

// thinRevisions drops every second of the older states while there are too many, or while they
// are too large together. The newest and the first always stay, and what a dropped state had
// changed is told by the one after it.
func thinRevisions(tx *database.Tx, id string) error {
	for {
		rows, err := revisionsOf(tx, id)
		if err != nil {
			return err
		}
		bytes := int64(0)
		for _, r := range rows {
			bytes += r.Size
		}
		spare := newestRevisions
		if bytes > mostRevisionBytes {
			spare = 2
		}
		if len(rows) <= mostRevisions && bytes <= mostRevisionBytes || len(rows) < spare+3 {
			return nil
		}
		for i := spare; i < len(rows)-1; i += 2 {
			if err := dropRevision(tx, rows[i], rows[i-1]); err != nil {
				return err
			}
		}
	}
}

func dropRevision(tx *database.Tx, r, newer revisionRow) error {
	if err := tx.Must("DELETE FROM application_revision WHERE application_id = ? AND version = ?", r.ApplicationID, r.Version); err != nil {
		return err
	}
	return tx.Must("UPDATE application_revision SET paths = ? WHERE application_id = ? AND version = ?", pathsText(union(r.paths(), newer.paths())), r.ApplicationID, newer.Version)
}

// mostPlaces bounds how many changed places a state names: a list that was pasted has
// thousands.
const mostPlaces = 60

func pathsText(paths []string) string {
	text, _ := json.Marshal(paths[:min(len(paths), mostPlaces)]) // strings always marshal
	return string(text)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, path := range b {
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}
