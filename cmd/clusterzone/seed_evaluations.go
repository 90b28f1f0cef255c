package main

import (
	"context"
	"encoding/json"
	"fmt"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// demoEvaluation is the evaluation of one zone in one year on its way.
type demoEvaluation struct {
	seed int
	zone string // part of the zone's name
	unit string
	year int
	due  string
	good bool // whether the figures reach the targets
	ref  casework.Ref
}

// planEvaluations lets last year's evaluation of some zones end, one of them unqualified and
// under rectification, and puts this year's into every stage.
func (s *seeder) planEvaluations() {
	zones := publishedZones()
	for i, z := range []int{0, 5, 8, 12} {
		e := &demoEvaluation{seed: i + 1, zone: zones[z].name, unit: s.heir(zones[z].unit, 100), year: s.base.Year() - 1, due: s.day(80), good: i != 3}
		s.at(120, func(ctx context.Context) error { return s.openEvaluation(ctx, e) })
		s.at(100, func(ctx context.Context) error { return s.selfReport(ctx, e) })
		s.at(98, func(ctx context.Context) error { return s.checkReport(ctx, e) })
		s.at(90, func(ctx context.Context) error { return s.scoreEvaluation(ctx, e) })
		s.at(70, func(ctx context.Context) error { return s.act(ctx, "officer", e.ref, "draft_grade", "", nil) })
		s.at(69, func(ctx context.Context) error { return s.act(ctx, "clerk", e.ref, "publish_notice", "", nil) })
		s.at(45, func(ctx context.Context) error { return s.act(ctx, "director", e.ref, "confirm", "", nil) })
	}
	for i, z := range []int{1, 2, 6, 7, 10, 11, 13} {
		e := &demoEvaluation{seed: 20 + i, zone: zones[z].name, unit: s.heir(zones[z].unit, 20), year: s.base.Year(), due: s.day(-30), good: true}
		s.at(24, func(ctx context.Context) error { return s.openEvaluation(ctx, e) })
		steps := []func(context.Context, *demoEvaluation) error{s.sendReport, s.signReport, s.checkReport, s.scoreEvaluation,
			func(ctx context.Context, e *demoEvaluation) error {
				return s.act(ctx, "officer", e.ref, "draft_grade", "", nil)
			},
			func(ctx context.Context, e *demoEvaluation) error {
				return s.act(ctx, "clerk", e.ref, "publish_notice", "", nil)
			}}
		days := []float64{20, 19, 17, 15, 5, 4}
		for k := range min(i, len(steps)) {
			step := steps[k]
			s.at(days[k], func(ctx context.Context) error { return step(ctx, e) })
		}
	}
}

// heir is the unit that answers for a zone so many days before the present: districts merge.
func (s *seeder) heir(unit string, before int) string {
	if heirs := s.app.book.Heirs(unit, s.day(before)); len(heirs) > 0 {
		return heirs[0].Code
	}
	return unit
}

// day is the local date so many days before the present.
func (s *seeder) day(before int) string {
	return workflows.DateOf(s.base.AddDate(0, 0, -before)).String()
}

func (s *seeder) openEvaluation(ctx context.Context, e *demoEvaluation) error {
	var zone string
	err := s.app.db.View(ctx, func(tx *database.Tx) error { return tx.One(&zone, "SELECT id FROM zone WHERE name = ?", e.zone) })
	if err != nil {
		return fmt.Errorf("evaluate %s: %w", e.zone, err)
	}
	out, err := s.app.evaluations.Open(ctx, s.people["officer"], evaluation.Opening{ZoneID: zone, Year: e.year, Due: e.due})
	if err != nil {
		return fmt.Errorf("evaluate %s: %w", e.zone, err)
	}
	e.ref = casework.Ref{Kind: out.Kind, ID: out.ID}
	return nil
}

func (s *seeder) selfReport(ctx context.Context, e *demoEvaluation) error {
	if err := s.sendReport(ctx, e); err != nil {
		return err
	}
	return s.signReport(ctx, e)
}

// sendReport fills the self column, attaches the evidence and sends it to the leader.
func (s *seeder) sendReport(ctx context.Context, e *demoEvaluation) error {
	filler := s.people[s.login(e.unit, "filler")]
	acts, err := s.app.evaluations.Actions(ctx, filler, e.ref.ID)
	if err != nil {
		return err
	}
	if _, err := s.app.evaluations.SaveSelf(ctx, filler, e.ref.ID, acts.Version, demoSheet(s.app.book.Rules.Evaluation, e)); err != nil {
		return fmt.Errorf("self-report of %s: %w", e.zone, err)
	}
	for _, slot := range s.app.book.Rules.SlotsFor(policy.PurposeEvaluation) {
		if slot.Required || slot.Code == "evaluation-evidence" {
			if err := s.attach(ctx, filler.Login, e.ref, slot); err != nil {
				return err
			}
		}
	}
	return s.act(ctx, filler.Login, e.ref, "send_to_sign", "", nil)
}

func (s *seeder) signReport(ctx context.Context, e *demoEvaluation) error {
	return s.act(ctx, s.login(e.unit, "leader"), e.ref, "sign", "", nil)
}

func (s *seeder) checkReport(ctx context.Context, e *demoEvaluation) error {
	officer := s.people["officer"]
	acts, err := s.app.evaluations.Actions(ctx, officer, e.ref.ID)
	if err != nil {
		return err
	}
	if _, err := s.app.evaluations.SaveChecked(ctx, officer, e.ref.ID, acts.Version, demoSheet(s.app.book.Rules.Evaluation, e)); err != nil {
		return fmt.Errorf("check of %s: %w", e.zone, err)
	}
	return s.act(ctx, "officer", e.ref, "pass_check", "", nil)
}

func (s *seeder) scoreEvaluation(ctx context.Context, e *demoEvaluation) error {
	return s.review(ctx, e.ref, []int{5, 6, 7}, e.seed)
}

// demoSheet invents a figure within the range of every indicator that experts do not score.
func demoSheet(rules policy.Evaluation, e *demoEvaluation) json.RawMessage {
	figures, targets := map[string]string{}, map[string]string{}
	for i, ind := range rules.Indicators {
		if ind.Source.Kind == policy.SourceExpert || ind.Method.Kind == policy.MethodExpert {
			continue
		}
		v := policy.Whole(int64(20 + (e.seed*13+i*7)%60))
		if !e.good {
			v = policy.Whole(1)
		}
		figures[ind.Code] = within(v, ind).String()
		if ind.Method.Step != nil && ind.Method.Step.Target == nil {
			target := policy.Whole(20)
			if !e.good {
				target = policy.Whole(90)
			}
			targets[ind.Code] = within(target, ind).String()
		}
	}
	text, _ := json.Marshal(map[string]any{"figures": figures, "targets": targets}) // plain strings always marshal
	return text
}

func within(v policy.Decimal, i policy.Indicator) policy.Decimal {
	if i.Min != nil && v < *i.Min {
		return *i.Min
	}
	if i.Max != nil && v > *i.Max {
		return *i.Max
	}
	return v
}
