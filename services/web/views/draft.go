package views

// EditorPresence is who else has the draft open. The page says by it where its reader is.
type EditorPresence struct {
	Action string // takes where the reader is and answers with a new one
	Part   string
	Known  string // digest of what is shown; while it holds, the answer is empty
	Others []PresentView
	Closed *Flash // the draft cannot be changed any more
}

// PresentView is one person at work on the draft.
type PresentView struct {
	Name string
	Text string // where, since when
	Href string // the part
}

// RevisionList is the earlier states of a draft.
type RevisionList struct {
	Head  Header
	Rows  []RevisionRow
	Empty *Empty
}

// RevisionRow is one earlier state in sentences.
type RevisionRow struct {
	When    string
	No      string   // which save it was
	Text    string   // who did what
	Fields  []string // what was changed
	More    int      // fields that are not named
	Current bool     // the draft as it stands
	Compare string   // address
}

// RevisionView compares an earlier state with the draft as it stands.
type RevisionView struct {
	Head    Header
	Text    string // who, when
	Notes   []string
	Diff    *Comparison
	Restore *Form
	Blocked string // why it cannot be taken back now
	Back    string
}
