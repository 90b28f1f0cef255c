package document

import (
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

type templateRow struct {
	Kind, Content        string
	No                   int
	Version              int64
	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	PublishedBy          *string
	PublishedAt          *time.Time
}

const templateColumns = "kind, no, content, version, created_by, created_at, updated_at, published_by, published_at"

func (r templateRow) face() (TemplateVersion, error) {
	t, err := decodeTemplate(r.Content)
	if err != nil {
		return TemplateVersion{}, fmt.Errorf("template %s %d: %w", r.Kind, r.No, err)
	}
	v := TemplateVersion{Kind: Kind(r.Kind), No: r.No, Template: t, Version: r.Version, CreatedBy: r.CreatedBy, UpdatedAt: r.UpdatedAt, PublishedAt: r.PublishedAt}
	if r.PublishedBy != nil {
		v.PublishedBy = *r.PublishedBy
	}
	return v, nil
}

func seedTemplate(tx *database.Tx, k Kind, text string) error {
	_, err := tx.Exec(`INSERT INTO document_template (kind, no, content, version, created_by, created_at, updated_at, published_by, published_at)
		VALUES (?, 1, ?, 1, 'system', ?, ?, 'system', ?) ON CONFLICT (kind, no) DO NOTHING`, string(k), text, tx.Now(), tx.Now(), tx.Now())
	return err
}

func templates(tx *database.Tx) ([]TemplateVersion, error) {
	var rows []templateRow
	if err := tx.Find(&rows, "SELECT "+templateColumns+" FROM document_template ORDER BY kind, no DESC LIMIT 500"); err != nil {
		return nil, err
	}
	out := make([]TemplateVersion, 0, len(rows))
	for _, r := range rows {
		v, err := r.face()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func templateOf(tx *database.Tx, k Kind, no int) (v TemplateVersion, err error) {
	var r templateRow
	if err = tx.One(&r, "SELECT "+templateColumns+" FROM document_template WHERE kind = ? AND no = ?", string(k), no); err != nil {
		return v, err
	}
	return r.face()
}

// inForce is the newest published version of a kind.
func inForce(tx *database.Tx, k Kind) (v TemplateVersion, err error) {
	var r templateRow
	if err = tx.One(&r, "SELECT "+templateColumns+" FROM document_template WHERE kind = ? AND published_at IS NOT NULL ORDER BY no DESC LIMIT 1", string(k)); err != nil {
		return v, err
	}
	return r.face()
}

// saveDraft changes the one unpublished version of a kind, or starts it.
func saveDraft(tx *database.Tx, a identity.Actor, k Kind, t Template, seen int64) (v TemplateVersion, err error) {
	text, err := marshal(t)
	if err != nil {
		return v, err
	}
	var newest templateRow
	if err = tx.One(&newest, "SELECT "+templateColumns+" FROM document_template WHERE kind = ? ORDER BY no DESC LIMIT 1", string(k)); err != nil {
		return v, err
	}
	if newest.PublishedAt != nil {
		if seen != 0 {
			return v, fault.Stale(map[string]any{"version": newest.Version})
		}
		_, err = tx.Exec(`INSERT INTO document_template (kind, no, content, version, created_by, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?)`,
			string(k), newest.No+1, text, a.ID, tx.Now(), tx.Now())
		if err != nil {
			return v, err
		}
		return templateOf(tx, k, newest.No+1)
	}
	if seen != newest.Version {
		return v, fault.Stale(map[string]any{"version": newest.Version})
	}
	err = tx.Must(`UPDATE document_template SET content = ?, version = version + 1, created_by = ?, updated_at = ?
		WHERE kind = ? AND no = ? AND version = ? AND published_at IS NULL`, text, a.ID, tx.Now(), string(k), newest.No, seen)
	if err != nil {
		return v, err
	}
	return templateOf(tx, k, newest.No)
}

// row is a paper as stored.
type row struct {
	ID, Kind               string
	TemplateNo             int
	Number, Title          string
	SubjectKind, SubjectID string
	Cycle                  int
	Content, CheckCode     string
	ObjectKey              string
	ObjectVersion          string
	SHA256                 string `gorm:"column:sha256"`
	Size                   int64
	Demo                   bool
	IssuedBy               string
	IssuedAt               time.Time
	RenderedAt             *time.Time
	VoidReason             string
	VoidedBy               *string
	VoidedAt               *time.Time
}

const columns = `d.id, d.kind, d.template_no, d.number, d.title, d.subject_kind, d.subject_id, d.cycle, d.content, d.check_code, d.object_key,
	d.object_version, d.sha256, d.size, d.demo, d.issued_by, d.issued_at, d.rendered_at, d.void_reason, d.voided_by, d.voided_at`

func (r row) ref() casework.Ref {
	return casework.Ref{Kind: workflows.Kind(r.SubjectKind), ID: r.SubjectID}
}

func (r row) face(a identity.Actor) Paper {
	return Paper{ID: r.ID, Number: r.Number, Title: r.Title, Kind: Kind(r.Kind), Case: r.ref(), TemplateNo: r.TemplateNo, CheckCode: r.CheckCode,
		SHA256: r.SHA256, Size: r.Size, IssuedBy: r.IssuedBy, IssuedAt: r.IssuedAt, Printed: r.RenderedAt != nil, Demo: r.Demo, Void: r.VoidedAt != nil,
		VoidReason: r.VoidReason, VoidedAt: r.VoidedAt, MayVoid: r.VoidedAt == nil && a.Has(workflows.Director)}
}

func ofCase(tx *database.Tx, ref casework.Ref) (rows []row, err error) {
	err = tx.Find(&rows, "SELECT "+columns+" FROM document d WHERE d.subject_kind = ? AND d.subject_id = ? ORDER BY d.issued_at DESC, d.id DESC LIMIT 200",
		string(ref.Kind), ref.ID)
	return rows, err
}

func byID(tx *database.Tx, id string) (r row, err error) {
	err = tx.One(&r, "SELECT "+columns+" FROM document d WHERE d.id = ?", id)
	return r, err
}

func live(tx *database.Tx, k Kind, ref casework.Ref, cycle int) (bool, error) {
	n, err := tx.Count("SELECT count(*) FROM document WHERE kind = ? AND subject_kind = ? AND subject_id = ? AND cycle = ? AND voided_at IS NULL",
		string(k), string(ref.Kind), ref.ID, cycle)
	return n > 0, err
}
