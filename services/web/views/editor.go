package views

// The kinds of input that only long forms have.
const (
	FigureInput InputKind = "figure" // a number typed as text, so that nothing typed is lost
	ChecksInput InputKind = "checks"
)

// EditorView is one part of a long form beside the list of all its parts.
type EditorView struct {
	Head     Header
	Status   EditorStatus
	Part     string // code
	Title    string
	Asks     string // what the part is to make clear
	Closed   string // why nothing can be changed here; empty: it can
	Reading  *DossierPart
	Form     Form
	Base     string // what the values were read from, for saving beside others
	Inputs   []Input
	Groups   []InputGroup
	Goals    *GoalTable
	Lists    []RowTable
	Map      *Boundary
	Import   *ImportForm
	Tools    *TableTools
	Slots    []SlotView
	Strip    *ItemStripView // the correction notice, where there is one
	Items    []ItemView     // of it, those of the open part
	SentBack *SentBackView
	Carried  *CarriedView
	Offer    *OfferView
	Stale    *EditorStale
	Next     string // label of the next part; empty on the last
	Actions  []Action
	Presence EditorPresence
}

// EditorStatus is what changes with every save: the tasks, and what is still to do in the part
// that is open.
type EditorStatus struct {
	Refresh string // address that answers with a new one after a save
	Tasks   []Task
	Open    []Problem // refusing, by field
	More    int       // how many more there are than are shown
	Warn    []Problem // to look at
	Swap    bool      // this is the answer to Refresh
	Strip   *ItemStripView
	Ready   Badge  // how far the whole is
	Check   string // address of the self-check
	Oob     bool   // comes beside another answer and finds its place by itself
}

// InputGroup is several inputs under one heading.
type InputGroup struct {
	Title  string
	Inputs []Input
}

// GoalTable is the indicators over the years.
type GoalTable struct {
	Caption string
	Base    string // heading of the base year
	Years   []string
	Reason  string
	Rows    []GoalRow
	Words   []string // an officer's, on the table or a row of it
	Carried string   // what of it came along and is unchanged
}

// GoalRow is one indicator: base, planned years, reason.
type GoalRow struct {
	Label  string
	Base   Field
	Years  []Field
	Reason Field
}

// RowTable is a list that is typed row by row.
type RowTable struct {
	Name    string // path of the list
	Title   string
	Help    string
	Columns []Column
	Rows    []InputRow
	Blank   InputRow // what a new row looks like; its names hold the row as __row__
	Next    int      // place of the next new row
	First   int      // how many rows of the list stand before the first one shown
	Most    int
	Error   string
	Add     string // label
	Paste   *Field // where many rows are pasted at once
	Whole   bool   // only Paste is shown: the list is too long for a table of inputs
	Words   []string
	Carried bool
	Sum     string
}

// InputRow is one row of inputs.
type InputRow struct {
	Name   string // path of the row
	Label  string // 第 3 行
	Inputs []Input
}

// ImportForm takes a boundary file without any script.
type ImportForm struct {
	Action  string
	Version int64
	Base    string
	Error   string
	// Text takes what a file holds, typed or pasted; Datum, Order and Zone ask what the numbers are.
	Text, Datum, Order, Zone Field
}

// SlotView is one place for files.
type SlotView struct {
	Code     string
	Label    string
	Hint     string
	Rule     string // formats, size, number
	State    Badge
	Required bool
	Words    string // an officer's words in a correction notice
	Error    string
	Files    []SlotFile
	Drop     *Upload // nil: nothing can be added
	Closed   string  // why
	Forms    []Action
	Shelf    []ShelfDoc
	Versions []SlotVersion
}

// SlotFile is one file in a slot.
type SlotFile struct {
	Name, Meta string
	Href       string
	Preview    string // empty where a browser cannot show it
	Scan       *Badge // what the virus scanner said; nil: none has looked
	Remove     *Action
}

// ItemView is one item of a correction notice with its answer.
type ItemView struct {
	ID     string
	Label  string // what it is about
	Href   string // leads to the place
	Words  string
	Action string
	Answer Field
	Done   Field
	State  Badge
	Closed bool // shown, not asked
	Number int
	Base   string // version of the item that the answer was read at
	Saved  string // when the answer was last saved, as 10:32
	Files  []SlotFile
	Drop   *Upload
}

// EditorStale is a save that came too late, with both values of everything that differs.
type EditorStale struct {
	Action  string
	Version int64
	Mine    string // the whole part as typed, as JSON
	Seen    string // the whole part as it stands, as JSON
	Name    string // of the zone, as typed
	Was     string // of the zone, as it stands
	When    string
	Rows    []StaleChoice
	Discard string // address of the part as it stands
	From    string // place of the first row, where it is rows of a long list
}

// StaleChoice is one field with two values.
type StaleChoice struct {
	Name   string
	Label  string
	Mine   string
	Theirs string
}

// SelfCheckView is every machine check with what it found.
type SelfCheckView struct {
	Head   Header
	Ready  bool
	Result string   // 可以提交, or how much is missing
	Help   string   // what to do now
	Why    []string // what blocks besides the checks
	Parts  []CheckPart
	Links  []Action
}

// CheckPart is the checks of one part.
type CheckPart struct {
	Label string
	Href  string
	State Badge
	Rows  []CheckRow
}

// CheckRow is one named check.
type CheckRow struct {
	Name     string
	Tone     Tone
	State    string
	Problems []Link
	Mend     string // how to mend what was found
}

// StartView is the form that starts an application.
type StartView struct {
	Header Header
	Form   Form
	Round  Field
	Name   Field
	From   Field
	Body   Field
	Key    string // makes a second click no second application
	Empty  *Empty // no round is open
}
