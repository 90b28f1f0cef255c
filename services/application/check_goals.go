package application

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// rowPath is the path of a goals row; a row without a usable indicator is named by its place.
func rowPath(rows []GoalRow, i int) string {
	if key := rows[i].Indicator; plainKey(key) {
		return indexPath("goals.rows", key)
	}
	return indexPath("goals.rows", strconv.Itoa(i))
}

// goalRow finds the row of an indicator; with two, the first counts and goalsComplete refuses the second.
func (c *checker) goalRow(indicator string) (GoalRow, string, bool) {
	rows := c.in.Content.Goals.Rows
	i := slices.IndexFunc(rows, func(r GoalRow) bool { return r.Indicator == indicator })
	if i < 0 {
		return GoalRow{}, "", false
	}
	return rows[i], rowPath(rows, i), true
}

func (c *checker) goalsComplete() {
	goals := c.in.Content.Goals
	if goals.BaseYear < 2000 || goals.BaseYear > maxYear {
		c.refuse("goals.base_year", "field.year_invalid")
	}
	for _, indicator := range c.in.Params.Indicators {
		row, path, found := c.goalRow(indicator)
		if !found {
			c.refuse(indexPath("goals.rows", indicator), "goals.row_missing", "Indicator", IndicatorLabelKey(indicator))
			continue
		}
		c.goalValues(row, path)
	}
	seen := map[string]bool{}
	for i, row := range goals.Rows {
		if !slices.Contains(c.in.Params.Indicators, row.Indicator) {
			c.refuse(rowPath(goals.Rows, i), "goals.indicator_unknown")
		} else if seen[row.Indicator] {
			c.refuse(rowPath(goals.Rows, i), "goals.row_repeated", "Indicator", IndicatorLabelKey(row.Indicator))
		}
		seen[row.Indicator] = true
	}
}

func (c *checker) goalValues(row GoalRow, path string) {
	label := IndicatorLabelKey(row.Indicator)
	baseYear := c.in.Content.Goals.BaseYear
	c.goalValue(row.Base, path+".base", label, baseYear)
	for k := range c.in.Params.PlannedYears {
		var value *int64
		if k < len(row.Planned) {
			value = row.Planned[k]
		}
		c.goalValue(value, indexPath(path+".planned", strconv.Itoa(k)), label, baseYear+int64(k)+1)
	}
	if len(row.Planned) > c.in.Params.PlannedYears {
		c.refuse(path+".planned", "goals.too_many_years", "Indicator", label,
			"Limit", strconv.Itoa(c.in.Params.PlannedYears))
	}
}

func (c *checker) goalValue(value *int64, path, label string, year int64) {
	switch {
	case value == nil:
		c.refuse(path, "goals.value_missing", "Indicator", label, "Year", strconv.FormatInt(year, 10))
	case *value < 0:
		c.refuse(path, "field.negative")
	}
}

func (c *checker) goalsBelowBase() {
	if c.in.Params.BelowBaseFree {
		return
	}
	c.eachGoal(func(row GoalRow, path string) {
		if row.Base == nil || c.reasoned(row) {
			return
		}
		unit := IndicatorUnit(row.Indicator)
		for k, value := range row.Planned {
			if value != nil && *value < *row.Base {
				c.refuse(indexPath(path+".planned", strconv.Itoa(k)), "goals.below_base",
					"Indicator", IndicatorLabelKey(row.Indicator), "Year", c.plannedYear(k),
					"Value", unit.Format(*value), "Base", unit.Format(*row.Base),
					"Min", strconv.Itoa(c.reasonMin()))
			}
		}
	})
}

func (c *checker) goalsOutliers() {
	if c.in.Params.GrowthLimitBP <= 0 {
		return
	}
	c.eachGoal(func(row GoalRow, path string) {
		if c.reasoned(row) {
			return
		}
		before := row.Base
		for k, value := range row.Planned {
			if before != nil && value != nil {
				c.goalGrowth(row, indexPath(path+".planned", strconv.Itoa(k)), k, *before, *value)
			}
			before = value
		}
	})
}

// goalGrowth judges one step. Growth from nothing has no rate and is an outlier whenever something is planned.
func (c *checker) goalGrowth(row GoalRow, path string, k int, before, value int64) {
	label, year, reasonMin := IndicatorLabelKey(row.Indicator), c.plannedYear(k), strconv.Itoa(c.reasonMin())
	if before <= 0 {
		if value > 0 {
			c.refuse(path, "goals.from_nothing", "Indicator", label, "Year", year, "Min", reasonMin)
		}
		return
	}
	growth := (float64(value)/float64(before) - 1) * 10_000
	// Half a hundredth of a percent of slack, so that exactly the limit passes whatever the division rounds to.
	if math.Round(growth) > float64(c.in.Params.GrowthLimitBP) {
		c.refuse(path, "goals.outlier", "Indicator", label, "Year", year,
			"Growth", percent(growth), "Limit", UnitPercent.Format(c.in.Params.GrowthLimitBP), "Min", reasonMin)
	}
}

// eachGoal visits the first row of every indicator of the rule set.
func (c *checker) eachGoal(visit func(row GoalRow, path string)) {
	for _, indicator := range c.in.Params.Indicators {
		if row, path, found := c.goalRow(indicator); found {
			visit(row, path)
		}
	}
}

func (c *checker) reasoned(row GoalRow) bool {
	return utf8.RuneCountInString(row.Reason) >= c.reasonMin()
}

func (c *checker) reasonMin() int {
	return max(1, c.in.Params.ReasonMin)
}

func (c *checker) plannedYear(k int) string {
	return strconv.FormatInt(c.in.Content.Goals.BaseYear+int64(k)+1, 10)
}
