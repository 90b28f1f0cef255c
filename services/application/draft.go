package application

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Start is what a filler gives to start an application.
type Start struct {
	RoundID string
	Name    string // name of the zone applied for
	Key     string // idempotency key
	From    string // id of an earlier application of the unit whose values are carried over; may be empty
	// Body is the id of the body of the unit's profile that fills the draft; empty: the only
	// body, where the profile has one and nothing is carried over; NoBody: none.
	Body string
}

// Create starts a draft in an open round for the filler's unit.
func (s *Service) Create(ctx context.Context, a identity.Actor, in Start) (out casework.Outcome, err error) {
	if !a.Has(workflows.Filler) {
		return out, fault.New(fault.Forbidden, "forbidden")
	}
	name, problem := cleanName(in.Name)
	if problem != nil {
		return out, problem
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = casework.Once(tx, a.ID, in.Key, Digest([]byte("create\x00"+in.RoundID+"\x00"+name+"\x00"+in.From+"\x00"+in.Body)), func() (casework.Outcome, error) {
			return s.create(tx, a, in, name)
		})
		return err
	})
	return out, err
}

func (s *Service) create(tx *database.Tx, a identity.Actor, in Start, name string) (casework.Outcome, error) {
	round, err := s.Book.RoundByID(tx, in.RoundID)
	if fault.Is(err, fault.NotFound) {
		return casework.Outcome{}, fault.BadField("round_id", "round.unknown")
	}
	if err != nil {
		return casework.Outcome{}, err
	}
	rules, err := s.Book.RuleSet(tx, round.RuleSetID)
	if err != nil {
		return casework.Outcome{}, err
	}
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("application/%d", year))
	if err != nil {
		return casework.Outcome{}, err
	}
	carried, err := s.carryInto(tx, a, in, rules, year)
	if err != nil {
		return casework.Outcome{}, err
	}
	text, err := Canonical(carried.content)
	if err != nil {
		return casework.Outcome{}, err
	}
	r := row{ID: tx.ID(), Number: fmt.Sprintf("CQ-SB-%d-%04d", year, n), RoundID: round.ID, UnitCode: a.Unit, RuleSetID: round.RuleSetID,
		WorkflowVersion: workflows.Application.Version, Name: name, CreditCode: carried.content.Body.CreditCode, Version: 1, Content: string(text), OpenParts: `["*"]`, Demo: round.Demo,
		CreatedBy: a.ID, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	return s.Engine.Apply(tx, casework.Step{
		Case:   casework.Case{Kind: workflows.Application.Kind, ID: r.ID, Number: r.Number, Title: name, Unit: a.Unit, Rules: rules.RulesFor(workflows.Application.Kind)},
		Action: "create", Actor: a, Facts: map[workflows.Fact]bool{workflows.RoundOpen: round.Open(tx.Now())}, Detail: carried.detail(round.Code, name),
		Insert: func(tx *database.Tx, st workflows.State) error {
			r.Status = string(st)
			if err := tx.Insert("application", &r); err != nil {
				return err
			}
			if err := search.Put(tx, string(workflows.Application.Kind), r.ID, r.Number, r.Name); err != nil {
				return err
			}
			return carried.put(tx, a, r.ID, string(text))
		},
	})
}

func cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 4 || n > 80 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) || !utf8.ValidString(name) {
		return "", fault.BadField("name", "name.length", "Min", "4", "Max", "80")
	}
	return name, nil
}

// Edit is one save of a draft. Exactly one of Content (the whole document) and Path with
// Value (one field, part or list item) is set; Name may come with either.
type Edit struct {
	Version int64
	Name    *string
	Content json.RawMessage
	Path    string
	Value   json.RawMessage
	// Base is the value the editor started from, for Path: only what differs between Base and
	// Value is saved, beside whatever others have changed since. Where both changed one field,
	// and without a Base on an older version, the save is stale – unless it changes nothing.
	Base json.RawMessage
	// BaseName is the name the editor started from, and does the same for Name.
	BaseName *string
}

// Saved is the answer to a save.
type Saved struct {
	Version  int64
	Problems []Problem // what the self-check says now, refusing and warning
}

// ConflictField shows both values of each field that two people changed.
type ConflictField struct {
	Path   string          `json:"path"`
	Mine   json.RawMessage `json:"mine"`
	Theirs json.RawMessage `json:"theirs"`
}

// Save stores a change of a draft, or of the open parts during a correction; the name stays
// as it was signed first. Errors: NotFound, Forbidden (not a filler), Invalid by field,
// Conflict "not_editable" or "stale", the latter with both values of every field.
func (s *Service) Save(ctx context.Context, a identity.Actor, id string, e Edit) (out Saved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out, err = s.revise(tx, a, id, e.apply)
		return err
	})
	return out, err
}

// revise is the one path by which a document changes: whoever may change it, the open parts only, recorded.
func (s *Service) revise(tx *database.Tx, a identity.Actor, id string, apply func(before Content, l loaded) (Content, string, error)) (Saved, error) {
	// Savers wait for one another, so that the later one is shown what the earlier one wrote.
	if err := tx.Lock("application/" + id); err != nil {
		return Saved{}, err
	}
	l, err := s.editable(tx, a, id)
	if err != nil {
		return Saved{}, err
	}
	before, err := l.content()
	if err != nil {
		return Saved{}, err
	}
	after, name, err := apply(before, l)
	if err != nil {
		return Saved{}, err
	}
	changes, err := Compare(before, after)
	if err != nil {
		return Saved{}, err
	}
	if err := l.within(changes, name); err != nil {
		return Saved{}, err
	}
	return s.store(tx, a, l, change{after: after, name: name, changes: changes})
}

// editable loads an application that the actor may change now.
func (s *Service) editable(tx *database.Tx, a identity.Actor, id string) (loaded, error) {
	l, err := s.load(tx, a, id)
	if err != nil {
		return l, err
	}
	if !a.Has(workflows.Filler) {
		return l, fault.New(fault.Forbidden, "forbidden")
	}
	state, _ := workflows.Application.State(workflows.State(l.Status))
	if !state.Editable {
		return l, notEditable(l)
	}
	return l, nil
}

func notEditable(l loaded) error {
	state, _ := workflows.Application.State(workflows.State(l.Status))
	return fault.New(fault.Conflict, "not_editable").With("State", state.Label.Zh).With("StateEn", state.Label.En)
}

// apply makes the new document and name. With a base it is merged with what others have saved
// since; without one a stale version goes through only where it changes nothing.
func (e Edit) apply(before Content, l loaded) (after Content, name string, err error) {
	after, name = before, l.Name
	var problems []Problem
	switch {
	case e.Path != "":
		after, problems = Apply(before, e.Path, e.Value)
	case e.Content != nil:
		after, problems = Decode(e.Content)
	}
	if len(problems) > 0 {
		return before, name, faultOf(problems)
	}
	if e.Base != nil && e.Path != "" {
		base, problems := Apply(before, e.Path, e.Base)
		if len(problems) > 0 {
			return before, name, faultOf(problems)
		}
		return e.rebase(base, after, before, l)
	}
	if e.Name != nil {
		if name, err = cleanName(*e.Name); err != nil {
			return before, name, err
		}
	}
	if e.Version == l.Version {
		return after, name, nil
	}
	fields, err := conflicts(before, after, l.Name, name)
	if err != nil || len(fields) == 0 {
		return after, name, err
	}
	return before, name, stale(l, fields)
}

// conflicts lists both values of each field that differs.
func conflicts(theirs, mine Content, theirName, myName string) ([]ConflictField, error) {
	changes, err := Compare(theirs, mine)
	if err != nil {
		return nil, err
	}
	fields := make([]ConflictField, 0, len(changes)+1)
	if theirName != myName {
		fields = append(fields, ConflictField{Path: "name", Theirs: rawOf(theirName), Mine: rawOf(myName)})
	}
	for _, c := range changes {
		fields = append(fields, ConflictField{Path: c.Path, Theirs: rawOf(c.Old), Mine: rawOf(c.New)})
	}
	return fields, nil
}

func rawOf(text string) json.RawMessage {
	raw, _ := json.Marshal(text) // strings always marshal
	return raw
}

// within refuses a change outside the parts that a correction has opened. The name is the
// name of what was signed, and no part.
func (l loaded) within(changes []Change, name string) error {
	open := l.openParts()
	if name != l.Name && !open.allows("*") {
		return fault.BadField("name", "part_closed")
	}
	for _, c := range changes {
		if !open.allows(partOf(c.Path)) {
			return fault.BadField(c.Path, "part_closed")
		}
	}
	return nil
}

type partSet []string

func (l loaded) openParts() partSet {
	var p partSet
	if json.Unmarshal([]byte(l.OpenParts), &p) != nil {
		return nil
	}
	return p
}

func (p partSet) allows(part string) bool { return slices.Contains(p, "*") || slices.Contains(p, part) }

// change is a save that may be stored; restored is the version it takes the draft back to,
// 0 for an ordinary one.
type change struct {
	after    Content
	name     string
	changes  []Change
	restored int64
}

// action is how the audit calls the change.
func (c change) action() string {
	if c.restored > 0 {
		return "application.restore"
	}
	return "application.save"
}

// detail is what the audit keeps of the change.
func (c change) detail(paths []string, version int64) map[string]any {
	out := map[string]any{"paths": paths, "version": version}
	if c.restored > 0 {
		out["restored"] = c.restored
	}
	return out
}

// paths names what changes, for the audit.
func (c change) paths(l loaded) []string {
	out := make([]string, 0, len(c.changes)+1)
	if c.name != l.Name {
		out = append(out, "name")
	}
	for _, x := range c.changes {
		out = append(out, x.Path)
	}
	return out
}

func (s *Service) store(tx *database.Tx, a identity.Actor, l loaded, c change) (Saved, error) {
	text, err := Canonical(c.after)
	if err != nil {
		return Saved{}, err
	}
	if string(text) != l.Content || c.name != l.Name {
		paths := c.paths(l)
		if err := touch(tx, l, "name = ?, credit_code = ?, content = ?", c.name, c.after.Body.CreditCode, string(text)); err != nil {
			return Saved{}, err
		}
		paths = shortPaths(paths)
		if err := casework.Record(tx, a, c.action(), refOf(l.ID), c.detail(paths, l.Version+1)); err != nil {
			return Saved{}, err
		}
		if err := keepRevision(tx, a, l, c, string(text), paths); err != nil {
			return Saved{}, err
		}
		if c.name != l.Name {
			if err := search.Put(tx, string(workflows.Application.Kind), l.ID, l.Number, c.name); err != nil {
				return Saved{}, err
			}
		}
		l.Version++
	}
	files, err := s.Files(tx, refOf(l.ID))
	if err != nil {
		return Saved{}, err
	}
	problems, err := s.check(tx, l, c.after, files)
	return Saved{Version: l.Version, Problems: problems}, err
}

// faultOf turns problems of a document into an Invalid error by field.
func faultOf(problems []Problem) error {
	fields := make([]fault.Field, 0, len(problems))
	for _, p := range problems {
		if p.Severity == Refuse {
			fields = append(fields, fault.Field{Path: p.Path, Code: p.Code, Params: p.Params})
		}
	}
	return fault.Bad(fields...)
}

// Reading lets an attachment of the case be read (attachment.Parent).
func (s *Service) Reading(tx *database.Tx, a identity.Actor, id string) error {
	_, err := s.load(tx, a, id)
	return err
}

// Shows tells whether the actor, who may read the case, may read one of its files: the unit
// all of them, everybody else those of a version that was signed.
func (s *Service) Shows(tx *database.Tx, a identity.Actor, id, attachmentID string) (bool, error) {
	l, err := s.load(tx, a, id)
	if err != nil || ownSide(a) {
		return err == nil, err
	}
	for no := 1; no <= l.SubmittedNo; no++ {
		v, err := versionOf(tx, id, no)
		if err != nil {
			return false, err
		}
		files, err := s.filesOf(tx, id, v)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(files, func(f attachment.Attachment) bool { return f.ID == attachmentID }) {
			return true, nil
		}
	}
	return false, nil
}

// Writing lets a file be put into an open slot while the draft is editable.
func (s *Service) Writing(tx *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	l, err := s.editable(tx, a, id)
	if err != nil {
		return attachment.Slot{}, err
	}
	if item, ok := AnswerItemOf(slot); ok {
		return s.answerSlot(tx, l, slot, item)
	}
	rule, ok := l.rules.Slot(slot)
	if !ok || rule.Purpose != "application" {
		return attachment.Slot{}, fault.BadField("slot", "slot.unknown")
	}
	open := l.openParts()
	if !open.allows("slot:"+slot) && !open.allows(partCode(rule.Clarification)) {
		return attachment.Slot{}, fault.BadField("slot", "part_closed")
	}
	return attachment.Slot{Code: rule.Code, Formats: rule.Formats, MaxBytes: rule.MaxBytes, MaxFiles: rule.MaxFiles, Dated: rule.Dated}, nil
}

// Touched bumps the version when a file is attached or removed.
func (s *Service) Touched(tx *database.Tx, a identity.Actor, id string) error {
	l, err := s.editable(tx, a, id)
	if err != nil {
		return err
	}
	if err := touch(tx, l, "credit_code = credit_code"); err != nil {
		return err
	}
	return casework.Record(tx, a, "application.files", refOf(id), map[string]any{"version": l.Version + 1})
}
