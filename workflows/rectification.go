package workflows

// The facts a rectification's guards ask for.
const (
	EvidenceComplete  Fact = "evidence_complete"
	RectificationOver Fact = "rectification_over"
	ItemsRechecked    Fact = "items_rechecked"
	NotRechecker      Fact = "not_rechecker"
)

// Rectification moves the remedy that an unqualified grade orders: items, evidence,
// re-check by the officer, result by the director (整改; 60 working days, one extension).
var Rectification = Must(Table{
	Kind: "rectification", Version: 1, Label: Label{"整改", "Rectification"},
	States: []StateRow{
		{State: "open", Label: Label{"整改中", "Rectifying"}, Public: Label{"整改中", "Rectifying"}, Editable: true, Desk: []Role{Filler, Leader},
			Clocks: []StateClock{{Name: ClockRectification, AtEnd: "lapse", Remind: unitSide}}, Told: unitSide},
		{State: "rechecking", Label: Label{"待复查", "Awaiting re-check"}, Public: Label{"复查中", "Being re-checked"}, Editable: true, Desk: []Role{Officer},
			Clocks: []StateClock{{Name: ClockRecheck, Remind: []Audience{ToOfficers}}}, Paused: []ClockName{ClockRectification}, Told: []Audience{ToOfficers}},
		{State: "rechecked", Label: Label{"复查待审定", "Re-check awaiting result"}, Public: Label{"复查中", "Being re-checked"}, Desk: []Role{Director},
			Clocks: []StateClock{{Name: ClockRecheck, Remind: []Audience{ToDirectors}}}, Paused: []ClockName{ClockRectification}, Told: []Audience{ToDirectors}},
		{State: "passed", Label: Label{"整改合格", "Passed"}, Public: Label{"整改合格", "Passed"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToOfficers}},
		{State: "failed", Label: Label{"整改不合格", "Failed"}, Public: Label{"整改不合格", "Failed"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToOfficers, ToDirectors}},
	},
	Transitions: []TransitionRow{
		{Action: "order", To: "open", Roles: []Role{System, Director}, Needs: []Fact{GroundsOnFile}, Label: Label{"责令整改", "Order rectification"}},
		{Action: "submit", From: []State{"open"}, To: "rechecking", Roles: []Role{Leader}, Needs: []Fact{EvidenceComplete}, Label: Label{"签发并报送整改结果", "Sign and submit"}},
		{Action: "extend", From: []State{"open"}, Roles: []Role{Officer}, Needs: []Fact{ExtensionLeft}, Reason: true, Label: Label{"延长整改期限", "Extend"}, Told: unitSide},
		{Action: "return", From: []State{"rechecking", "rechecked"}, To: "open", Roles: []Role{Officer, Director}, Reason: true, Label: Label{"退回继续整改", "Return"}},
		{Action: "recheck", From: []State{"rechecking"}, To: "rechecked", Roles: []Role{Officer}, Needs: []Fact{ItemsRechecked}, Label: Label{"提交复查意见", "Submit re-check"}},
		{Action: "pass", From: []State{"rechecked"}, To: "passed", Roles: []Role{Director}, Needs: []Fact{NotRechecker}, Label: Label{"审定合格", "Pass"}},
		{Action: "fail", From: []State{"rechecked"}, To: "failed", Roles: []Role{Director}, Needs: []Fact{NotRechecker}, Reason: true, Danger: true, Label: Label{"审定不合格", "Fail"}},
		{Action: "lapse", From: []State{"open"}, To: "failed", Roles: []Role{System}, Needs: []Fact{RectificationOver}, Label: Label{"逾期未完成整改", "Not submitted in time"}},
	},
	Facts: map[Fact]Label{
		GroundsOnFile:     {"缺少不合格的考评结果", "No unqualified grade supports this"},
		EvidenceComplete:  {"还有整改事项未填写结果或佐证", "Some items have no result or evidence"},
		ExtensionLeft:     {"延期只能办理一次", "The period has already been extended once"},
		ItemsRechecked:    {"还有整改事项未复查", "Some items have not been re-checked"},
		NotRechecker:      {"复查人不得审定结果", "Whoever re-checked may not decide the result"},
		RectificationOver: {"整改期限尚未届满", "The rectification period has not ended"},
	},
})
