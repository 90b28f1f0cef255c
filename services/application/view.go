package application

import (
	"context"
	"encoding/json"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// View is an application as one person sees it.
type View struct {
	ID, Number, Name string
	Unit, RoundID    string
	RoundName        string
	RoundNameEn      string
	RuleSetID        string
	State            workflows.State
	Version          int64
	Content          Content
	Working          bool // the content is the draft, not the submitted version
	SubmittedNo      int
	Digest           string // of the submitted version shown
	SubmittedAt      *time.Time
	AcceptedAt       *time.Time
	DecidedAt        *time.Time
	DocumentNumber   string
	Demo             bool
	OpenParts        []string
	Files            []attachment.Attachment
	Slots            []policy.Slot
	Problems         []Problem // of the draft, for the unit; of the submitted version, for the check
	Checks           []CheckResult
	Ready            bool             // the unit's steps up to the submission would all be accepted now
	Missing          []workflows.Fact // what stands in the way, for the unit
	Verdicts         []Verdict
	Items            []CorrectionItem
	Opinions         []Opinion
	Clocks           []casework.Clock
	History          []casework.Event
	Choices          []workflows.Choice
	Recommendation   string
	UpdatedAt        time.Time
	SentBack         *SentBack // why the leader did not sign, for the unit
	WithdrawalAsked  bool
	Carried          *Carried // what the draft was filled from, for the unit
}

// CorrectionItem is one item of the newest correction notice with its answer.
type CorrectionItem struct {
	ID, AnchorKind, Anchor, Words, Answer string
	Done                                  bool
	AnsweredAt                            *time.Time
	Version                               int64
	Files                                 []attachment.Attachment // that belong to the answer
}

// View reads an application with everything the actor may see of it.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (out View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		out, err = s.view(tx, a, l)
		return err
	})
	return out, err
}

func (s *Service) view(tx *database.Tx, a identity.Actor, l loaded) (View, error) {
	v := View{ID: l.ID, Number: l.Number, Name: l.Name, Unit: l.UnitCode, RoundID: l.RoundID, RoundName: l.round.Name, RoundNameEn: l.round.NameEn,
		RuleSetID: l.RuleSetID, State: l.seen(a), Version: l.Version, SubmittedNo: l.SubmittedNo, SubmittedAt: l.SubmittedAt,
		AcceptedAt: l.AcceptedAt, DecidedAt: l.DecidedAt, DocumentNumber: l.DocumentNumber, Demo: l.Demo, OpenParts: l.openParts(),
		Slots: l.rules.SlotsFor(policy.PurposeApplication), UpdatedAt: l.UpdatedAt}
	for _, fill := range []func(*database.Tx, identity.Actor, loaded, *View) error{s.fillContent, s.fillCheck, s.fillCourse, s.fillSigning, s.fillCarried} {
		if err := fill(tx, a, l, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

// fillContent shows the draft to its unit and the submitted version to everybody else.
func (s *Service) fillContent(tx *database.Tx, a identity.Actor, l loaded, v *View) (err error) {
	state, _ := workflows.Application.State(v.State)
	v.Working = l.SubmittedNo == 0 || ownSide(a) && (state.Editable || v.State == "correction_signing")
	if v.Working {
		if v.Content, err = l.content(); err != nil {
			return err
		}
		v.Files, err = s.Files(tx, refOf(l.ID))
		return err
	}
	row, err := versionOf(tx, l.ID, l.SubmittedNo)
	if err != nil {
		return err
	}
	v.Digest = row.Digest
	v.Content, _ = Decode([]byte(row.Content)) // checked when it was signed
	v.Files, err = s.filesOf(tx, l.ID, row)
	return err
}

func filesIn(files []attachment.Attachment, slot string) (out []attachment.Attachment) {
	for _, f := range files {
		if f.Slot == slot {
			out = append(out, f)
		}
	}
	return out
}

func ownSide(a identity.Actor) bool { return a.Any(workflows.Filler, workflows.Leader) }

// filesOf lists the files of a submitted version, removed ones included.
func (s *Service) filesOf(_ *database.Tx, id string, row versionRow) ([]attachment.Attachment, error) {
	var stored []struct {
		ID, Slot, Name, SHA256, Type, Key, Version string
		No                                         int
		Size                                       int64
	}
	if err := json.Unmarshal([]byte(row.Files), &stored); err != nil {
		return nil, err
	}
	out := make([]attachment.Attachment, 0, len(stored))
	for _, f := range stored {
		out = append(out, attachment.Attachment{ID: f.ID, Parent: refOf(id), Slot: f.Slot, No: f.No, Name: f.Name, Size: f.Size, SHA256: f.SHA256,
			ContentType: f.Type, ObjectKey: f.Key, ObjectVersion: f.Version})
	}
	return out, nil
}

func (s *Service) fillCheck(tx *database.Tx, a identity.Actor, l loaded, v *View) error {
	var err error
	if ownSide(a) && v.Working || a.Commission() {
		if v.Problems, err = s.check(tx, l, v.Content, v.Files); err != nil {
			return err
		}
		v.Checks = Results(v.Problems)
	}
	if ownSide(a) && v.Working {
		var asked bool
		if v.Missing, asked, err = s.missing(tx, a, l); err != nil {
			return err
		}
		v.Ready = asked && len(v.Missing) == 0
	}
	items, err := itemsOf(tx, l.ID)
	if err != nil {
		return err
	}
	if ownSide(a) || a.Commission() || a.Has(workflows.Supervision) {
		for _, it := range items {
			v.Items = append(v.Items, CorrectionItem{ID: it.ID, AnchorKind: it.AnchorKind, Anchor: it.Anchor, Words: it.Words, Answer: it.Answer,
				Done: it.Done, AnsweredAt: it.AnsweredAt, Version: it.Version, Files: filesIn(v.Files, AnswerSlot(it.ID))})
		}
	}
	if !a.Commission() && !a.Has(workflows.Supervision) {
		return nil
	}
	rows, err := verdictsOf(tx, l.ID, l.SubmittedNo)
	for _, r := range rows {
		v.Verdicts = append(v.Verdicts, Verdict{Part: r.Clarification, Verdict: r.Verdict, Note: r.Note, Person: r.PersonID, At: r.At})
	}
	return err
}

func (s *Service) fillCourse(tx *database.Tx, a identity.Actor, l loaded, v *View) (err error) {
	if v.Clocks, err = s.Engine.Clocks(tx, refOf(l.ID)); err != nil {
		return err
	}
	history, err := casework.History(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	v.History = casework.SeenHistory(workflows.Application, a, history)
	for i := range v.History {
		e := &v.History[i]
		// What a leader writes to the filler stays within the unit.
		switch own := ownSide(a); {
		case e.Action == "send_back" && own:
			e.Detail = detailOf(history, e.Seq)
		case e.Action == "send_back":
			e.Reason, e.Detail = "", nil
		}
	}
	inside := a.ReadsAll()
	if inside {
		v.Recommendation = l.Recommendation
	}
	if inside || ownSide(a) || a.Has(workflows.Department) {
		if v.Opinions, err = s.opinions.forApplication(tx, a, l); err != nil {
			return err
		}
	}
	acts, err := s.actions(tx, a, l)
	v.Choices = acts.Choices
	return err
}

// VersionView is one submitted version.
type VersionView struct {
	No       int
	Content  Content
	Files    []attachment.Attachment
	Digest   string
	SignedBy string
	SignedAt time.Time
}

// Versions lists the submitted versions, oldest first.
func (s *Service) Versions(ctx context.Context, a identity.Actor, id string) (out []VersionView, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		for no := 1; no <= l.SubmittedNo; no++ {
			v, err := s.versionView(tx, l, no)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

func (s *Service) versionView(tx *database.Tx, l loaded, no int) (VersionView, error) {
	row, err := versionOf(tx, l.ID, no)
	if err != nil {
		return VersionView{}, err
	}
	v := VersionView{No: no, Digest: row.Digest, SignedBy: row.SignedBy, SignedAt: row.SignedAt}
	v.Content, _ = Decode([]byte(row.Content)) // checked when it was signed
	v.Files, err = s.filesOf(tx, l.ID, row)
	return v, err
}

func detailOf(history []casework.Event, seq int64) json.RawMessage {
	for _, e := range history {
		if e.Seq == seq {
			return e.Detail
		}
	}
	return nil
}
