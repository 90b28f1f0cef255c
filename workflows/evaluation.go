package workflows

// The facts an evaluation's guards ask for.
const (
	ZoneInForce    Fact = "zone_in_force"
	SelfComplete   Fact = "self_complete"
	CheckComplete  Fact = "check_complete"
	SelfReportOver Fact = "self_report_over"
	NotDrafter     Fact = "not_drafter"
)

// Evaluation moves one zone's evaluation of one year: self-report, sign-off, check, expert
// scoring, draft grade, notice, grade (年度考评, part 五(一)). Not filing is unqualified.
var Evaluation = Must(Table{
	Kind: "evaluation", Version: 1, Label: Label{"年度考评", "Annual evaluation"},
	States: []StateRow{
		{State: "self_report", Label: Label{"待自评", "Self-report due"}, Public: Label{"自评中", "Self-report"}, Editable: true, Desk: []Role{Filler},
			Clocks: []StateClock{{Name: ClockSelfReport, AtEnd: "not_filed", Remind: unitSide}}, Told: unitSide},
		{State: "signing", Label: Label{"自评待审签", "Self-report awaiting sign-off"}, Public: Label{"自评中", "Self-report"}, Desk: []Role{Leader},
			Clocks: []StateClock{{Name: ClockSelfReport, AtEnd: "not_filed", Remind: unitSide}}, Told: []Audience{ToLeaders}},
		{State: "filed", Label: Label{"待初审", "Awaiting check"}, Public: Label{"初审中", "Being checked"}, Editable: true, Desk: []Role{Officer},
			Clocks: []StateClock{{Name: ClockCheck, Remind: []Audience{ToOfficers}}}, Told: []Audience{ToFillers, ToLeaders, ToOfficers}},
		{State: "scoring", Label: Label{"专家评分中", "Expert scoring"}, Public: Label{"评审中", "In review"}, Desk: []Role{Officer},
			Clocks: []StateClock{{Name: ClockGrade, Remind: []Audience{ToOfficers}}}, Told: []Audience{ToOfficers}},
		{State: "drafted", Label: Label{"拟定等次", "Grade drafted"}, Public: Label{"评审中", "In review"}, Desk: []Role{Clerk, Officer},
			Clocks: []StateClock{{Name: ClockGrade, Remind: []Audience{ToOfficers, ToDirectors}}}, Told: []Audience{ToClerks, ToDirectors}},
		{State: "notice", Label: Label{"公示中", "Public notice"}, Public: Label{"公示中", "Public notice"}, Desk: []Role{},
			Clocks: []StateClock{{Name: ClockNotice, AtEnd: "end_notice"}, {Name: ClockGrade, Remind: []Audience{ToDirectors}}}, Told: []Audience{ToFillers, ToLeaders, ToDirectors}},
		{State: "confirming", Label: Label{"待审定", "Awaiting confirmation"}, Public: Label{"公示期满", "Notice ended"}, Desk: []Role{Director},
			Clocks: []StateClock{{Name: ClockGrade, Remind: []Audience{ToDirectors}}}, Told: []Audience{ToDirectors}},
		{State: "graded", Label: Label{"已评定", "Graded"}, Public: Label{"已评定", "Graded"}, Final: true, Told: []Audience{ToFillers, ToLeaders, ToOfficers, ToDirectors}},
		{State: "cancelled", Label: Label{"已取消", "Cancelled"}, Public: Label{"已取消", "Cancelled"}, Final: true, Told: unitSide},
	},
	Transitions: []TransitionRow{
		{Action: "open", To: "self_report", Roles: []Role{Officer}, Needs: []Fact{ZoneInForce}, Label: Label{"启动年度考评", "Open evaluation"}},
		{Action: "send_to_sign", From: []State{"self_report"}, To: "signing", Roles: []Role{Filler}, Needs: []Fact{SelfComplete}, Label: Label{"提交审签", "Send for sign-off"}},
		{Action: "recall", From: []State{"signing"}, To: "self_report", Roles: []Role{Filler}, Label: Label{"取回修改", "Take back"}},
		{Action: "send_back", From: []State{"signing"}, To: "self_report", Roles: []Role{Leader}, Reason: true, Label: Label{"退回填报员", "Send back to filler"}},
		{Action: "sign", From: []State{"signing"}, To: "filed", Roles: []Role{Leader}, Needs: []Fact{SelfComplete}, Label: Label{"签发并报送", "Sign and file"}},
		{Action: "return_report", From: []State{"filed"}, To: "self_report", Roles: []Role{Officer}, Reason: true, Label: Label{"退回补充", "Return for completion"}},
		{Action: "not_filed", From: []State{"self_report", "signing"}, To: "graded", Roles: []Role{System}, Needs: []Fact{SelfReportOver}, Label: Label{"逾期未报送,评定为不合格", "Not filed: unqualified"}},
		{Action: "pass_check", From: []State{"filed"}, To: "scoring", Roles: []Role{Officer}, Needs: []Fact{CheckComplete}, Label: Label{"初审通过", "Pass check"}},
		{Action: "draft_grade", From: []State{"scoring"}, To: "drafted", Roles: []Role{Officer}, Needs: []Fact{ScoresIn}, Label: Label{"拟定等次", "Draft grade"}},
		{Action: "publish_notice", From: []State{"drafted"}, To: "notice", Roles: []Role{Clerk, Officer}, Label: Label{"发布公示", "Publish notice"}},
		{Action: "end_notice", From: []State{"notice"}, To: "confirming", Roles: []Role{System}, Needs: []Fact{NoticeOver}, Label: Label{"公示期满", "Notice period ends"}},
		{Action: "confirm", From: []State{"confirming"}, To: "graded", Roles: []Role{Director}, Needs: []Fact{NotDrafter, NoOpenObjection}, Label: Label{"审定等次", "Confirm grade"}},
		{Action: "redo", From: []State{"drafted", "confirming"}, To: "scoring", Roles: []Role{Director}, Reason: true, Label: Label{"退回重评", "Return to scoring"}},
		{Action: "cancel", From: []State{"self_report", "signing", "filed", "scoring"}, To: "cancelled", Roles: []Role{Director}, Reason: true, Danger: true, Label: Label{"取消考评", "Cancel evaluation"}},
	},
	Facts: map[Fact]Label{
		ZoneInForce:     {"示范区不在有效期内或本年度考评已启动", "The zone is not in force, or its evaluation of this year exists"},
		SelfComplete:    {"自评指标或佐证材料不完整", "Self-reported indicators or evidence are incomplete"},
		CheckComplete:   {"初审值尚未逐项填写", "Not every indicator has a checked value"},
		SelfReportOver:  {"自评期限尚未届满", "The self-report period has not ended"},
		ScoresIn:        {"专家评分尚未完成", "Expert scoring is not complete"},
		NoticeOver:      {"公示期尚未届满", "The notice period has not ended"},
		NotDrafter:      {"拟定等次的人不得审定", "Whoever drafted the grade may not confirm it"},
		NoOpenObjection: {"尚有异议未处理完毕", "An objection is still open"},
	},
})
