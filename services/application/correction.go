package application

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Item is one thing to be corrected, anchored to a field (path), a clarification (part) or a
// material slot.
type Item struct {
	AnchorKind string `json:"anchor_kind"` // field, clarification, slot
	Anchor     string `json:"anchor"`
	Words      string `json:"words"`
}

// Verdict is what the check says of one of the seven parts of the submitted version.
type Verdict struct {
	Part    string
	Verdict string // pass, correct, question
	Note    string // the words of the correction item where the verdict is correct
	Person  string
	At      time.Time
}

// SetVerdict stores the clerk's verdict on one part of the submitted version; it moves nothing.
func (s *Service) SetVerdict(ctx context.Context, a identity.Actor, id string, seen int64, v Verdict) (version int64, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		if !a.Any(workflows.Clerk, workflows.Officer) {
			return fault.New(fault.Forbidden, "forbidden")
		}
		if l.Status != "submitted" {
			return fault.New(fault.Conflict, "not_checking")
		}
		if err := casework.CheckVersion(tx, a, l.kase(), seen); err != nil {
			return err
		}
		if err := v.problems(); err != nil {
			return err
		}
		version = l.Version + 1
		return s.putVerdict(tx, a, l, v)
	})
	return version, err
}

func (v Verdict) problems() error {
	switch {
	case !slices.Contains(Parts(), v.Part):
		return fault.BadField("part", "part.unknown")
	case !slices.Contains([]string{"pass", "correct", "question"}, v.Verdict):
		return fault.BadField("verdict", "verdict.unknown")
	case v.Verdict != "pass" && utf8.RuneCountInString(strings.TrimSpace(v.Note)) < 4:
		return fault.BadField("note", "correction.words", "Min", "4", "Max", "500")
	}
	return words("note", v.Note, 0)
}

// words refuses text that cannot be stored or is too long or too short, by field.
func words(path, text string, least int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fault.BadField(path, "text.invalid")
	}
	if n < least || n > 500 {
		return fault.BadField(path, "correction.words", "Min", strconv.Itoa(least), "Max", "500")
	}
	return nil
}

func (s *Service) putVerdict(tx *database.Tx, a identity.Actor, l loaded, v Verdict) error {
	_, err := tx.Exec(`INSERT INTO verdict (application_id, no, clarification, verdict, note, person_id, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application_id, no, clarification) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, person_id = excluded.person_id, at = excluded.at`,
		l.ID, l.SubmittedNo, v.Part, v.Verdict, strings.TrimSpace(v.Note), a.ID, tx.Now())
	if err != nil {
		return err
	}
	if err := touch(tx, l, "credit_code = credit_code"); err != nil {
		return err
	}
	return casework.Record(tx, a, "application.verdict", refOf(l.ID), map[string]any{"part": v.Part, "verdict": v.Verdict, "note": v.Note, "version": l.Version + 1})
}

// planCorrection makes one notice of all items: what the verdicts say must be corrected, and
// the items that come with the command. Only the parts they name are opened.
func (s *Service) planCorrection(tx *database.Tx, a identity.Actor, l loaded, data json.RawMessage) (plan, error) {
	var in struct {
		Items []Item `json:"items"`
	}
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	if len(in.Items) > 100 {
		return plan{}, fault.BadField("data.items", "correction.too_many", "Max", "100")
	}
	for i, it := range in.Items {
		if err := s.checkItem(l, i, it); err != nil {
			return plan{}, err
		}
	}
	verdicts, err := verdictsOf(tx, l.ID, l.SubmittedNo)
	if err != nil {
		return plan{}, err
	}
	items := in.Items
	for _, v := range verdicts {
		// An item on a file opens the file alone and says nothing of the part.
		covered := slices.ContainsFunc(in.Items, func(it Item) bool { return s.opens(l, it) == v.Clarification && it.AnchorKind != "slot" })
		if v.Verdict == "correct" && v.Note != "" && !covered {
			items = append(items, Item{AnchorKind: "clarification", Anchor: v.Clarification, Words: v.Note})
		}
	}
	open, _ := json.Marshal(s.opened(l, items)) // strings always marshal
	return plan{facts: map[workflows.Fact]bool{workflows.ItemsListed: len(items) > 0},
		set:    map[string]any{"corrections": l.Corrections + 1, "open_parts": string(open)},
		detail: map[string]any{"items": items}, params: map[string]string{"Items": strconv.Itoa(len(items))},
		after: func(tx *database.Tx, l loaded) error { return putCorrection(tx, a, l, items) }}, nil
}

func (s *Service) checkItem(l loaded, i int, it Item) error {
	path := "data.items[" + strconv.Itoa(i) + "]"
	if err := words(path+".words", it.Words, 4); err != nil {
		return err
	}
	_, slot := l.rules.Slot(it.Anchor)
	steps, isPath := parsePath(it.Anchor)
	if isPath {
		_, isPath = fieldAt(steps)
	}
	known := it.AnchorKind == "slot" && slot || it.AnchorKind == "clarification" && slices.Contains(append(Parts(), "materials"), it.Anchor) ||
		it.AnchorKind == "field" && isPath
	if !known {
		return fault.BadField(path+".anchor", "correction.anchor")
	}
	return nil
}

// opens names the part that an item opens; a slot opens itself besides.
func (s *Service) opens(l loaded, it Item) string {
	switch it.AnchorKind {
	case "slot":
		rule, _ := l.rules.Slot(it.Anchor)
		return partCode(rule.Clarification)
	case "field":
		return partOf(it.Anchor)
	}
	return it.Anchor
}

func (s *Service) opened(l loaded, items []Item) []string {
	var out []string
	for _, it := range items {
		part := s.opens(l, it)
		if it.AnchorKind == "slot" {
			part = "slot:" + it.Anchor
		}
		if !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return out
}

func putCorrection(tx *database.Tx, a identity.Actor, l loaded, items []Item) error {
	id := tx.ID()
	if _, err := tx.Exec("INSERT INTO correction (id, application_id, no, issued_by, issued_at) VALUES (?, ?, ?, ?, ?)",
		id, l.ID, l.Corrections+1, a.ID, tx.Now()); err != nil {
		return err
	}
	for i, it := range items {
		r := itemRow{ID: tx.ID(), CorrectionID: id, ApplicationID: l.ID, Position: i + 1, AnchorKind: it.AnchorKind, Anchor: it.Anchor,
			Words: strings.TrimSpace(it.Words), Version: 1}
		if err := tx.Insert("correction_item", &r); err != nil {
			return err
		}
	}
	return nil
}
