package application

import (
	"slices"
	"strconv"
)

func (c *checker) sectors() {
	chosen := c.in.Content.Business.Sectors
	if len(chosen) == 0 {
		c.refuse("business.sectors", "business.sector_missing")
	}
	for i, sector := range chosen {
		path := indexPath("business.sectors", strconv.Itoa(i))
		if !slices.Contains(c.in.Params.Sectors, sector) {
			c.refuse(path, "field.not_a_choice")
		} else if slices.Contains(chosen[:i], sector) {
			c.refuse(path, "business.sector_repeated")
		}
	}
}

func (c *checker) shares() {
	business := c.in.Content.Business
	if len(business.Leading) == 0 {
		c.refuse("business.leading", "business.leading_missing")
		return
	}
	var sum int64
	for i, line := range business.Leading {
		c.require(itemField("business.leading", i, "name"), line.Name)
		path := itemField("business.leading", i, "sector")
		if c.require(path, line.Sector) && !slices.Contains(business.Sectors, line.Sector) {
			c.refuse(path, "business.sector_not_chosen")
		}
		if line.ShareBP <= 0 || line.ShareBP > maxShares {
			c.refuse(itemField("business.leading", i, "share_bp"), "business.share_range")
			continue
		}
		sum += line.ShareBP
	}
	if sum > maxShares {
		c.refuse("business.leading", "business.shares_over", "Sum", UnitPercent.Format(sum))
	}
}

func (c *checker) firmsPresent() {
	n, p := len(c.in.Content.Business.Firms), c.in.Params
	switch {
	case n == 0:
		c.refuse("business.firms", "business.firms_missing")
	case n < p.MinFirms:
		c.refuse("business.firms", "business.firms_too_few", "Limit", strconv.Itoa(p.MinFirms), "Count", strconv.Itoa(n))
	case p.MaxFirms > 0 && n > p.MaxFirms:
		c.refuse("business.firms", "business.firms_too_many", "Limit", strconv.Itoa(p.MaxFirms), "Count", strconv.Itoa(n))
	}
}

func (c *checker) firmDetails() {
	for i, firm := range c.in.Content.Business.Firms {
		c.require(itemField("business.firms", i, "name"), firm.Name)
		c.requireChoice(itemField("business.firms", i, "sector"), firm.Sector, c.in.Params.Sectors)
		c.requireChoice(itemField("business.firms", i, "revenue_band"), firm.RevenueBand, c.in.Params.RevenueBands)
	}
}

func (c *checker) firmCodes() {
	for i, firm := range c.in.Content.Business.Firms {
		path := itemField("business.firms", i, "code")
		if c.require(path, firm.Code) {
			c.creditCode(path, firm.Code)
		}
	}
}

func (c *checker) firmDuplicates() {
	first := map[string]int{}
	for i, firm := range c.in.Content.Business.Firms {
		if firm.Code == "" {
			continue
		}
		if k, twice := first[firm.Code]; twice {
			c.warn(itemField("business.firms", i, "code"), "business.firm_repeated",
				"Row", strconv.Itoa(i+1), "First", strconv.Itoa(k+1))
			continue
		}
		first[firm.Code] = i
	}
}
