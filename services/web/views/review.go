package views

// ReviewView is one evaluator's review: the invitation first, then the workbench, then what
// was handed in.
type ReviewView struct {
	Header    Header
	Facts     []Item
	Clocks    []NamedClock
	Actions   []Action
	Note      string
	Invite    *Invitation
	Document  *Dossier
	Rubric    *RubricForm
	Ballot    *Ballot
	Others    []string // the colleagues' totals, without names
	OthersHid string   // why they are not shown
	Withdraw  *InputForm
	History   []Event
}

// Invitation asks to accept and sign, or to decline, or to declare a recusal.
type Invitation struct {
	Rows            Table // what is to be scored
	Accept          InputForm
	Decline, Recuse InputForm
}

// InputForm is a small form: its inputs and its one button.
type InputForm struct {
	Form   Form
	Do     string // sent as "do"
	Text   string // said above the inputs
	Inputs []Input
	Submit string
	Danger bool
	Open   bool   // unfolded
	Fold   string // the line that unfolds it; empty: it is always open
}

func (f InputForm) class() string {
	switch {
	case f.Danger:
		return "btn btn-outline-danger"
	case f.Fold == "":
		return "btn btn-primary"
	}
	return "btn"
}

// RubricForm is the scoring sheet to fill in.
type RubricForm struct {
	Form   Form
	Stale  *Stale
	Rows   []RubricRow
	Vetoes []VetoRow
	Other  Field // general comment
	Total  string
	Max    string
	Keys   string
}

// RubricRow is one criterion with its points and why.
type RubricRow struct {
	Number   int
	Code     string
	Name     string
	Guidance string
	Levels   string
	Rule     string // when a justification is asked for
	See      []Link // where to look in the document
	Points   Field
	Reason   Field
}

// VetoRow is a veto that can be raised with a reason.
type VetoRow struct {
	Box    Field
	Reason Field
}

// Ballot is a scoring sheet as it was handed in.
type Ballot struct {
	Scores  Table
	Vetoes  []Passage
	Comment Passage
}

// ExpertsView is the panel of a case: who was asked and how far they are, what their scores
// come to, and who else could be asked.
type ExpertsView struct {
	Header    Header
	Actions   []Action
	Notes     []string
	Result    []Item
	Warning   string
	Panel     Table
	Invite    *Form
	Key       string
	Filter    *Filter
	Pool      Table
	Excluded  Table
	PoolNote  string
	Criteria  *Table
	InviteWhy string // why nobody can be invited now
}
