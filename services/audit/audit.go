// Package audit keeps the hash-chained, append-only record of every change and every access
// that the rules want recorded. It owns the chain and its check; it does not know what the
// entries mean.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"clusterzone/services/database"
)

// Entry is one line of the record; Detail is stored as canonical JSON.
type Entry struct {
	ActorID, ActorName, ActorUnit string
	Action                        string // e.g. application.sign, session.open
	ObjectKind, ObjectID          string
	Detail                        any
	RequestID, IP                 string
}

type row struct {
	Seq                           int64
	At                            time.Time
	ActorID, ActorName, ActorUnit string
	Action, ObjectKind, ObjectID  string
	Detail, RequestID             string
	IP                            string `gorm:"column:ip"`
	PrevHash, Hash                string
}

// Genesis is the previous hash of the first entry.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Append records an entry in the same transaction as what it records. The chain is extended
// as the last step before the commit, so that its lock is held no longer than needed.
func Append(tx *database.Tx, e Entry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	r := row{At: tx.Now(), ActorID: e.ActorID, ActorName: e.ActorName, ActorUnit: e.ActorUnit, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: e.ObjectID, Detail: string(detail), RequestID: e.RequestID, IP: e.IP}
	tx.BeforeCommit(func(tx *database.Tx) error { return extend(tx, r) })
	return nil
}

func extend(tx *database.Tx, r row) error {
	if err := tx.Lock("audit"); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	var last []row
	if err := tx.Find(&last, "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	r.Seq, r.PrevHash = 1, Genesis
	if len(last) == 1 {
		r.Seq, r.PrevHash = last[0].Seq+1, last[0].Hash
	}
	r.Hash = r.digest()
	if err := tx.Insert("audit_entry", &r); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// digest covers every column; each is preceded by its length, so that no text can be moved
// from one column into the next unseen.
func (r row) digest() string {
	h := sha256.New()
	for _, s := range []string{strconv.FormatInt(r.Seq, 10), strconv.FormatInt(r.At.UnixMicro(), 10), r.ActorID, r.ActorName,
		r.ActorUnit, r.Action, r.ObjectKind, r.ObjectID, r.Detail, r.RequestID, r.IP, r.PrevHash} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}
