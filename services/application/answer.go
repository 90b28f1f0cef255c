package application

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Answer is what the unit says to one correction item. Seen is the version of the item that
// was read; an answer that is not done yet may be empty.
type Answer struct {
	Text string
	Done bool
	Seen int64
}

// AnswerItem stores the unit's answer to one item of the newest correction notice and returns
// the item's new version. What changes nothing goes through whatever was seen. Errors:
// NotFound, Forbidden, Invalid by field, Conflict "not_editable" or "stale", the latter with
// both answers.
func (s *Service) AnswerItem(ctx context.Context, a identity.Actor, id, itemID string, in Answer) (version int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := tx.Lock("application/" + id); err != nil {
			return err
		}
		l, err := s.editable(tx, a, id)
		if err != nil {
			return err
		}
		if l.Status != "correction" {
			return notEditable(l)
		}
		version, err = putAnswer(tx, a, l, itemID, in)
		return err
	})
	return version, err
}

func putAnswer(tx *database.Tx, a identity.Actor, l loaded, itemID string, in Answer) (int64, error) {
	least := 0
	if in.Done {
		least = 2
	}
	if err := words("answer", in.Text, least); err != nil {
		return 0, err
	}
	it, err := openItem(tx, l.ID, itemID)
	if err != nil {
		return 0, err
	}
	in.Text = strings.TrimSpace(in.Text)
	switch {
	case it.Answer == in.Text && it.Done == in.Done:
		return it.Version, nil
	case it.Version != in.Seen:
		return 0, staleAnswer(it, in)
	}
	err = tx.Must(`UPDATE correction_item SET answer = ?, done = ?, answered_by = ?, answered_at = ?, version = version + 1 WHERE id = ? AND version = ?`,
		in.Text, in.Done, a.ID, tx.Now(), it.ID, it.Version)
	if err != nil {
		return 0, err
	}
	return it.Version + 1, casework.Record(tx, a, "application.answer", refOf(l.ID), map[string]any{"item": itemID, "done": in.Done, "answer": in.Text,
		"item_version": it.Version + 1})
}

// openItem is one item of the newest notice; any other is NotFound.
func openItem(tx *database.Tx, id, itemID string) (itemRow, error) {
	items, err := itemsOf(tx, id)
	if err != nil {
		return itemRow{}, err
	}
	i := slices.IndexFunc(items, func(it itemRow) bool { return it.ID == itemID })
	if i < 0 {
		return itemRow{}, fault.Missing()
	}
	return items[i], nil
}

func staleAnswer(it itemRow, in Answer) error {
	fields := []ConflictField{{Path: "answer", Mine: rawOf(in.Text), Theirs: rawOf(it.Answer)}}
	if it.Done != in.Done {
		fields = append(fields, ConflictField{Path: "done", Mine: rawOf(strconv.FormatBool(in.Done)), Theirs: rawOf(strconv.FormatBool(it.Done))})
	}
	return fault.Stale(map[string]any{"version": it.Version, "state": "correction", "fields": fields})
}

// answerPrefix marks the slots in which files lie that belong to the answer to one item.
const answerPrefix = "answer-"

// AnswerSlot is the slot of the files that belong to the answer to one correction item.
func AnswerSlot(itemID string) string { return answerPrefix + itemID }

// AnswerItemOf is the correction item that a slot belongs to; not ok for a slot of the rule set.
func AnswerItemOf(slot string) (itemID string, ok bool) { return strings.CutPrefix(slot, answerPrefix) }

// answerSlot describes the slot of an item's files while the item may be answered.
func (s *Service) answerSlot(tx *database.Tx, l loaded, slot, itemID string) (attachment.Slot, error) {
	if l.Status != "correction" {
		return attachment.Slot{}, notEditable(l)
	}
	if _, err := openItem(tx, l.ID, itemID); err != nil {
		return attachment.Slot{}, fault.BadField("slot", "slot.unknown")
	}
	return attachment.Slot{Code: slot, Formats: []string{"pdf", "jpg", "png", "docx", "xlsx"}, MaxBytes: 20 << 20, MaxFiles: 3}, nil
}

// SentBack is why the leader did not sign, until the filler hands in again.
type SentBack struct {
	Reason string
	Parts  []string // which parts it is about; may be empty
	By     string   // name
	At     time.Time
}

// planSendBack keeps with the reason which parts it is about.
func planSendBack(data json.RawMessage) (plan, error) {
	var in struct {
		Parts []string `json:"parts"`
	}
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	for _, p := range in.Parts {
		if !slices.Contains(append(Parts(), "materials"), p) {
			return plan{}, fault.BadField("data.parts", "part.unknown")
		}
	}
	if len(in.Parts) == 0 {
		return plan{}, nil
	}
	slices.Sort(in.Parts)
	return plan{detail: map[string]any{"parts": slices.Compact(in.Parts)}}, nil
}

// sentBackOf is the leader's refusal where that is the last thing that happened to the case.
func sentBackOf(history []casework.Event) *SentBack {
	if len(history) == 0 || history[len(history)-1].Action != "send_back" {
		return nil
	}
	e := history[len(history)-1]
	out := &SentBack{Reason: e.Reason, By: e.ActorName, At: e.At}
	var detail struct {
		Parts []string `json:"parts"`
	}
	if json.Unmarshal(e.Detail, &detail) == nil { // written by us; an unreadable one names no part
		out.Parts = detail.Parts
	}
	return out
}

// fillSigning tells the unit what its leader sent back, and everybody who reads the reason of
// a withdrawal that one has been asked for.
func (s *Service) fillSigning(_ *database.Tx, a identity.Actor, l loaded, v *View) error {
	state, _ := workflows.Application.State(v.State)
	if ownSide(a) && state.Editable {
		v.SentBack = sentBackOf(v.History)
	}
	v.WithdrawalAsked = l.WithdrawalAsked && !state.Final && (ownSide(a) || a.Commission() || a.Has(workflows.Supervision))
	return nil
}

// DigestOf is the digest over a document and its files as a signature would make it.
func DigestOf(name string, c Content, files []attachment.Attachment) (string, error) {
	text, err := Canonical(c)
	if err != nil {
		return "", err
	}
	return versionRow{Content: string(text), Files: canonicalFiles(files)}.digest(name), nil
}

// ItemFor finds the item of a correction notice that a changed place belongs to: the field
// itself or what contains it, then the part as a whole; -1 where the notice opened the part
// for another field. Path is a field, or materials[slot] for a file.
func ItemFor(items []CorrectionItem, slots []policy.Slot, path string) int {
	if slot, ok := strings.CutPrefix(path, "materials["); ok {
		return itemForSlot(items, slots, strings.TrimSuffix(slot, "]"))
	}
	best, length := -1, -1
	for i, it := range items {
		if it.AnchorKind == "field" && (liesIn(path, it.Anchor) || liesIn(it.Anchor, path)) && len(it.Anchor) > length {
			best, length = i, len(it.Anchor)
		}
	}
	if best >= 0 {
		return best
	}
	return slices.IndexFunc(items, func(it CorrectionItem) bool { return it.AnchorKind == "clarification" && it.Anchor == partOf(path) })
}

func itemForSlot(items []CorrectionItem, slots []policy.Slot, slot string) int {
	if item, ok := AnswerItemOf(slot); ok {
		return slices.IndexFunc(items, func(it CorrectionItem) bool { return it.ID == item })
	}
	if i := slices.IndexFunc(items, func(it CorrectionItem) bool { return it.AnchorKind == "slot" && it.Anchor == slot }); i >= 0 {
		return i
	}
	part := "materials"
	if i := slices.IndexFunc(slots, func(x policy.Slot) bool { return x.Code == slot }); i >= 0 {
		part = partCode(slots[i].Clarification)
	}
	return slices.IndexFunc(items, func(it CorrectionItem) bool {
		return it.AnchorKind == "clarification" && it.Anchor == part || it.AnchorKind == "field" && partOf(it.Anchor) == part
	})
}

// liesIn reports whether a place is another or lies in it.
func liesIn(place, in string) bool {
	rest, ok := strings.CutPrefix(place, in)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
