package views

// TableTools is what can be done with the tables of a part besides typing: template, import, a page of its own.
type TableTools struct {
	Lead    string
	Actions []Action
	Undo    string // what was imported last, with its button in Actions
}

// UploadTableView is the page on which a filled-in workbook is sent.
type UploadTableView struct {
	Header Header
	Steps  []TableStep
	Action string
	Accept string
	Limit  string
	Error  string
	Last   string // what was imported last
	Undo   *Action
}

// TableStep is one step of working in a spreadsheet.
type TableStep struct {
	Title, Text string
	Actions     []Action
}

// ImportTableView is an uploaded file: what is wrong with it, or what it changes.
type ImportTableView struct {
	Header  Header
	Tone    Tone
	Result  string
	Help    string
	Facts   []Item
	Modes   []ModeChoice
	Actions []Action
	Lists   []TitledTable
	Pager   Pager
	Goals   *Comparison
	Notes   []string
}

// ModeChoice is one way to import, with a page of its own that shows what it does.
type ModeChoice struct {
	Label, Help, Href string
	Chosen            bool
}

// FirmGridView is a page of a long list of firms, to be typed into.
type FirmGridView struct {
	Head     Header
	Status   EditorStatus
	Closed   string
	Tools    TableTools
	Form     Form
	Base     string
	From     int
	Count    int
	Table    RowTable
	Pages    []PageLink
	Find     Field
	FindAt   string
	Problems []Link // by row, over the whole list
	More     string
	Back     Action
	Stale    *EditorStale
	Acked    string // the rows as they were read, as a form sends them
}

// PageLink is one page of a list that is numbered.
type PageLink struct {
	Label, Href string
	Here        bool
}
