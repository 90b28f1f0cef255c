package condition

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Most is how many conditions one opinion or decision can set.
const Most = 20

const (
	minText, maxText = 5, 1000
	maxProof         = 500
)

// Draft is a condition as it is written down.
type Draft struct {
	Text        string `json:"text"`
	Proof       string `json:"proof"`       // what shows that it is met
	Moment      Moment `json:"moment"`      // before_decision, after_accreditation
	DueOn       string `json:"due_on"`      // YYYY-MM-DD; required after accreditation
	Responsible string `json:"responsible"` // unit code; empty: the unit that the case is of
}

// Empty reports whether nothing has been written.
func (d Draft) Empty() bool {
	return strings.TrimSpace(d.Text) == "" && strings.TrimSpace(d.Proof) == "" && d.DueOn == ""
}

// Check says what is wrong with conditions, by fields below path ("data.conditions[0].text"),
// today being the local date.
func Check(path string, drafts []Draft, today workflows.Date) []fault.Field {
	if len(drafts) > Most {
		return []fault.Field{field(path, "condition.many", "Max", fmt.Sprint(Most))}
	}
	var out []fault.Field
	for i, d := range drafts {
		out = append(out, d.check(fmt.Sprintf("%s[%d].", path, i), today)...)
	}
	return out
}

func (d Draft) check(path string, today workflows.Date) (out []fault.Field) {
	if n := length(d.Text); n < minText || n > maxText {
		out = append(out, field(path+"text", "condition.text", "Min", fmt.Sprint(minText), "Max", fmt.Sprint(maxText)))
	}
	if n := length(d.Proof); n < 2 || n > maxProof {
		out = append(out, field(path+"proof", "condition.proof", "Min", "2", "Max", fmt.Sprint(maxProof)))
	}
	switch d.Moment {
	case BeforeDecision, AfterAccreditation:
	default:
		out = append(out, field(path+"moment", "condition.moment"))
	}
	due, err := workflows.ParseDate(d.DueOn)
	switch {
	case d.DueOn == "" && d.Moment != AfterAccreditation:
	case d.DueOn == "":
		out = append(out, field(path+"due_on", "condition.due_missing"))
	case err != nil || due.Before(today) || due.Year > today.Year+10:
		out = append(out, field(path+"due_on", "condition.due_on"))
	}
	return out
}

// checkUnits refuses a responsible unit that is neither the one the case is of nor an office
// of the city.
func checkUnits(tx *database.Tx, path string, unit string, drafts []Draft) error {
	var out []fault.Field
	for i, d := range drafts {
		if d.Responsible == "" || d.Responsible == unit {
			continue
		}
		ok, err := canMeet(tx, d.Responsible)
		if err != nil {
			return err
		}
		if !ok {
			out = append(out, field(fmt.Sprintf("%s[%d].responsible", path, i), "condition.responsible"))
		}
	}
	if len(out) > 0 {
		return fault.Bad(out...)
	}
	return nil
}

// length counts the characters of a text; -1 for what no database keeps.
func length(text string) int {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return -1
	}
	return utf8.RuneCountInString(strings.TrimSpace(text))
}

func field(path, code string, params ...string) fault.Field {
	return fault.BadField(path, code, params...).Fields[0]
}
