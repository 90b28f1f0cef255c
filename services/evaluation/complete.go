package evaluation

import (
	"slices"

	"clusterzone/services/attachment"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
)

// The slots that evidence goes to; which slots must be filled besides, the rule set says.
const (
	evidenceSlot = "evaluation-evidence"
	bonusSlot    = "bonus-evidence"
)

// selfProblems is what keeps a self-report from being signed: figures and goals that are
// missing or still last year's, and evidence and papers that are not there.
func selfProblems(rules policy.RuleSet, s Sheet, files []attachment.Attachment) []fault.Field {
	out := missing(rules.Evaluation, s)
	for _, code := range s.Carried {
		if i, ok := rules.Evaluation.Indicator(code); ok {
			out = append(out, fieldOf("figures."+code, "figure_carried", i.Name))
		}
	}
	required := map[string]bool{}
	if asksEvidence(rules.Evaluation, s) {
		required[evidenceSlot] = true
	}
	if claimsEvidence(rules.Evaluation, s) {
		required[bonusSlot] = true
	}
	return append(out, unfilled(rules, policy.PurposeEvaluation, required, files)...)
}

// missing lists the figures and goals that are not given.
func missing(rules policy.Evaluation, s Sheet) []fault.Field {
	var out []fault.Field
	for _, i := range rules.Indicators {
		if i.Method.Kind == policy.MethodExpert {
			continue
		}
		if s.Figures[i.Code] == "" {
			out = append(out, fieldOf("figures."+i.Code, "figure_missing", i.Name))
		}
		if needsTarget(i) && s.Targets[i.Code] == "" {
			out = append(out, fieldOf("targets."+i.Code, "target_missing", i.Name))
		}
	}
	return out
}

// asksEvidence: an indicator that must be proved is scored by experts, or its figure is not
// zero: of nothing there is nothing to prove.
func asksEvidence(rules policy.Evaluation, s Sheet) bool {
	return slices.ContainsFunc(rules.Indicators, func(i policy.Indicator) bool {
		v := s.Figures[i.Code]
		return i.Evidence && (i.Method.Kind == policy.MethodExpert || v != "" && v != "0")
	})
}

func claimsEvidence(rules policy.Evaluation, s Sheet) bool {
	return slices.ContainsFunc(rules.Bonuses, func(b policy.Adjustment) bool { return b.Evidence && s.Bonuses[b.Code] != "" })
}

// unfilled lists the slots of a purpose that must hold a file and do not.
func unfilled(rules policy.RuleSet, purpose string, besides map[string]bool, files []attachment.Attachment) []fault.Field {
	var out []fault.Field
	for _, slot := range rules.SlotsFor(purpose) {
		has := slices.ContainsFunc(files, func(f attachment.Attachment) bool { return f.Slot == slot.Code })
		if (slot.Required || besides[slot.Code]) && !has {
			out = append(out, fieldOf("materials["+slot.Code+"]", "slot_missing", slot.Name))
		}
	}
	return out
}

// checkProblems is what keeps the check from being passed: figures that are missing, and what
// differs from the self-report, is taken away or vetoes without a note that says why.
func checkProblems(rules policy.Evaluation, self, checked Sheet) []fault.Field {
	out := missing(rules, checked)
	noted := func(path, code string, name policy.Text) {
		if checked.Notes[code] == "" {
			out = append(out, fieldOf(path, "check_note", name))
		}
	}
	for _, i := range rules.Indicators {
		if v := checked.Figures[i.Code]; v != "" && v != self.Figures[i.Code] {
			noted("figures."+i.Code, i.Code, i.Name)
		}
	}
	for _, b := range rules.Bonuses {
		if checked.Bonuses[b.Code] != self.Bonuses[b.Code] {
			noted("bonuses."+b.Code, b.Code, b.Name)
		}
	}
	for _, d := range rules.Deductions {
		if checked.Deductions[d.Code] != "" {
			noted("deductions."+d.Code, d.Code, d.Name)
		}
	}
	for _, v := range rules.Vetoes {
		if slices.Contains(checked.Vetoes, v.Code) {
			noted("vetoes", v.Code, v.Name)
		}
	}
	return out
}
