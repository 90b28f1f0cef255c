package views

// Dossier is what was filed, for reading beside the work on it: part by part, with what the
// machine found and the files of each part.
type Dossier struct {
	Title string
	Note  string // which version this is
	Parts []DossierPart
	Frame string // name of the frame that shows a file; empty: files open in a window of their own
}

// DossierPart is one part of a filing.
type DossierPart struct {
	Code   string // the part can be linked to as #part-<code>
	Label  string
	Badge  *Badge
	Facts  []Item
	Texts  []Passage
	Tables []Passage
	Map    *Boundary
	Checks []Check
	Passed string // how many checks found nothing, in words; empty: none are shown
	Files  []FileLine
	Below  *Verdict // the officer's finding, asked right under what it is about
}

// Passage is a text or a table under its name.
type Passage struct {
	Title string
	Text  string
	Table *Table
	More  string // what is left out, in words
}

// FileLine is one file of a slot.
type FileLine struct {
	Slot  string // name of the slot
	Name  string
	Meta  string // size and date
	Href  string // downloads it
	Frame string // shows it inside a page; empty where a browser cannot
	None  string // the slot is empty: says so
	Bad   bool   // the slot is empty and must not be
}

func partID(code string) string { return "part-" + code }

// FileDesk shows one file at a time; links of a Dossier with the same frame name open in it.
type FileDesk struct {
	Frame string
	First string // address of the file shown first; empty: a hint stands there
	Hint  string
}

// FileSize writes bytes as people compare them.
func FileSize(n int64) string { return sizeText(n) }

// Overtaken says that somebody else has changed what a form was read from: what they did, and
// the way to save one's own nevertheless.
type Overtaken struct {
	Lines  []string // what stands now, one change a line
	Since  []Event  // what happened to the case meanwhile
	Action string
	Values map[string]string // the form as it was typed; empty: it stands below
	Submit string
	Reload string // address of the page as it stands
}
