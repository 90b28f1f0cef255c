package application

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (c *checker) area() {
	path, area := "positioning.area", c.in.Content.Positioning.Area
	if c.require(path, area) && !slices.Contains(c.in.Params.Areas, area) {
		c.refuse(path, "positioning.area_not_of_unit")
	}
}

func (c *checker) positioningTexts() {
	p := c.in.Params
	c.length("positioning.text", c.in.Content.Positioning.Text, p.TextMin, p.TextMax)
	c.length("positioning.relation", c.in.Content.Positioning.Relation, p.RelationMin, p.RelationMax)
}

// length asks for a text between two lengths in characters; a longest of 0 is no limit.
func (c *checker) length(path, text string, shortest, longest int) {
	if !c.require(path, text) {
		return
	}
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n < shortest {
		c.refuse(path, "field.too_short", "Limit", strconv.Itoa(shortest), "Length", strconv.Itoa(n))
	}
	if longest > 0 && n > longest {
		c.refuse(path, "field.too_long", "Limit", strconv.Itoa(longest), "Length", strconv.Itoa(n))
	}
}

func (c *checker) platforms() {
	for i, p := range c.in.Content.Positioning.Platforms {
		c.require(itemField("positioning.platforms", i, "name"), p.Name)
		c.require(itemField("positioning.platforms", i, "description"), p.Description)
		if p.Year < 2000 || p.Year > maxYear {
			c.refuse(itemField("positioning.platforms", i, "year"), "field.year_invalid")
		}
	}
}

func (c *checker) factors() {
	f := c.in.Content.Factors
	c.factor("factors.land", f.Land)
	c.require("factors.land.source", f.Land.Source)
	c.factor("factors.funds", f.Funds)
	c.factor("factors.talent", f.Talent)
	c.factor("factors.utilities", f.Utilities)
}

func (c *checker) factor(path string, f Factor) {
	if f.Amount == nil {
		c.refuse(path+".amount", "field.required")
	} else if *f.Amount < 0 {
		c.refuse(path+".amount", "field.negative")
	}
	c.require(path+".body", f.Body)
	c.requireDate(path+".date", f.Date)
}

func (c *checker) fundAmounts() {
	years, p := c.in.Content.Fund.Years, c.in.Params
	if len(years) == 0 {
		c.refuse("fund.years", "fund.years_missing")
		return
	}
	var sum int64
	seen := map[int64]bool{}
	for i, y := range years {
		if y.Year < 2000 || y.Year > maxYear {
			c.refuse(itemField("fund.years", i, "year"), "field.year_invalid")
		} else if seen[y.Year] {
			c.refuse(itemField("fund.years", i, "year"), "fund.year_repeated", "Year", strconv.FormatInt(y.Year, 10))
		}
		seen[y.Year] = true
		if y.AmountFen <= 0 || y.AmountFen > maxInteger {
			c.refuse(itemField("fund.years", i, "amount_fen"), "fund.amount_not_positive")
			continue
		}
		sum += y.AmountFen
	}
	if len(years) < p.MinFundYears {
		c.refuse("fund.years", "fund.too_few_years",
			"Limit", strconv.Itoa(p.MinFundYears), "Count", strconv.Itoa(len(years)))
	}
	if sum > 0 && sum < p.MinFundFen {
		c.refuse("fund.years", "fund.below_minimum", "Limit", UnitFen.Format(p.MinFundFen), "Sum", UnitFen.Format(sum))
	}
}

func (c *checker) fundSource() {
	c.require("fund.source_line", c.in.Content.Fund.SourceLine)
}

func (c *checker) fundDocument() {
	c.documentNumber("fund.document_number", c.in.Content.Fund.DocumentNumber)
	c.requireFile(c.in.Params.FundSlot, "fund.document_number", "fund.file_missing")
}

func (c *checker) recommendation() {
	r := c.in.Content.Recommendation
	c.documentNumber("recommendation.document_number", r.DocumentNumber)
	c.requireDate("recommendation.date", r.Date)
	c.requireFile(c.in.Params.RecommendationSlot, "recommendation.document_number", "recommendation.file_missing")
}

// documentNumber asks for an official number (文号): issuer, year, serial. Forms vary too much for more than a look for
// digits after other characters.
func (c *checker) documentNumber(path, number string) {
	if !c.require(path, number) {
		return
	}
	digit := strings.IndexAny(number, "0123456789")
	if digit <= 0 || utf8.RuneCountInString(number) < 5 {
		c.refuse(path, "field.document_number")
	}
}
