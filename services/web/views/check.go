package views

// CheckView is the check of a filing: what was filed with what the machine found, a verdict
// under each part, the files beside it.
type CheckView struct {
	Header    Header
	Clocks    []NamedClock
	Count     string   // what has been found so far
	Hints     []string // what can be done next
	Overtaken *Overtaken
	Form      Form
	Dossier   Dossier
	Desk      FileDesk
	Locked    string // why nothing can be judged; empty: it can
	Buttons   []CheckButton
	Actions   []Action
}

// CheckButton saves the verdicts and leads on; Value is sent as "next".
type CheckButton struct {
	Label, Value string
	Primary      bool
	Why          string // said beside it
}

func (b CheckButton) class() string {
	if b.Primary {
		return "btn btn-primary"
	}
	return "btn"
}

// CorrectionView is the one notice of everything that has to be corrected, in the making.
type CorrectionView struct {
	Header    Header
	Form      Form
	Overtaken *Overtaken
	Blocked   []string // why it cannot be sent
	Anchors   []Option // places a correction can name
	Items     []CorrectionRow
	Findings  []CorrectionFinding
	Preview   *CorrectionPreview
	CanSend   bool
	Back      string
}

// CorrectionRow is one item of the notice.
type CorrectionRow struct {
	Anchor, Words Field
	Number        int
}

// CorrectionFinding is something the machine found that can be put into the notice.
type CorrectionFinding struct {
	Check Check
	Part  string
	Value string // sent as "do" by its button
}

// CorrectionPreview is the notice as the unit will read it.
type CorrectionPreview struct {
	Title, Opening, Closing string
	Items                   []CorrectionLine
}

// CorrectionLine is one item as the unit will read it.
type CorrectionLine struct{ Where, Words string }
