package reminder

import (
	"cmp"
	"fmt"
	"slices"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Topic is a kind of notice that people can set apart from the others.
type Topic string

// The kinds of notice.
const (
	Progress Topic = "progress" // a case has moved and no period begins with it
	Period   Topic = "period"   // a period begins, or something is asked formally
	Result   Topic = "result"   // a case is decided or closed
	Remind   Topic = "remind"   // working days before an end
	Due      Topic = "due"      // at an end and after it
	Daily    Topic = "daily"    // the digest itself
)

// Mode is how mail is used for a kind of notice; in the inbox every notice stands always.
type Mode string

// The modes of mail.
const (
	MailNow    Mode = "on"     // a mail of its own, at once
	MailDigest Mode = "digest" // named in the digest of the next working day
	MailOff    Mode = "off"    // only in the inbox
)

// TopicRow says what a person may choose for a kind of notice.
type TopicRow struct {
	Topic   Topic
	Default Mode
	Choices []Mode // a single one: bound by law, because a period or a right hangs on it
}

// Topics is the table of the kinds of notice, in the order of the page.
func Topics() []TopicRow {
	all, bound := []Mode{MailNow, MailDigest, MailOff}, []Mode{MailNow}
	return []TopicRow{
		{Period, MailNow, bound}, {Result, MailNow, bound}, {Due, MailNow, bound},
		{Remind, MailNow, all}, {Progress, MailNow, all}, {Daily, MailNow, []Mode{MailNow, MailOff}},
	}
}

// Bound reports whether the mode cannot be changed.
func (t TopicRow) Bound() bool { return len(t.Choices) == 1 }

func rowOf(t Topic) (TopicRow, bool) {
	rows := Topics()
	i := slices.IndexFunc(rows, func(r TopicRow) bool { return r.Topic == t })
	if i < 0 {
		return TopicRow{}, false
	}
	return rows[i], true
}

// paramTopic keeps the kind of a notice with its message, for the digest.
const paramTopic = "Topic"

// topicOf is the kind of a notice: by its code, and for a move by what the entered state is.
func topicOf(n casework.Notice) Topic {
	switch n.Code {
	case "remind":
		return Remind
	case "due", "overdue":
		return Due
	case "accredited", "grade":
		return Result
	case "correction", "opinion_requested", "invited", "objection_received", "urge":
		return Period
	}
	w := workflows.ByKind(n.Kind)
	if w == nil {
		return Progress
	}
	state, ok := w.State(n.State)
	switch {
	case ok && state.Final:
		return Result
	case ok && slices.ContainsFunc(state.Clocks, func(c workflows.StateClock) bool { return len(c.Remind) > 0 || c.AtEnd != "" }):
		return Period
	}
	return Progress
}

// Preference is what holds for a person and a kind of notice.
type Preference struct {
	TopicRow
	Mail Mode
}

// Preferences lists what holds for a person, in the order of the table.
func Preferences(tx *database.Tx, personID string) ([]Preference, error) {
	chosen, err := findPreferences(tx, personID)
	if err != nil {
		return nil, err
	}
	var out []Preference
	for _, row := range Topics() {
		p := Preference{TopicRow: row, Mail: row.Default}
		if m, ok := chosen[row.Topic]; ok && slices.Contains(row.Choices, m) {
			p.Mail = m
		}
		out = append(out, p)
	}
	return out, nil
}

// modeFor is how mail is used for a person and a kind of notice.
func modeFor(tx *database.Tx, personID string, t Topic) (Mode, error) {
	all, err := Preferences(tx, personID)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.Topic == t {
			return p.Mail, nil
		}
	}
	return MailNow, nil
}

// SetPreferences keeps what a person has chosen; kinds that are not named stay. Errors:
// Invalid by kind for one that is unknown, and for a mode that the kind does not have.
func SetPreferences(tx *database.Tx, personID string, chosen map[Topic]Mode) error {
	var wrong []fault.Field
	for t, m := range chosen {
		row, ok := rowOf(t)
		switch {
		case !ok:
			wrong = append(wrong, fault.Field{Path: "kind", Code: "unknown"})
		case !slices.Contains(row.Choices, m) && row.Bound():
			wrong = append(wrong, fault.Field{Path: string(t), Code: "notice_bound"})
		case !slices.Contains(row.Choices, m):
			wrong = append(wrong, fault.Field{Path: string(t), Code: "unknown"})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return cmp.Compare(a.Path, b.Path) })
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Fields: wrong}
	}
	for _, row := range Topics() {
		if m, ok := chosen[row.Topic]; ok {
			if err := putPreference(tx, personID, row.Topic, m); err != nil {
				return fmt.Errorf("preference of %s: %w", personID, err)
			}
		}
	}
	return nil
}
