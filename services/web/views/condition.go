package views

// ConditionList is where the conditions of an opinion or a decision are typed row by row; rows
// come and go by rows.js, without a script by the same buttons.
type ConditionList struct {
	Name  string // path of the list
	Title string
	Help  string
	Rows  []ConditionRow
	Blank ConditionRow // what a new row looks like; its names hold the row as __row__
	Next  int
	Most  int
	Error string
}

// ConditionRow is one condition as it is typed.
type ConditionRow struct {
	Name                                  string // path of the row
	Label                                 string // its number
	Text, Proof, Moment, Due, Responsible Field
}

// ConditionCard is one condition as it is read.
type ConditionCard struct {
	ID     string
	Number string
	Href   string
	Text   string
	Badge  Badge
	Facts  []Item
	Clock  *Clock
	Unmet  bool // before a decision that waits for it
}

// ConditionView is the page of one condition.
type ConditionView struct {
	Header  Header
	Steps   []Step
	Actions []Action
	Text    string
	Facts   []Item
	Note    string
	Slots   []SlotView // where evidence can be put now
	Files   []FileLine // evidence to read
	History []Event
}
