package views

// OpinionView is a department's opinion: the application to read, beside it the answer.
type OpinionView struct {
	Header    Header
	Clocks    []NamedClock
	Actions   []Action
	Dossier   Dossier
	Facts     []Item
	Given     []Passage // the opinion as it was given, for those who may read it
	Note      string    // what stands here where neither is shown
	Overtaken *Overtaken
	Give      *OpinionForm
	Transfer  *TransferForm
	History   []Event
}

// OpinionForm asks for the opinion.
type OpinionForm struct {
	Form                        Form
	Stance, Grounds, Conditions Field
}

// TransferForm hands the case to a colleague.
type TransferForm struct {
	Form           Form
	Person, Reason Field
	Open           bool   // it came back with problems
	Nobody         string // there is no colleague to hand it to
}
