package policy

import "time"

// In gives the local date on which the due date falls in a year, before any move off a rest day.
func (d DueDate) In(year int) string {
	day, month := d.Day, d.Month
	if day == 0 {
		month++ // day 0 of the next month is the last day of this one
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
