package views

// OpinionView is a department's opinion: the application to read, beside it the answer.
type OpinionView struct {
	Header    Header
	Clocks    []NamedClock
	Actions   []Action
	Dossier   Dossier
	Facts     []Item
	Given     []Passage // the opinion as it was given, for those who may read it
	Cards     []ConditionCard
	CardsLead string
	Earlier   []Earlier
	Before    string // address of the opinion before it in the queue; empty: none
	After     string // of the one after it
	Note      string // what stands here where neither is shown
	Overtaken *Overtaken
	Give      *OpinionForm
	Transfer  *TransferForm
	History   []Event
}

// OpinionForm asks for the opinion.
type OpinionForm struct {
	Form            Form
	Base            int64 // the version of the draft that is shown
	Stance, Grounds Field
	Conditions      ConditionList
	By              string // who has typed it so far
}

// TransferForm hands the case to a colleague.
type TransferForm struct {
	Form           Form
	Person, Reason Field
	Open           bool   // it came back with problems
	Nobody         string // there is no colleague to hand it to
}

// Earlier is what was given before the opinion was asked for anew, and what has changed since.
type Earlier struct {
	When, Stance, Grounds string
	Changes               string // in words
	Compare               string // address of both versions side by side; empty: nothing to compare
}
