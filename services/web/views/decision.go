package views

// ObjectionView is one objection as the commission handles it.
type ObjectionView struct {
	Head     CaseHead
	Facts    []Item
	Passages []Passage
	Evidence EvidenceView
	History  []Event
}
