package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/database"
)

// Filter narrows the record; zero fields do not.
type Filter struct {
	ActorID, Action      string
	ObjectKind, ObjectID string
	Before               int64 // only entries with a smaller number
	Limit                int   // 1 to 200; 0 = 50
	// Except leaves out the entries about these objects, and those that name them.
	Except []string
}

// Recorded is an entry as it is kept.
type Recorded struct {
	Seq                           int64
	At                            time.Time
	ActorID, ActorName, ActorUnit string
	Action                        string
	ObjectKind, ObjectID          string
	Detail                        json.RawMessage
	RequestID, IP                 string
	Hash                          string
}

// List reads entries, the newest first. Who may read them is the caller's business: the audit
// administrator and supervision.
func List(tx *database.Tx, f Filter) ([]Recorded, error) {
	where, args := f.where()
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	var rows []row
	err := tx.Find(&rows, `SELECT seq, at, actor_id, actor_name, actor_unit, action, object_kind, object_id, detail, request_id, ip, hash
		FROM audit_entry`+where+" ORDER BY seq DESC LIMIT ?", append(args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	out := make([]Recorded, 0, len(rows))
	for _, r := range rows {
		out = append(out, Recorded{Seq: r.Seq, At: r.At, ActorID: r.ActorID, ActorName: r.ActorName, ActorUnit: r.ActorUnit, Action: r.Action,
			ObjectKind: r.ObjectKind, ObjectID: r.ObjectID, Detail: json.RawMessage(r.Detail), RequestID: r.RequestID, IP: r.IP, Hash: r.Hash})
	}
	return out, nil
}

func (f Filter) where() (string, []any) {
	var conds []string
	var args []any
	for _, is := range [][2]string{{"actor_id", f.ActorID}, {"action", f.Action}, {"object_kind", f.ObjectKind}, {"object_id", f.ObjectID}} {
		if is[1] != "" {
			conds, args = append(conds, is[0]+" = ?"), append(args, is[1])
		}
	}
	if f.Before > 0 {
		conds, args = append(conds, "seq < ?"), append(args, f.Before)
	}
	if len(f.Except) > 0 {
		conds, args = append(conds, "object_id NOT IN ?"), append(args, f.Except)
	}
	for _, id := range f.Except {
		conds, args = append(conds, "detail NOT LIKE ?"), append(args, "%"+id+"%")
	}
	if len(conds) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}
