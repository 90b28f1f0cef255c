package views

// ListView is a page that is a list: its tabs, its filter, its rows, the way on.
type ListView struct {
	Header  Header
	Actions []Action
	Tabs    []Tab
	Filter  *Filter
	Table   Table
	Pager   Pager
}

// Filter narrows a list by a form whose values stand in the address.
type Filter struct {
	Action string
	Kept   map[string]string // sent along as they are
	Search *Field
	Lists  []Field // each a SelectField
	Active bool    // something is filtered: offer to clear it
}

// SearchView is what a search has found, by kind.
type SearchView struct {
	Text   string
	Groups []SearchGroup
	Empty  Empty
}

// SearchGroup is what was found of one kind.
type SearchGroup struct {
	Title string
	Table Table
	More  Link // the whole list; empty: this is all
}
