package views

// InputKind chooses the input of a Field where a list of them is shown.
type InputKind string

// The kinds of input.
const (
	LineInput   InputKind = "line"
	AreaInput   InputKind = "area"
	DateInput   InputKind = "date"
	RadioInput  InputKind = "radio"
	SelectInput InputKind = "select"
	BoxInput    InputKind = "box"
)

// Input is a field with the kind of its input.
type Input struct {
	Kind  InputKind
	Field Field
}

// ActView is the form of one action of a case.
type ActView struct {
	Header  Header
	Now     Badge
	Next    *Badge // where the case goes; nil: it stays
	Blocked []string
	Stale   bool    // the case has moved while the form was open
	Since   []Event // what happened meanwhile
	// Conditions are what the case is tied to, where the action decides on it.
	Conditions     []ConditionCard
	ConditionsLead string
	Form           Form
	Fields         []Input
	Danger         bool
	Submit         string
	Back           string
}

func (v ActView) submitClass() string {
	if v.Danger {
		return "btn btn-danger"
	}
	return "btn btn-primary"
}
