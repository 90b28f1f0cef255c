package workflows

// The facts an opinion's guards ask for.
const (
	OwnDesk        Fact = "own_desk"
	GroundsGiven   Fact = "grounds_given"
	ClockOver      Fact = "clock_over"
	ColleagueNamed Fact = "colleague_named"
	StillInReview  Fact = "still_in_review"
)

// Opinion moves one request to one department about one application (会签; 7 working days,
// domain §3). An overdue opinion stays answerable: lateness is recorded, not punished by silence.
var Opinion = Must(Table{
	Kind: "opinion", Version: 1, Label: Label{"部门意见", "Department opinion"},
	States: []StateRow{
		{State: "requested", Label: Label{"待出具意见", "Opinion requested"}, Public: Label{"征求意见中", "Opinion sought"}, Desk: []Role{Department, Officer},
			Clocks: []StateClock{{Name: ClockOpinion, AtEnd: "mark_overdue", Remind: []Audience{ToDepartment}}}, Told: []Audience{ToDepartment}},
		{State: "overdue", Label: Label{"逾期未出具", "Opinion overdue"}, Public: Label{"征求意见中", "Opinion sought"}, Desk: []Role{Department, Officer},
			Clocks: []StateClock{{Name: ClockOpinion, Remind: []Audience{ToDepartment}}}, Told: []Audience{ToDepartment, ToSupervision, ToOfficers}},
		{State: "given", Label: Label{"已出具", "Opinion given"}, Public: Label{"意见已出具", "Opinion given"}, Told: []Audience{ToOfficers}},
		{State: "cancelled", Label: Label{"已取消", "Cancelled"}, Public: Label{"已取消", "Cancelled"}, Final: true, Told: []Audience{ToDepartment}},
	},
	Transitions: []TransitionRow{
		{Action: "request", To: "requested", Roles: []Role{Officer, System}, Label: Label{"征求意见", "Request opinion"}},
		{Action: "give", From: []State{"requested", "overdue"}, To: "given", Roles: []Role{Department, Officer}, Needs: []Fact{OwnDesk, GroundsGiven}, Label: Label{"出具意见", "Give opinion"}},
		{Action: "transfer", From: []State{"requested", "overdue"}, Roles: []Role{Department}, Needs: []Fact{OwnDesk, ColleagueNamed}, Label: Label{"转交同事", "Hand to a colleague"}, Told: []Audience{ToDepartment}},
		{Action: "mark_overdue", From: []State{"requested"}, To: "overdue", Roles: []Role{System}, Needs: []Fact{ClockOver}, Label: Label{"逾期", "Overdue"}},
		{Action: "ask_again", From: []State{"given"}, To: "requested", Roles: []Role{Officer}, Needs: []Fact{StillInReview}, Reason: true, Label: Label{"重新征求意见", "Ask for it anew"}, Told: []Audience{ToOfficers}},
		{Action: "cancel", From: []State{"requested", "overdue"}, To: "cancelled", Roles: []Role{Officer, System}, Reason: true, Danger: true, Label: Label{"取消征求", "Cancel request"}},
	},
	Facts: map[Fact]Label{
		OwnDesk:        {"本件不在您的办理范围", "This is not on your desk"},
		GroundsGiven:   {"非“同意”的意见须写明理由", "An opinion other than 'agree' needs grounds"},
		ClockOver:      {"期限尚未届满", "The period has not ended"},
		StillInReview:  {"申报不在评审中，不能重新征求意见", "The application is not in review"},
		ColleagueNamed: {"请指定同部门的接办人", "Name a colleague of the same department"},
	},
})
