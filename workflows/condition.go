package workflows

// ClockCondition ends on the due date that a condition itself brings.
const ClockCondition ClockName = "condition"

// The facts a condition's guards ask for.
const (
	MaySettle     Fact = "may_settle"
	MayWaive      Fact = "may_waive"
	BySetter      Fact = "by_setter"
	ConditionsMet Fact = "conditions_met"
)

var responsibleSide = []Audience{ToFillers, ToLeaders, ToDepartment}

// Condition moves one condition of a department's opinion or of a decision (附条件): one that
// must be met before the decision is open at once; one that holds for the time after
// accreditation is only noted, and opens with its due date when the zone is established. The
// responsible unit reports what it has done; whoever set the condition, or an officer,
// confirms it or waives it with a reason.
var Condition = Must(Table{
	Kind: "condition", Version: 1, Label: Label{"条件", "Condition"},
	States: []StateRow{
		{State: "noted", Label: Label{"认定后落实", "To be met after accreditation"}, Public: Label{"认定后落实", "To be met after accreditation"}},
		{State: "open", Label: Label{"待落实", "Open"}, Public: Label{"待落实", "Open"}, Editable: true, Desk: []Role{Filler, Leader, Department, Officer},
			Clocks: []StateClock{{Name: ClockCondition, Dated: true, Remind: responsibleSide}}, Told: responsibleSide},
		{State: "reported", Label: Label{"已报落实，待核实", "Reported, to be confirmed"}, Public: Label{"待核实", "To be confirmed"}, Desk: []Role{Department, Officer},
			Paused: []ClockName{ClockCondition}, Told: []Audience{ToDepartment, ToOfficers}},
		{State: "met", Label: Label{"已落实", "Met"}, Public: Label{"已落实", "Met"}, Final: true, Told: responsibleSide},
		{State: "waived", Label: Label{"已豁免", "Waived"}, Public: Label{"已豁免", "Waived"}, Final: true, Told: append([]Audience{ToOfficers}, responsibleSide...)},
		{State: "cancelled", Label: Label{"已终止", "No longer applies"}, Public: Label{"已终止", "No longer applies"}, Final: true},
	},
	Transitions: []TransitionRow{
		{Action: "set", To: "open", Roles: []Role{Department, Officer, Director, System}, Needs: []Fact{BySetter}, Label: Label{"提出条件", "Set condition"}},
		{Action: "note", To: "noted", Roles: []Role{Department, Officer, Director, System}, Needs: []Fact{BySetter}, Label: Label{"提出认定后条件", "Note condition"}},
		{Action: "carry", From: []State{"noted"}, To: "open", Roles: []Role{System}, Label: Label{"转入示范区", "Carry to the zone"}},
		{Action: "report", From: []State{"open"}, To: "reported", Roles: []Role{Filler, Leader, Department, Officer}, Needs: []Fact{OwnDesk}, Reason: true, Label: Label{"报送落实情况", "Report fulfilment"}},
		{Action: "confirm", From: []State{"open", "reported"}, To: "met", Roles: []Role{Department, Officer}, Needs: []Fact{MaySettle}, Reason: true, Label: Label{"确认已落实", "Confirm as met"}},
		{Action: "return", From: []State{"reported"}, To: "open", Roles: []Role{Department, Officer}, Needs: []Fact{MaySettle}, Reason: true, Label: Label{"退回继续落实", "Return"}},
		{Action: "waive", From: []State{"noted", "open", "reported"}, To: "waived", Roles: []Role{Department, Officer, Director}, Needs: []Fact{MayWaive}, Reason: true, Danger: true, Label: Label{"豁免条件", "Waive"}},
		{Action: "cancel", From: []State{"noted", "open", "reported"}, To: "cancelled", Roles: []Role{System}, Reason: true, Label: Label{"条件终止", "End"}},
	},
	Facts: map[Fact]Label{
		BySetter:  {"提出条件的意见或决定不在您的办理范围", "The opinion or decision that sets the condition is not on your desk"},
		OwnDesk:   {"本条件不由您所在单位落实", "Your unit is not responsible for this condition"},
		MaySettle: {"只有提出条件的单位和市发展改革委可以核实", "Only the unit that set the condition and the commission can confirm it"},
		MayWaive:  {"意见中的条件由提出的部门或市发展改革委经办豁免，决定中的条件由市发展改革委负责人豁免", "A condition of an opinion is waived by its department or an officer, one of a decision by the director"},
	},
})
