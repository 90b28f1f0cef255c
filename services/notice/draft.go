package notice

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// The bounds of what somebody without an account may leave with us before an objection is
// filed. They hold over restarts and replicas, because the database counts.
const (
	draftLife        = 24 * time.Hour
	draftsPerAddress = 10  // an hour
	draftsPerNotice  = 300 // an hour, from everywhere
	filesPerDraft    = 20  // begun, whatever becomes of them
	tokenBytes       = 32
)

// Draft is an objection that is being written: the files of it wait for Ref, which becomes the
// objection when it is filed. Only Objector, whom the token makes, may add and remove them.
type Draft struct {
	Ref      casework.Ref
	Objector identity.Actor
	Filed    bool
	id       string
}

// NewToken returns a secret that nobody can guess; whoever shows it goes on with the draft.
func NewToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return hex.EncodeToString(raw)
}

// IsToken reports whether a text has the form of a token.
func IsToken(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == tokenBytes
}

type draft struct {
	ID, NoticeID string
	TokenHash    string
	IP           string `gorm:"column:ip"`
	Files        int
	CreatedAt    time.Time
	ExpiresAt    time.Time
	FiledAt      *time.Time
}

const draftColumns = "d.id, d.notice_id, d.token_hash, d.ip, d.files, d.created_at, d.expires_at, d.filed_at"

func (d draft) draft(a identity.Actor) Draft {
	o := identity.PublicActor(a.IP)
	o.ID, o.RequestID, o.Lang = objectorID(d.ID), a.RequestID, a.Lang
	return Draft{Ref: casework.Ref{Kind: workflows.Objection.Kind, ID: d.ID}, Objector: o, Filed: d.FiledAt != nil, id: d.ID}
}

// objectorID is who has uploaded the files of a draft. No person has such an id.
func objectorID(draft string) string { return "objector-" + draft }

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// DraftOf finds the draft that a token opens for a notice; anything else is NotFound.
func (s *Service) DraftOf(ctx context.Context, a identity.Actor, noticeID, token string) (out Draft, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		d, err := draftByToken(tx, noticeID, token)
		out = d.draft(a)
		return err
	})
	return out, err
}

func draftByToken(tx *database.Tx, noticeID, token string) (d draft, err error) {
	if !IsToken(token) {
		return d, fault.Missing()
	}
	err = tx.One(&d, "SELECT "+draftColumns+" FROM objection_draft d WHERE d.token_hash = ? AND d.notice_id = ? AND d.expires_at > ?", hashOf(token), noticeID, tx.Now())
	return d, err
}

// BeginFile opens the draft of a token, a new one where there is none, for one more file.
// Errors: NotFound for an unknown notice or a token that is none; Blocked while the notice
// does not run; Conflict for a draft that has been filed; RateLimited for too many drafts from
// one address or for one notice within an hour, or too many files of one draft.
func (s *Service) BeginFile(ctx context.Context, a identity.Actor, noticeID, token string) (out Draft, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		d, err := s.beginFile(tx, a, noticeID, token)
		out = d.draft(a)
		return err
	})
	return out, err
}

func (s *Service) beginFile(tx *database.Tx, a identity.Actor, noticeID, token string) (d draft, err error) {
	if !IsToken(token) {
		return d, fault.Missing()
	}
	if err := s.running(tx, noticeID); err != nil {
		return d, err
	}
	if err := tx.Lock("objection-drafts/" + noticeID); err != nil {
		return d, err
	}
	d, err = draftByToken(tx, noticeID, token)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.newDraft(tx, a, noticeID, token)
	case err != nil:
		return d, err
	case d.FiledAt != nil:
		return d, fault.New(fault.Conflict, "objection_filed")
	case d.Files >= filesPerDraft:
		return d, fault.New(fault.RateLimited, "objection_draft_files")
	}
	return d, tx.Must("UPDATE objection_draft SET files = files + 1 WHERE id = ? AND filed_at IS NULL", d.ID)
}

func (s *Service) newDraft(tx *database.Tx, a identity.Actor, noticeID, token string) (d draft, err error) {
	hour := tx.Now().Add(-time.Hour)
	of, err := tx.Count("SELECT count(*) FROM objection_draft WHERE notice_id = ? AND created_at > ?", noticeID, hour)
	if err != nil {
		return d, fmt.Errorf("drafts of a notice: %w", err)
	}
	var from int64
	if a.IP != "" {
		if err := tx.Lock("objection-drafts-from/" + a.IP); err != nil {
			return d, err
		}
		if from, err = tx.Count("SELECT count(*) FROM objection_draft WHERE ip = ? AND created_at > ?", a.IP, hour); err != nil {
			return d, fmt.Errorf("drafts of an address: %w", err)
		}
	}
	if of >= draftsPerNotice || from >= draftsPerAddress {
		return d, fault.New(fault.RateLimited, "objection_draft_rate")
	}
	d = draft{ID: tx.ID(), NoticeID: noticeID, TokenHash: hashOf(token), IP: a.IP, Files: 1, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(draftLife)}
	return d, tx.Insert("objection_draft", &d)
}

// running refuses a notice that does not take objections now, in the words of the table.
func (s *Service) running(tx *database.Tx, noticeID string) error {
	n, err := begun(tx, noticeID)
	if err != nil {
		return err
	}
	sub, err := s.subject(tx, n.ref())
	if err != nil {
		return err
	}
	if n.phase(tx.Now()) == Current && sub.NoticeState {
		return nil
	}
	_, err = workflows.Objection.Fire(tx.Context(), workflows.Request{Action: actionFile, Roles: []workflows.Role{workflows.Public},
		Facts: map[workflows.Fact]bool{workflows.RealIdentity: true}})
	return fault.FromWorkflow(s.Kind(), err)
}

// Taking says whether an objection to a notice would be taken from an address now, before a
// large one is read. Errors: NotFound, Blocked and RateLimited of File.
func (s *Service) Taking(ctx context.Context, a identity.Actor, noticeID string) error {
	return s.DB.View(ctx, func(tx *database.Tx) error {
		if err := s.running(tx, noticeID); err != nil {
			return err
		}
		return filingsLeft(tx, a.IP)
	})
}

// Sweep forgets the drafts past their time, and with them the addresses they came from. Their
// files are staging uploads, which go by themselves.
func (s *Service) Sweep(ctx context.Context) (n int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		n, err = tx.Exec("DELETE FROM objection_draft WHERE expires_at <= ?", tx.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep drafts of objections: %w", err)
	}
	return n, nil
}
