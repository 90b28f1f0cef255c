package workflows

// The facts a statistics report's guards ask for.
const (
	FormComplete Fact = "form_complete"
	NotChecker   Fact = "not_checker"
)

// Report moves one zone's periodic statistics form (统计直报, part 五(三)): the unit checks
// first, then the statistics bureau accepts or returns; what is released stays as it is.
var Report = Must(Table{
	Kind: "report", Version: 1, Label: Label{"统计直报", "Statistics report"},
	States: []StateRow{
		{State: "open", Label: Label{"待填报", "Due"}, Public: Label{"填报中", "Being prepared"}, Editable: true, Desk: []Role{Filler},
			Clocks: []StateClock{{Name: ClockReport, AtEnd: "mark_late", Remind: unitSide}}, Told: []Audience{ToFillers}},
		{State: "late", Label: Label{"逾期未报", "Late"}, Public: Label{"填报中", "Being prepared"}, Editable: true, Desk: []Role{Filler}, Told: []Audience{ToFillers, ToLeaders, ToStatistics}},
		{State: "unit_check", Label: Label{"单位审核中", "Unit check"}, Public: Label{"填报中", "Being prepared"}, Desk: []Role{Leader},
			Clocks: []StateClock{{Name: ClockReport, Remind: unitSide}}, Told: []Audience{ToLeaders}},
		{State: "submitted", Label: Label{"待统计部门验收", "Awaiting acceptance"}, Public: Label{"审核中", "Being checked"}, Desk: []Role{Statistics}, Told: []Audience{ToStatistics}},
		{State: "accepted", Label: Label{"已验收", "Accepted"}, Public: Label{"已验收", "Accepted"}, Desk: []Role{Statistics}, Told: []Audience{ToFillers}},
		{State: "released", Label: Label{"已发布", "Released"}, Public: Label{"已发布", "Released"}, Final: true, Told: unitSide},
	},
	Transitions: []TransitionRow{
		{Action: "open", To: "open", Roles: []Role{System, Statistics}, Label: Label{"下达报表", "Open report"}},
		{Action: "send", From: []State{"open", "late"}, To: "unit_check", Roles: []Role{Filler}, Needs: []Fact{FormComplete}, Label: Label{"提交单位审核", "Send for unit check"}},
		{Action: "send_back", From: []State{"unit_check"}, To: "open", Roles: []Role{Leader}, Reason: true, Label: Label{"退回填报员", "Send back"}},
		{Action: "submit", From: []State{"unit_check"}, To: "submitted", Roles: []Role{Leader}, Needs: []Fact{FormComplete}, Label: Label{"审核并报送", "Check and submit"}},
		{Action: "return", From: []State{"submitted", "accepted"}, To: "open", Roles: []Role{Statistics}, Reason: true, Label: Label{"退回核实", "Return"}},
		{Action: "accept", From: []State{"submitted"}, To: "accepted", Roles: []Role{Statistics}, Label: Label{"验收", "Accept"}},
		{Action: "release", From: []State{"accepted"}, To: "released", Roles: []Role{Statistics}, Needs: []Fact{NotChecker}, Label: Label{"发布", "Release"}},
		{Action: "mark_late", From: []State{"open"}, To: "late", Roles: []Role{System}, Needs: []Fact{ClockOver}, Label: Label{"逾期未报", "Late"}},
	},
	Facts: map[Fact]Label{
		FormComplete: {"报表未填完整或未通过审核关系", "The form is incomplete or fails its check rules"},
		NotChecker:   {"验收人不得发布", "Whoever accepted may not release"},
		ClockOver:    {"期限尚未届满", "The period has not ended"},
	},
})
