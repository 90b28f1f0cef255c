package views

// FrontView is the first page of the public.
type FrontView struct {
	Notices, Zones Table
	Number         Field // of a certificate to check
}

// NoticeView is a public notice.
type NoticeView struct {
	Header    Header
	Facts     []Item
	Body      []string // paragraphs
	Withdrawn bool
	Form      *ObjectionForm // while it runs
}

// ObjectionForm takes an objection; it works without script.
type ObjectionForm struct {
	Action                    string
	Problems                  []Problem
	Kind, Name, Contact, Body Field
	Places                    []EvidencePlace
}

// TrackView asks after an objection, and answers.
type TrackView struct {
	Number, Contact Field
	Facts           []Item // what was found
	Problem         string
}

// CertificateCheck asks for a certificate, and answers.
type CertificateCheck struct {
	Number  Field
	Found   *CertificateView
	Problem string
}

// CertificateView is what anybody learns of a certificate.
type CertificateView struct {
	State Badge
	Text  string
	Note  string
	Facts []Item
	Demo  bool
}

// ZoneView is a zone; what is inside is shown to those who take part in its cases.
type ZoneView struct {
	Head         CaseHead
	Facts        []Item
	Sides        []Item // the four sides in words
	Map          *Boundary
	Measures     Table
	Grades       Table
	Conditions   []ConditionCard // of the accreditation, for those who may see them
	Inside       bool
	Statement    string
	Certificates Table
	History      []Event
}
