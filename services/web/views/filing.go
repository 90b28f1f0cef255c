package views

import "github.com/a-h/templ"

// ItemStripView is a correction notice in short: how many items are done, and where each is.
type ItemStripView struct {
	Title   string // 补正事项：已完成 2 / 6
	Lead    string // until when
	Done    int
	Total   int
	Items   []ItemLine
	List    string // address of the whole list; empty: this is it
	Send    string // address of what is shown before sending; empty: not for this person
	Refresh string // address that answers with a new one after a save
	Swap    bool   // sent along with something else
	Fresh   bool   // an answer to Refresh: the items on the page take their new state
}

// ItemLine is one item of the strip.
type ItemLine struct {
	ID     string
	Number int
	Label  string
	Words  string
	Href   string
	State  Badge
	Active bool // it belongs to the part that is open
}

// CorrectionsView is a correction notice item by item with the answers.
type CorrectionsView struct {
	Header  Header
	Strip   ItemStripView
	Items   []ItemView
	Empty   *Empty
	Actions []Action
}

// ItemStaleView is an answer that came too late, with the one that was saved meanwhile.
type ItemStaleView struct {
	Action string
	Base   string // the version that stands now
	Answer string // name of the field
	Done   string
	Mine   string
	MyDone string
	Theirs string
	Reload string
}

// SentBackView is why the leader did not sign.
type SentBackView struct {
	Title  string // who and when
	Reason string
	Parts  []Link
}

// CarriedView says what of a part came along from before and stands unchanged.
type CarriedView struct {
	Text   string
	Action string // confirms it
	Part   string
	Done   bool // all of it is confirmed
}

// OfferView offers to keep a development body in the unit's profile.
type OfferView struct {
	Text   string
	Action string
	Submit string
	Link   Link
}

// SigningView is what is shown before an application is handed in or signed: what stands in
// the way, what has changed since the last signature, and to the leader the whole of it.
type SigningView struct {
	Header  Header
	Blocked []string
	Notes   []Flash
	Since   string // what the comparison is with
	Fields  *Comparison
	Files   *Comparison
	Items   []ItemView
	Body    []templ.Component
	Form    Form
	Submit  string
	Agree   string // what the person declares by it
	Back    *SendBackView
	Cancel  string
	Links   []Action
}

// SendBackView is the form by which a leader does not sign.
type SendBackView struct {
	Form   Form
	Reason Field
	Parts  Field
}

// PrintView is an application as paper.
type PrintView struct {
	Title    string
	Subtitle string
	Number   string
	Version  string
	Digest   string
	Check    string // address behind the QR code
	QR       string // image
	Draft    bool
	Demo     bool
	Cover    []Item
	Parts    []DossierPart
	Files    Table
	Back     string
	PDF      string
}

// ProfilePageView is what a unit keeps about itself.
type ProfilePageView struct {
	Header  Header
	Form    Form
	Bodies  []ProfileBodyView
	Editing bool // the reader can change it
	Empty   *Empty
	Saved   string // who and when
	Most    bool   // no more fit
	Over    *OvertakenNote
}

// ProfileBodyView is one development body.
type ProfileBodyView struct {
	Name   string // of the fields: bodies.0
	Title  string
	ID     string
	Inputs []Input
	Facts  []Item
	Remove Field
	Fresh  bool
}

// OvertakenNote says that somebody else has saved meanwhile.
type OvertakenNote struct {
	Text  string
	Lines []string
}
