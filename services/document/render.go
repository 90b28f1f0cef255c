package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
)

const pdfType = "application/pdf"

// due is the payload of TopicDocument.
type due struct {
	ID string `json:"id"`
}

// Render prints the paper that a row of TopicDocument asks for, stores it and returns what
// records it. The stored content gives the same bytes under the same key, so that a second
// run finds the first one's object; a paper that is recorded is left alone.
func (s *Service) Render(ctx context.Context, job outbox.Row) (finish func(tx *database.Tx) error, err error) {
	var d due
	if err := json.Unmarshal([]byte(job.Payload), &d); err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	var r row
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err = byID(tx, d.ID)
		return err
	})
	if err != nil || r.RenderedAt != nil {
		return nil, err
	}
	if finish, err = s.print(ctx, r); err != nil {
		return nil, fmt.Errorf("document %s: %w", r.Number, err)
	}
	return finish, nil
}

func (s *Service) print(ctx context.Context, r row) (func(tx *database.Tx) error, error) {
	letter, err := r.letter()
	if err != nil {
		return nil, err
	}
	body, err := s.press(letter)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	info, err := objects.Keep(ctx, s.Objects, "documents/"+r.ID+"/"+digest+".pdf", body, pdfType)
	if err != nil {
		return nil, err
	}
	return func(tx *database.Tx) error {
		n, err := tx.Exec(`UPDATE document SET object_key = ?, object_version = ?, sha256 = ?, size = ?, rendered_at = ? WHERE id = ? AND rendered_at IS NULL`,
			info.Key, info.Version, digest, int64(len(body)), tx.Now(), r.ID)
		if err != nil || n == 0 {
			return err
		}
		return casework.Record(tx, identity.SystemActor(), "document.print", r.ref(), map[string]any{"document": r.ID, "number": r.Number, "sha256": digest})
	}, nil
}

func (r row) letter() (l paper.LetterData, err error) {
	err = json.Unmarshal([]byte(r.Content), &l)
	return l, err
}

// Open opens the printed paper for those who may read it. Before it is printed it is
// Unavailable. The reader reads as long as ctx is not done and must be closed.
func (s *Service) Open(ctx context.Context, a identity.Actor, id string) (reader io.ReadSeekCloser, name string, size int64, err error) {
	r, err := s.one(ctx, a, id)
	if err != nil {
		return nil, "", 0, err
	}
	if r.RenderedAt == nil {
		return nil, "", 0, fault.New(fault.Unavailable, "document.pending")
	}
	reader, info, err := s.Objects.Open(ctx, r.ObjectKey, r.ObjectVersion)
	switch {
	case errors.Is(err, objects.ErrUnavailable):
		return nil, "", 0, &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: err}
	case err != nil:
		return nil, "", 0, fmt.Errorf("document %s: %w", r.Number, err)
	}
	return reader, r.fileName("pdf"), info.Size, nil
}

// Docx makes the paper as an Office Open XML document, for those who may read it: a working
// copy that says so; the PDF is the original.
func (s *Service) Docx(ctx context.Context, a identity.Actor, id string) (body []byte, name string, err error) {
	r, err := s.one(ctx, a, id)
	if err != nil {
		return nil, "", err
	}
	letter, err := r.letter()
	if err != nil {
		return nil, "", err
	}
	body, err = docx(letter, r.SHA256)
	return body, r.fileName("docx"), err
}

// Paper reads one paper that the actor may read.
func (s *Service) Paper(ctx context.Context, a identity.Actor, id string) (Paper, error) {
	r, err := s.one(ctx, a, id)
	return r.face(a), err
}

func (s *Service) one(ctx context.Context, a identity.Actor, id string) (r row, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		r, err = s.load(tx, a, id)
		return err
	})
	return r, err
}

func (r row) fileName(ending string) string { return r.Number + " " + r.Title + "." + ending }

// Public is what anybody learns who holds the code of a paper, or the number of a published one.
type Public struct {
	Number, Title, Issuer, Addressee string
	SHA256                           string
	IssuedAt                         time.Time
	Void                             bool
	VoidedAt                         *time.Time
	Demo                             bool
	ByCode                           bool
}

// Check tells whether a paper is genuine and valid. It takes the code on the paper, or the
// number of a paper that is published; anything else is NotFound.
func (s *Service) Check(ctx context.Context, asked string) (out Public, err error) {
	asked = paper.TypedNumber(asked)
	if asked == "" || len(asked) > 200 || strings.ContainsFunc(asked, func(r rune) bool { return r < ' ' || r == 0xFFFD }) {
		return out, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		var r row
		err := tx.One(&r, "SELECT "+columns+" FROM document d WHERE d.check_code = ? OR d.number = ? AND d.kind IN ('notice', 'accreditation') ORDER BY d.voided_at IS NOT NULL, d.id DESC LIMIT 1",
			strings.ToUpper(asked), asked)
		if err != nil {
			return err
		}
		letter, err := r.letter()
		out = Public{Number: r.Number, Title: r.Title, Issuer: letter.Issuer, Addressee: letter.Addressee, SHA256: r.SHA256, IssuedAt: r.IssuedAt,
			Void: r.VoidedAt != nil, VoidedAt: r.VoidedAt, Demo: r.Demo, ByCode: r.Number != asked}
		return err
	})
	return out, err
}
