package workflows

// The facts an objection's guards ask for.
const (
	NoticeRunning Fact = "notice_running"
	RealIdentity  Fact = "real_identity"
	NotHandler    Fact = "not_handler"
)

// Objection moves one objection raised in a public notice: by a unit with its seal or by an
// individual with the real name (公示异议; 10 working days, domain §3).
var Objection = Must(Table{
	Kind: "objection", Version: 1, Label: Label{"公示异议", "Objection"},
	States: []StateRow{
		{State: "received", Label: Label{"待核查", "Received"}, Public: Label{"已收到", "Received"}, Desk: []Role{Officer},
			Clocks: []StateClock{{Name: ClockObjection, Remind: []Audience{ToOfficers}}}, Told: []Audience{ToOfficers, ToDirectors}},
		{State: "handled", Label: Label{"待审定", "Handled, awaiting result"}, Public: Label{"核查中", "Being examined"}, Desk: []Role{Director},
			Clocks: []StateClock{{Name: ClockObjection, Remind: []Audience{ToDirectors}}}, Told: []Audience{ToDirectors}},
		{State: "upheld", Label: Label{"异议成立", "Upheld"}, Public: Label{"异议成立", "Upheld"}, Final: true, Told: []Audience{ToOfficers}},
		{State: "dismissed", Label: Label{"异议不成立", "Dismissed"}, Public: Label{"异议不成立", "Dismissed"}, Final: true, Told: []Audience{ToOfficers}},
		{State: "inadmissible", Label: Label{"不予受理", "Inadmissible"}, Public: Label{"不予受理", "Inadmissible"}, Final: true, Told: []Audience{ToDirectors}},
		{State: "moot", Label: Label{"公示事项终止", "Moot: the case has ended"}, Public: Label{"公示事项已终止", "Closed: the published case has ended"}, Final: true, Told: []Audience{ToOfficers}},
	},
	Transitions: []TransitionRow{
		{Action: "file", To: "received", Roles: []Role{Public, Filler, Leader, Department}, Needs: []Fact{NoticeRunning, RealIdentity}, Label: Label{"提出异议", "File objection"}},
		{Action: "handle", From: []State{"received"}, To: "handled", Roles: []Role{Officer}, Reason: true, Label: Label{"提出核查意见", "Report findings"}},
		{Action: "reject", From: []State{"received"}, To: "inadmissible", Roles: []Role{Officer}, Reason: true, Danger: true, Label: Label{"不予受理", "Reject as inadmissible"}},
		{Action: "uphold", From: []State{"handled"}, To: "upheld", Roles: []Role{Director}, Needs: []Fact{NotHandler}, Reason: true, Label: Label{"认定异议成立", "Uphold"}},
		{Action: "dismiss", From: []State{"handled"}, To: "dismissed", Roles: []Role{Director}, Needs: []Fact{NotHandler}, Reason: true, Label: Label{"认定异议不成立", "Dismiss"}},
		{Action: "return", From: []State{"handled"}, To: "received", Roles: []Role{Director}, Reason: true, Label: Label{"退回重新核查", "Return"}},
		{Action: "close_moot", From: []State{"received", "handled"}, To: "moot", Roles: []Role{System}, Reason: true, Label: Label{"随公示事项终止", "Close: the case has ended"}},
	},
	Facts: map[Fact]Label{
		NoticeRunning: {"不在公示期内", "The notice is not running"},
		RealIdentity:  {"单位异议须加盖公章,个人异议须署真实姓名并留联系方式", "A unit needs its seal; an individual the real name and a contact"},
		NotHandler:    {"核查人不得审定异议", "Whoever examined the objection may not decide it"},
	},
})
