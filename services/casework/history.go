package casework

import (
	"encoding/json"
	"fmt"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Event is one line of a case's history.
type Event struct {
	Seq       int64            `json:"seq"`
	From      workflows.State  `json:"from"`
	Action    workflows.Action `json:"action"`
	To        workflows.State  `json:"to"`
	ActorName string           `json:"actor_name"`
	ActorRole workflows.Role   `json:"actor_role"`
	ActorUnit string           `json:"actor_unit"`
	Reason    string           `json:"reason"`
	At        time.Time        `json:"at"`
	Detail    json.RawMessage  `json:"-"` // figures of the decision; for those who may see them
}

// History lists what happened to a case, oldest first.
func History(tx *database.Tx, c Ref) ([]Event, error) { return historySince(tx, c, 0) }

func historySince(tx *database.Tx, c Ref, seq int64) ([]Event, error) {
	var rows []historyRow
	err := tx.Find(&rows, `SELECT id, kind, case_id, seq, from_state, action, to_state, actor_id, actor_name, actor_role, actor_unit, reason, detail, at
		FROM case_history WHERE kind = ? AND case_id = ? AND seq > ? ORDER BY seq LIMIT 500`, string(c.Kind), c.ID, seq)
	if err != nil {
		return nil, fmt.Errorf("history of %s %s: %w", c.Kind, c.ID, err)
	}
	out := make([]Event, 0, len(rows))
	for _, r := range rows {
		out = append(out, Event{Seq: r.Seq, From: workflows.State(r.FromState), Action: workflows.Action(r.Action), To: workflows.State(r.ToState),
			ActorName: r.ActorName, ActorRole: workflows.Role(r.ActorRole), ActorUnit: r.ActorUnit, Reason: r.Reason, At: r.At, Detail: json.RawMessage(r.Detail)})
	}
	return out, nil
}

// Once runs fn unless the actor has used the key before: then it returns the first answer
// again. The same key with another request is a Conflict. An empty key always runs fn.
func Once(tx *database.Tx, actorID, key, digest string, fn func() (Outcome, error)) (Outcome, error) {
	if key == "" {
		return fn()
	}
	n, err := tx.Exec(`INSERT INTO idempotency (actor_id, idem_key, request_digest, response, created_at) VALUES (?, ?, ?, '', ?)
		ON CONFLICT (actor_id, idem_key) DO NOTHING`, actorID, key, digest, tx.Now())
	if err != nil {
		return Outcome{}, fmt.Errorf("idempotency key: %w", err)
	}
	if n == 0 {
		return again(tx, actorID, key, digest)
	}
	out, err := fn()
	if err != nil {
		return out, err
	}
	text, err := json.Marshal(out)
	if err != nil {
		return out, err
	}
	return out, tx.Must("UPDATE idempotency SET response = ? WHERE actor_id = ? AND idem_key = ?", string(text), actorID, key)
}

func again(tx *database.Tx, actorID, key, digest string) (out Outcome, err error) {
	var row struct{ RequestDigest, Response string }
	err = tx.One(&row, "SELECT request_digest, response FROM idempotency WHERE actor_id = ? AND idem_key = ?", actorID, key)
	if err != nil {
		return out, err
	}
	if row.RequestDigest != digest {
		return out, fault.New(fault.Conflict, "idempotency_reused")
	}
	return out, json.Unmarshal([]byte(row.Response), &out)
}

// ClockLabel names a clock for people.
func ClockLabel(n workflows.ClockName) workflows.Label {
	switch n {
	case workflows.ClockAcceptance:
		return workflows.Label{Zh: "受理审查期限", En: "Acceptance check"}
	case workflows.ClockCorrection:
		return workflows.Label{Zh: "补正期限", En: "Correction"}
	case workflows.ClockOpinion:
		return workflows.Label{Zh: "部门意见期限", En: "Department opinion"}
	case workflows.ClockDecision:
		return workflows.Label{Zh: "决定期限", En: "Decision"}
	case workflows.ClockNotice:
		return workflows.Label{Zh: "公示期", En: "Public notice"}
	case workflows.ClockObjection:
		return workflows.Label{Zh: "异议处理期限", En: "Objection handling"}
	case workflows.ClockInvitation:
		return workflows.Label{Zh: "应邀期限", En: "Invitation"}
	case workflows.ClockReview:
		return workflows.Label{Zh: "评分期限", En: "Scoring"}
	case workflows.ClockCertificate:
		return workflows.Label{Zh: "证书送达期限", En: "Certificate delivery"}
	case workflows.ClockValidity:
		return workflows.Label{Zh: "有效期", En: "Validity"}
	case workflows.ClockStatement:
		return workflows.Label{Zh: "陈述申辩期限", En: "Statement"}
	case workflows.ClockSelfReport:
		return workflows.Label{Zh: "自评报送期限", En: "Self-report"}
	case workflows.ClockCheck:
		return workflows.Label{Zh: "初审期限", En: "Check"}
	case workflows.ClockGrade:
		return workflows.Label{Zh: "评定期限", En: "Grading"}
	case workflows.ClockRectification:
		return workflows.Label{Zh: "整改期限", En: "Rectification"}
	case workflows.ClockRecheck:
		return workflows.Label{Zh: "复查期限", En: "Re-check"}
	case workflows.ClockReport:
		return workflows.Label{Zh: "统计报送期限", En: "Statistics report"}
	case workflows.ClockCondition:
		return workflows.Label{Zh: "条件落实期限", En: "Condition"}
	}
	return workflows.Label{Zh: string(n), En: string(n)}
}
