package views

// SteerList is a list that can be narrowed, ordered, kept as a view, exported, and acted on.
type SteerList struct {
	Header  Header
	Actions []Action
	Views   []KeptView
	Filter  SteerFilter
	Table   Table
	Pager   Pager
	Total   int
	Query   string // the list as a view keeps it
	Bulk    []Option
	Share   []Option
	Exports bool
}

// KeptView is one view above a list.
type KeptView struct {
	ID, Name, Href, Note string
	Active, Own, Default bool
}

// SteerFilter is the form above the list. Hidden are values that it carries on.
type SteerFilter struct {
	Action, Clear string
	Search        Field
	Lists         []Field
	Dates         []Field
	Overdue       bool
	Columns       []Option
	Hidden        map[string]string
	Active, Open  bool
}

// BulkView is a run: what would happen, or what did.
type BulkView struct {
	Header                                 Header
	Started, Finished                      bool
	Total, Done, Refused, Waiting, Blocked int
	Table                                  Table
	Action, Submit                         string
	Danger                                 bool
	Problems                               []Problem
	Fields                                 []Input
	Back                                   string
}

// Dashboard is figures, each with the list it counts.
type Dashboard struct {
	Header Header
	Tabs   []Tab
	Charts []Chart
}

// FilesView is the files that somebody has ordered.
type FilesView struct {
	Header  Header
	Table   Table
	Waiting bool
}

// LateView is what is overdue where.
type LateView struct {
	Header  Header
	Filter  Filter
	Charts  []Chart
	Table   Table
	Query   string
	Actions []Action
}

// Urging is the button that urges one case.
type Urging struct {
	Case, Label, Note string
}

func onOff(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
