package api

import (
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/notice"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

type objectionBody struct {
	ID           string              `json:"id"`
	Number       string              `json:"number"`
	State        stateBody           `json:"state"`
	Version      int64               `json:"version"`
	Subject      refBody             `json:"subject"`
	Title        string              `json:"title" doc:"of the notice"`
	NoticeID     string              `json:"notice_id"`
	NoticeNumber string              `json:"notice_number"`
	ObjectorKind notice.ObjectorKind `json:"objector_kind"`
	Name         string              `json:"name"`
	Contact      string              `json:"contact,omitempty" doc:"the commission only"`
	Text         string              `json:"text"`
	Findings     string              `json:"findings"`
	Result       string              `json:"result"`
	HandledBy    string              `json:"handled_by"`
	DecidedBy    string              `json:"decided_by"`
	FiledAt      time.Time           `json:"filed_at"`
	UpdatedAt    time.Time           `json:"updated_at"`
	Course
}

func objectionOf(lang wording.Lang, v notice.View) objectionBody {
	kind := workflows.Objection.Kind
	return objectionBody{ID: v.ID, Number: v.Number, State: stateOf(kind, v.State), Version: v.Version, Subject: refOf(v.Subject), Title: v.Title,
		NoticeID: v.NoticeID, NoticeNumber: v.NoticeNumber, ObjectorKind: v.ObjectorKind, Name: v.Name, Contact: v.Contact, Text: v.Body, Findings: v.Findings,
		Result: v.Result, HandledBy: v.HandledBy, DecidedBy: v.DecidedBy, FiledAt: v.FiledAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(),
		Course: courseOf(lang, kind, v.Clocks, v.History, v.Choices)}
}

func (a *API) objection(c *call, in *oneInput) (*reply[objectionBody], error) {
	v, err := a.Notices.View(c.ctx, c.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &reply[objectionBody]{ETag: etag(v.Version), Body: objectionOf(c.lang, v)}, nil
}

// objectionsOf lists the objections of a case that the caller may read.
func (a *API) objectionsOf(kind workflows.Kind, may reading) func(*call, *oneInput) (*reply[list[objectionBody]], error) {
	return func(c *call, in *oneInput) (out *reply[list[objectionBody]], err error) {
		err = a.DB.View(c.ctx, func(tx *database.Tx) error {
			if err := may.Reading(tx, c.actor, in.ID); err != nil {
				return err
			}
			found, err := a.Notices.Objections(tx, c.actor, casework.Ref{Kind: kind, ID: in.ID})
			out = page(each(found, func(v notice.View) objectionBody { return objectionOf(c.lang, v) }), "")
			return err
		})
		return out, err
	}
}

// noticesOf lists the public notices of a case that the caller may read.
func (a *API) noticesOf(kind workflows.Kind, may reading) func(*call, *oneInput) (*reply[list[noticeBody]], error) {
	return func(c *call, in *oneInput) (out *reply[list[noticeBody]], err error) {
		err = a.DB.View(c.ctx, func(tx *database.Tx) error {
			if err := may.Reading(tx, c.actor, in.ID); err != nil {
				return err
			}
			found, err := a.Notices.ForSubject(tx, casework.Ref{Kind: kind, ID: in.ID})
			out = page(each(found, noticeOf), "")
			return err
		})
		return out, err
	}
}
