package views

// SectionsView is a page of titled sections one below the other: facts, tables, small forms.
type SectionsView struct {
	Header   Header
	Actions  []Action
	Flashes  []Flash
	Sections []Section
}

// Section is one part of such a page; what is empty is left out.
type Section struct {
	Title   string
	Text    string
	Items   []Item
	Table   *Table
	Fold    *Table // folded under FoldAs
	FoldAs  string
	Actions []Action
	Forms   []InputForm
}
