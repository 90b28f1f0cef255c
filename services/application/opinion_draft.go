package application

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// OpinionDraft is an opinion while it is written. It may be incomplete and wrong in every
// respect but its size.
type OpinionDraft struct {
	Stance     string            `json:"stance"`
	Grounds    string            `json:"grounds"`
	Conditions []condition.Draft `json:"conditions"`
}

// SavedDraft is a draft as it stands: who saved it last, and when. Version 0 is none yet.
type SavedDraft struct {
	Draft   OpinionDraft
	Version int64
	Person  string // name
	At      time.Time
}

// SaveDraft keeps what is typed of an opinion, for everybody on whose desk the opinion is.
// version is that of the draft the typing started from; an older one is a Conflict with the
// SavedDraft, unless both say the same. Errors: Forbidden off the desk, Conflict once given.
func (o *Opinions) SaveDraft(ctx context.Context, a identity.Actor, id string, version int64, d OpinionDraft) (newVersion int64, err error) {
	err = o.s.DB.Update(ctx, func(tx *database.Tx) error {
		r, _, err := o.load(tx, a, id)
		if err != nil {
			return err
		}
		if err := writable(a, r); err != nil {
			return err
		}
		if problems := d.tooLarge(); len(problems) > 0 {
			return fault.Bad(problems...)
		}
		newVersion, err = putDraft(tx, a, r.ID, version, d)
		return err
	})
	return newVersion, err
}

// writable tells whether the actor can write the opinion now.
func writable(a identity.Actor, r opinionRow) error {
	row, open := workflows.Opinion.Row(workflows.State(r.Status), "give")
	switch {
	case !open:
		return fault.New(fault.Conflict, "no_transition")
	case !a.Any(row.Roles...) || !onDesk(a, r):
		return fault.New(fault.Forbidden, "forbidden")
	}
	return nil
}

// onDesk: an opinion lies with the asked department, or with the colleague it was handed to;
// where the commission itself is asked, with any officer.
func onDesk(a identity.Actor, r opinionRow) bool {
	return r.UnitCode == a.Unit && (r.AssigneeID == nil || *r.AssigneeID == a.ID || a.Commission())
}

func (d OpinionDraft) tooLarge() (out []fault.Field) {
	check := func(path, text string) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > maxOpinion {
			out = append(out, fault.BadField(path, "opinion.text", "Max", strconv.Itoa(maxOpinion)).Fields...)
		}
	}
	check("data.stance", d.Stance)
	check("data.grounds", d.Grounds)
	if len(d.Conditions) > condition.Most {
		return append(out, fault.BadField("data.conditions", "condition.many", "Max", strconv.Itoa(condition.Most)).Fields...)
	}
	for i, c := range d.Conditions {
		path := fmt.Sprintf("data.conditions[%d].", i)
		for name, text := range map[string]string{"text": c.Text, "proof": c.Proof, "moment": string(c.Moment), "due_on": c.DueOn, "responsible": c.Responsible} {
			check(path+name, text)
		}
	}
	return out
}

func putDraft(tx *database.Tx, a identity.Actor, id string, version int64, d OpinionDraft) (int64, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return 0, err
	}
	saved, err := draftRow(tx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		if _, err := tx.Exec(`INSERT INTO opinion_draft (opinion_id, content, version, person_id, saved_at) VALUES (?, ?, 1, ?, ?)`, id, string(text), a.ID, tx.Now()); err != nil {
			return 0, err
		}
		return 1, nil
	case err != nil:
		return 0, err
	case saved.Content == string(text):
		return saved.Version, nil
	case saved.Version != version:
		draft, err := saved.draft()
		if err != nil {
			return 0, err
		}
		return 0, fault.Stale(draft).With("Version", strconv.FormatInt(saved.Version, 10))
	}
	err = tx.Must("UPDATE opinion_draft SET content = ?, version = version + 1, person_id = ?, saved_at = ? WHERE opinion_id = ? AND version = ?",
		string(text), a.ID, tx.Now(), id, version)
	return version + 1, err
}

// Draft reads what is typed of an opinion so far; those off its desk read nothing.
func (o *Opinions) Draft(ctx context.Context, a identity.Actor, id string) (out SavedDraft, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		r, _, err := o.load(tx, a, id)
		if err != nil || writable(a, r) != nil {
			return err
		}
		saved, err := draftRow(tx, r.ID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		out, err = saved.draft()
		return err
	})
	return out, err
}

func (r savedRow) draft() (SavedDraft, error) {
	out := SavedDraft{Version: r.Version, Person: r.Name, At: r.SavedAt}
	if err := json.Unmarshal([]byte(r.Content), &out.Draft); err != nil {
		return out, fmt.Errorf("draft of an opinion: %w", err)
	}
	return out, nil
}
