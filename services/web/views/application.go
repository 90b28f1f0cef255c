package views

import "github.com/a-h/templ"

// ApplicationView is the page of an application: its head, what is to be known now, and the
// section that is open.
type ApplicationView struct {
	Head  CaseHead
	Notes []Flash
	Items []ItemView
	Body  []templ.Component
}

// TitledTable is a table under its heading.
type TitledTable struct {
	Title string
	Table Table
	Note  string
}

// CompareView is two versions of an application field by field and file by file.
type CompareView struct {
	Header Header
	Action string
	From   Field
	To     Field
	Fields *Comparison
	Files  *Comparison
	Empty  *Empty
}
