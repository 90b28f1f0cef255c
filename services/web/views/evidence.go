package views

// EvidencePlace is one place for files of an objection that is being written.
type EvidencePlace struct {
	Code, Label, Help string
	Error             string
	Files             []EvidenceFile
	Full              string // why nothing more can be added; empty: it can
	Drop              Upload
}

// EvidenceFile is a file that waits for its objection. Nobody can read it but the commission,
// once it is filed.
type EvidenceFile struct {
	Name, Meta string
	Scan       *Badge
	Remove     string // address
}

// EvidenceView is what came with an objection.
type EvidenceView struct {
	Count  int
	Hidden string // said in place of the files to those who may not read them
	Files  []SlotFile
}
