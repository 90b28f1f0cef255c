package api

import (
	"encoding/json"
	"time"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

type auditQuery struct {
	ActorID string `query:"actor_id" maxLength:"64"`
	Action  string `query:"action" maxLength:"80"`
	Kind    string `query:"object_kind" maxLength:"40"`
	Object  string `query:"object_id" maxLength:"64"`
	Before  int64  `query:"before" minimum:"0" doc:"next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type auditLine struct {
	Seq        int64           `json:"seq"`
	At         time.Time       `json:"at"`
	ActorID    string          `json:"actor_id"`
	ActorName  string          `json:"actor_name"`
	ActorUnit  string          `json:"actor_unit"`
	Action     string          `json:"action"`
	ObjectKind string          `json:"object_kind"`
	ObjectID   string          `json:"object_id"`
	Detail     json.RawMessage `json:"detail"`
	RequestID  string          `json:"request_id"`
	IP         string          `json:"ip"`
	Hash       string          `json:"hash" doc:"of this entry and, through the one before, of all before it"`
}

type auditBody struct {
	Items []auditLine `json:"items" doc:"newest first"`
	Next  int64       `json:"next,omitempty"`
}

// auditEntries lets the audit administrator and supervision read the record.
func (a *API) auditEntries(c *call, in *auditQuery) (*reply[auditBody], error) {
	if !c.actor.Any(workflows.Auditor, workflows.Supervision) {
		return nil, fault.New(fault.Forbidden, "forbidden")
	}
	var out auditBody
	err := a.DB.View(c.ctx, func(tx *database.Tx) error {
		hidden, err := review.HiddenFrom(tx, c.actor.ID)
		if err != nil {
			return err
		}
		found, err := audit.List(tx, audit.Filter{Except: hidden, ActorID: in.ActorID, Action: in.Action, ObjectKind: in.Kind, ObjectID: in.Object, Before: in.Before, Limit: in.Limit})
		out.Items = each(found, auditOf)
		if len(found) == in.Limit {
			out.Next = found[len(found)-1].Seq
		}
		return err
	})
	return &reply[auditBody]{Body: out}, err
}

func auditOf(r audit.Recorded) auditLine {
	return auditLine{Seq: r.Seq, At: r.At.UTC(), ActorID: r.ActorID, ActorName: r.ActorName, ActorUnit: r.ActorUnit, Action: r.Action, ObjectKind: r.ObjectKind,
		ObjectID: r.ObjectID, Detail: rawOf(r.Detail), RequestID: r.RequestID, IP: r.IP, Hash: r.Hash}
}
