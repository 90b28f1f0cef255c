package views

// DocumentsView is the official papers of a case.
type DocumentsView struct {
	Header Header
	Papers Table
	Offers []Action
}

// PaperLinks lead to the files of a paper.
type PaperLinks struct {
	ID      string
	Printed bool
	SHA256  string
}

// OrderView is the form that issues a paper, with its draft beside it.
type OrderView struct {
	Header  Header
	Form    Form
	Extra   Field
	No      int // the template's version
	Preview string
	Blocked string
}

// VoidView asks for the reason why a paper is declared void.
type VoidView struct {
	Header Header
	Form   Form
	Reason Field
}

// TemplateView is a template of official papers.
type TemplateView struct {
	Header   Header
	Form     Form
	Fields   []Input
	Names    []Item // what the text may name
	Tries    []Link // previews with real cases
	Versions Table
	Publish  *Action
	ReadOnly bool
}
