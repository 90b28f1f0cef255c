package steering

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

const (
	// maxLines is how many cases one file holds.
	maxLines = 20_000
	// fileLife is how long a file can be fetched.
	fileLife = 7 * 24 * time.Hour
	// maxOrders is how many files one person may have at a time.
	maxOrders = 50
)

// File is a file made of a list, as its owner sees it.
type File struct {
	ID, Title, Format string
	Query             string
	Lines             int
	Size              int64 // bytes
	Ready, Refused    bool
	CreatedAt         time.Time
	ExpiresAt         time.Time
}

// Order is what a person wants in a file: a list as its address says it (FilterOf), with the
// columns named there.
type Order struct{ Kind, Title, Query, Format string }

// The kinds of list that files are made of.
const (
	KindApplications = "application"
	KindOverdue      = "overdue" // what is overdue where; for those who may urge
)

// Order asks for a file. Errors: Invalid by field; RateLimited with too many at a time.
func (s *Service) Order(ctx context.Context, a identity.Actor, o Order) (id string, err error) {
	q, err := url.ParseQuery(o.Query)
	if err != nil {
		return "", fault.BadField("query", "malformed")
	}
	if o.Format != "xlsx" && o.Format != "csv" {
		return "", fault.BadField("format", "export.format")
	}
	if o.Kind != KindApplications && (o.Kind != KindOverdue || !a.Any(Watchers()...)) {
		return "", fault.BadField("kind", "export.kind")
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		n, err := tx.Count("SELECT count(*) FROM export_file WHERE owner_id = ?", a.ID)
		if err != nil {
			return err
		}
		if n >= maxOrders {
			return fault.New(fault.RateLimited, "export.many").With("Max", fmt.Sprint(maxOrders))
		}
		id = tx.ID()
		f := fileRow{ID: id, OwnerID: a.ID, Kind: o.Kind, Title: clean(o.Title), Query: Canonical(q), Format: o.Format, Lang: a.Lang,
			Cases: "[]", CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(fileLife)}
		if err := tx.Insert("export_file", &f); err != nil {
			return err
		}
		if err := casework.Record(tx, a, "export.order", casework.Ref{Kind: "export", ID: id}, map[string]any{"query": f.Query, "format": f.Format}); err != nil {
			return err
		}
		return outbox.Put(tx, outbox.Item{Key: "export/" + id, Topic: TopicExport, Payload: exportDue{id}})
	})
	return id, err
}

type exportDue struct {
	File string `json:"file"`
}

// Build is the handler of TopicExport: it reads the list as its owner sees it at that moment
// and stores the file. A second delivery finds the file built. An owner whose account has been
// closed gets none.
func (s *Service) Build(ctx context.Context, row outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var due exportDue
	if err := json.Unmarshal([]byte(row.Payload), &due); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "malformed", Err: err}
	}
	var f fileRow
	var sheet Sheet
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		if err := tx.One(&f, "SELECT "+fileColumns+" FROM export_file WHERE id = ?", due.File); err != nil {
			return err
		}
		a, err := actorOf(tx, f.OwnerID, f.Lang)
		if err != nil {
			return err
		}
		f.Rights = rights(a)
		sheet, err = s.sheet(tx, a, f)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound): // swept meanwhile
		return nil, nil
	case fault.Is(err, fault.Forbidden):
		return refuse(due.File), nil
	case err != nil:
		return nil, fmt.Errorf("export %s: %w", due.File, err)
	}
	if f.BuiltAt != nil {
		return nil, nil
	}
	finish, err = s.keep(ctx, f, sheet)
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", f.ID, err)
	}
	return finish, nil
}

func refuse(id string) func(tx *database.Tx) error {
	return func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE export_file SET refused_at = ? WHERE id = ? AND built_at IS NULL", tx.Now(), id)
		return err
	}
}

func (s *Service) keep(ctx context.Context, f fileRow, sheet Sheet) (func(tx *database.Tx) error, error) {
	body, err := sheet.Encode(f.Format)
	if err != nil {
		return nil, err
	}
	cases, err := json.Marshal(sheet.IDs)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	key := "exports/" + f.ID + "/" + hex.EncodeToString(sum[:]) + "." + f.Format
	info, err := s.Objects.Put(ctx, key, bytes.NewReader(body), int64(len(body)), contentType(f.Format))
	if err != nil {
		return nil, err
	}
	return func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE export_file SET rights = ?, cases = ?, lines = ?, size = ?, object_key = ?, object_version = ?, built_at = ?
			WHERE id = ? AND built_at IS NULL`, f.Rights, string(cases), len(sheet.Rows), int64(len(body)), info.Key, info.Version, tx.Now(), f.ID)
		return err
	}, nil
}

func contentType(format string) string {
	if format == "csv" {
		return "text/csv; charset=utf-8"
	}
	return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

// Files lists one's own files that can still be fetched, the newest first.
func (s *Service) Files(ctx context.Context, a identity.Actor) (out []File, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var rows []fileRow
		err := tx.Find(&rows, "SELECT "+fileColumns+" FROM export_file WHERE owner_id = ? AND expires_at > ? ORDER BY id DESC LIMIT ?", a.ID, tx.Now(), maxOrders)
		for _, f := range rows {
			out = append(out, f.file())
		}
		return err
	})
	return out, err
}

func (f fileRow) file() File {
	return File{ID: f.ID, Title: f.Title, Format: f.Format, Query: f.Query, Lines: f.Lines, Size: f.Size, Ready: f.BuiltAt != nil, Refused: f.RefusedAt != nil,
		CreatedAt: f.CreatedAt, ExpiresAt: f.ExpiresAt}
}

// ReadFile describes one of one's own files; another's, or one that has expired, is NotFound.
func (s *Service) ReadFile(ctx context.Context, a identity.Actor, id string) (File, error) {
	f, err := s.own(ctx, a, id)
	return f.file(), err
}

func (s *Service) own(ctx context.Context, a identity.Actor, id string) (f fileRow, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		return tx.One(&f, "SELECT "+fileColumns+" FROM export_file WHERE id = ? AND owner_id = ? AND expires_at > ?", id, a.ID, tx.Now())
	})
	return f, err
}

// Fetch opens a file for the person who ordered it, as long as they still may see every case
// in it with the same eyes: another's is NotFound, one whose owner has lost unit, role or a
// case since is a Conflict "export.rights", one not built yet a Conflict "export.pending". The reader must be
// closed.
func (s *Service) Fetch(ctx context.Context, a identity.Actor, id string) (r io.ReadSeekCloser, f File, err error) {
	row, err := s.own(ctx, a, id)
	if err != nil {
		return nil, File{}, err
	}
	if row.BuiltAt == nil {
		return nil, File{}, fault.New(fault.Conflict, "export.pending")
	}
	if err := s.holds(ctx, a, row); err != nil {
		return nil, File{}, err
	}
	r, _, err = s.Objects.Open(ctx, row.ObjectKey, row.ObjectVersion)
	if errors.Is(err, objects.ErrUnavailable) {
		return nil, File{}, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	}
	if err != nil {
		return nil, File{}, fmt.Errorf("export %s: %w", id, err)
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		return casework.Record(tx, a, "export.fetch", casework.Ref{Kind: "export", ID: id}, map[string]any{"lines": row.Lines})
	})
	if err != nil {
		return nil, File{}, errors.Join(err, r.Close())
	}
	return r, row.file(), nil
}

// holds checks that the actor still has the rights the file was built with.
func (s *Service) holds(ctx context.Context, a identity.Actor, f fileRow) error {
	var ids []string
	if err := json.Unmarshal([]byte(f.Cases), &ids); err != nil {
		return err
	}
	if rights(a) != f.Rights {
		return fault.New(fault.Conflict, "export.rights")
	}
	return s.DB.View(ctx, func(tx *database.Tx) error {
		n, err := s.still(tx, a, f.Kind, ids)
		if err == nil && n != int64(len(ids)) {
			err = fault.New(fault.Conflict, "export.rights")
		}
		return err
	})
}

// Sweep deletes files past their time with their objects, and previews nobody started for a
// day; it returns how many files went.
func (s *Service) Sweep(ctx context.Context) (n int, err error) {
	var old []fileRow
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		return tx.Find(&old, "SELECT "+fileColumns+" FROM export_file WHERE expires_at <= ? ORDER BY expires_at, id LIMIT 200", tx.Now())
	})
	if err != nil {
		return 0, fmt.Errorf("sweep exports: %w", err)
	}
	for _, f := range old {
		if f.ObjectKey != "" {
			if err := s.Objects.Delete(ctx, f.ObjectKey, f.ObjectVersion); err != nil {
				return n, fmt.Errorf("sweep export %s: %w", f.ID, err)
			}
		}
		err := s.DB.Update(ctx, func(tx *database.Tx) error {
			_, err := tx.Exec("DELETE FROM export_file WHERE id = ?", f.ID)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("sweep export %s: %w", f.ID, err)
		}
		n++
	}
	return n, s.DB.Update(ctx, sweepPreviews)
}

func sweepPreviews(tx *database.Tx) error {
	day := tx.Now().Add(-24 * time.Hour)
	for _, sql := range []string{"DELETE FROM bulk_item WHERE run_id IN (SELECT id FROM bulk_run WHERE started_at IS NULL AND created_at < ?)",
		"DELETE FROM bulk_run WHERE started_at IS NULL AND created_at < ?"} {
		if _, err := tx.Exec(sql, day); err != nil {
			return fmt.Errorf("sweep previews: %w", err)
		}
	}
	return nil
}

// Column is one thing a list can show of an application.
type Column string

// Columns lists what a list of applications can show, in its order. The number always shows.
func Columns() []Column {
	return []Column{"number", "zone", "unit", "state", "round", "sector", "submitted", "due", "updated"}
}

// Chosen are the columns that an address names, in the order of Columns; the usual ones where
// it names none.
func Chosen(q url.Values) []Column {
	usual := map[Column]bool{"number": true, "zone": true, "unit": true, "state": true, "submitted": true, "due": true}
	if asked := columnsOf(q); len(asked) > 0 {
		usual = asked
		usual["number"] = true
	}
	var out []Column
	for _, c := range Columns() {
		if usual[c] {
			out = append(out, c)
		}
	}
	return out
}

func (s *Service) sheet(tx *database.Tx, a identity.Actor, f fileRow) (Sheet, error) {
	q, err := url.ParseQuery(f.Query)
	if err != nil {
		return Sheet{}, err
	}
	if f.Kind == KindOverdue {
		return s.lateSheet(tx, a, q)
	}
	lines, err := s.Applications.Pick(tx, a, FilterOf(q), maxLines)
	if err != nil {
		return Sheet{}, err
	}
	rounds, err := s.roundNames(tx, a.Lang)
	if err != nil {
		return Sheet{}, err
	}
	out := Sheet{Name: s.text(a.Lang, "menu.applications")}
	columns := Chosen(q)
	for _, c := range columns {
		out.Heads = append(out.Heads, s.text(a.Lang, "column."+string(c)))
	}
	for _, l := range lines {
		out.IDs = append(out.IDs, l.ID)
		cells := make([]any, 0, len(columns))
		for _, c := range columns {
			cells = append(cells, s.cell(a, l, c, rounds))
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil
}

func (s *Service) roundNames(tx *database.Tx, lang string) (map[string]string, error) {
	rounds, err := s.Book.Rounds(tx)
	out := map[string]string{}
	for _, r := range rounds {
		out[r.ID] = r.Name
		if lang == "en" && r.NameEn != "" {
			out[r.ID] = r.NameEn
		}
	}
	return out, err
}

// cell is one value of a line: texts as texts, days as dates.
func (s *Service) cell(a identity.Actor, l application.Line, c Column, rounds map[string]string) any {
	switch c {
	case "number":
		return l.Number
	case "zone":
		return l.Name
	case "unit":
		return l.UnitName
	case "state":
		return StateLabel(a, workflows.Application, l.State)
	case "round":
		return rounds[l.RoundID]
	case "sector":
		return s.sectors(a.Lang, l.Sectors)
	case "submitted":
		if l.SubmittedAt == nil {
			return ""
		}
		return workflows.DateOf(*l.SubmittedAt)
	case "due":
		if d, err := workflows.ParseDate(l.DueOn); err == nil {
			return d
		}
	case "updated":
		return workflows.DateOf(l.UpdatedAt)
	}
	return ""
}

func (s *Service) sectors(lang string, codes []string) (out string) {
	for i, code := range codes {
		if i > 0 {
			out += "、"
		}
		name := code
		if x, ok := s.Book.Sector(code); ok {
			name = x.Short.In(lang)
		}
		out += name
	}
	return out
}
