package policy

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// NewRound is what an officer gives to open a filing window.
type NewRound struct {
	Code, Name, NameEn string
	OpensAt, ClosesAt  time.Time
	Quota              int // 0: the rule set's
}

var roundCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{1,30}$`)

// OpenRound announces a round under the newest rule set. Only an officer or director of the
// commission may; a code that is taken is a Conflict.
func (b *Book) OpenRound(ctx context.Context, db *database.DB, a identity.Actor, n NewRound) (out Round, err error) {
	if !a.Any(workflows.Officer, workflows.Director) {
		return out, fault.New(fault.Forbidden, "forbidden")
	}
	if err := n.check(); err != nil {
		return out, err
	}
	err = db.Update(ctx, func(tx *database.Tx) error {
		taken, err := tx.Count("SELECT count(*) FROM round WHERE code = ?", n.Code)
		if err != nil {
			return err
		}
		if taken > 0 {
			return fault.New(fault.Conflict, "duplicate")
		}
		id, rules, err := b.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		if n.Quota == 0 {
			n.Quota = rules.Filing.Quota.Value
		}
		out, err = b.PutRound(tx, Round{Code: n.Code, Name: n.Name, NameEn: n.NameEn, Year: n.OpensAt.Year(), OpensAt: n.OpensAt, ClosesAt: n.ClosesAt,
			Quota: n.Quota, RuleSetID: id})
		if err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{ActorID: a.ID, ActorName: a.Name, ActorUnit: a.Unit, Action: "round.open", ObjectKind: "round", ObjectID: out.ID,
			RequestID: a.RequestID, IP: a.IP, Detail: map[string]any{"code": out.Code, "opens_at": out.OpensAt, "closes_at": out.ClosesAt, "quota": out.Quota}})
	})
	return out, err
}

func (n *NewRound) check() error {
	n.Name, n.NameEn = strings.TrimSpace(n.Name), strings.TrimSpace(n.NameEn)
	var bad []fault.Field
	for path, text := range map[string]string{"name": n.Name, "name_en": n.NameEn} {
		if c := utf8.RuneCountInString(text); c < 2 || c > 80 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			bad = append(bad, fault.Field{Path: path, Code: "round.name"})
		}
	}
	if !roundCode.MatchString(n.Code) {
		bad = append(bad, fault.Field{Path: "code", Code: "round.code"})
	}
	if n.Quota < 0 || n.Quota > 100 {
		bad = append(bad, fault.Field{Path: "quota", Code: "round.quota"})
	}
	if !n.OpensAt.Before(n.ClosesAt) || n.ClosesAt.Sub(n.OpensAt) > 366*24*time.Hour || n.OpensAt.Year() < 2016 || n.OpensAt.Year() > 2100 {
		bad = append(bad, fault.Field{Path: "closes_at", Code: "round.window"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}
