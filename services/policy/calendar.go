package policy

import (
	"fmt"

	"clusterzone/services/database"
	"clusterzone/workflows"
)

// Calendar returns the working-day calendar in force, as the table holds it.
func (b *Book) Calendar(tx *database.Tx) (*workflows.Calendar, error) {
	var version string
	if err := tx.One(&version, "SELECT version FROM calendar_version WHERE one = 1"); err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	b.mu.Lock()
	kept := b.calendar
	b.mu.Unlock()
	if kept != nil && kept.Version() == version {
		return kept, nil
	}
	fresh, err := readCalendar(tx, version)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calendar = fresh
	return fresh, nil
}

func readCalendar(tx *database.Tx, version string) (*workflows.Calendar, error) {
	var years []int
	if err := tx.Find(&years, "SELECT year FROM calendar_year WHERE confirmed ORDER BY year"); err != nil {
		return nil, fmt.Errorf("calendar years: %w", err)
	}
	var rows []struct {
		Day  string
		Rest bool
		Name string
	}
	if err := tx.Find(&rows, "SELECT day, rest, name FROM calendar_day ORDER BY day"); err != nil {
		return nil, fmt.Errorf("calendar days: %w", err)
	}
	days := make([]workflows.Day, 0, len(rows))
	for _, r := range rows {
		d, err := workflows.ParseDate(r.Day)
		if err != nil {
			return nil, fmt.Errorf("calendar day %q: %w", r.Day, err)
		}
		days = append(days, workflows.Day{Date: d, Rest: r.Rest, Name: r.Name})
	}
	return workflows.NewCalendar(version, years, days)
}

func (b *Book) seedCalendar(tx *database.Tx) error {
	n, err := tx.Exec("INSERT INTO calendar_version (one, version) VALUES (1, ?) ON CONFLICT DO NOTHING", CalendarVersion)
	if err != nil || n == 0 {
		return err
	}
	for _, y := range SeedYears() {
		if _, err := tx.Exec("INSERT INTO calendar_year (year, confirmed, document) VALUES (?, TRUE, '') ON CONFLICT DO NOTHING", y); err != nil {
			return fmt.Errorf("seed calendar: %w", err)
		}
	}
	for _, d := range SeedCalendar() {
		if _, err := tx.Exec("INSERT INTO calendar_day (day, rest, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", d.Date, d.Rest, d.Name); err != nil {
			return fmt.Errorf("seed calendar: %w", err)
		}
	}
	return nil
}
