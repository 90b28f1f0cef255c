package web

import (
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/web/views"
)

// offerFigure lays last year's figure beside the field of this year's, for who reports.
func (r *request) offerFigure(row *views.SheetRow, x evaluation.View, code string) {
	if x.State != "self_report" || x.Last == nil || x.Last.Figures[code] == "" {
		return
	}
	row.Take = r.offer(row.Figure, x.Last.Figures[code], row.Name)
}

// offerNote does the same with the words that the unit wrote to it.
func (r *request) offerNote(row *views.SheetRow, x evaluation.View, code string) {
	if x.State != "self_report" || x.LastOwn == nil || x.LastOwn.Notes[code] == "" {
		return
	}
	r.offerText(row, x.LastOwn.Notes[code])
}

// offerWords does so for a bonus that is being claimed.
func (r *request) offerWords(row *views.SheetRow, a adjusting, code string) {
	if text := a.last.Notes[code]; text != "" && row.Note != nil && !a.isChecked {
		r.offerText(row, text)
	}
}

func (r *request) offerText(row *views.SheetRow, text string) {
	row.TakeNote = r.offer(row.Note, text, row.Name)
	row.TakeNote.Shown = r.T("evaluation.note.was", "Text", text)
}

func (r *request) offer(f *views.Field, value, name string) *views.Offer {
	return &views.Offer{Name: f.Name, Value: value, Label: r.T("evaluation.take.one", "Name", name, "Value", value), Same: plainFigure(f.Value) == plainFigure(value)}
}

func plainFigure(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), ",", "") }

// takeAll labels the button that fills in all of last year's figures, where there are any.
func (r *request) takeAll(x evaluation.View) string {
	if x.State != "self_report" || x.Last == nil || len(x.Last.Figures) == 0 {
		return ""
	}
	return r.T("evaluation.take.all", "Year", strconv.Itoa(x.Year-1))
}

// take does what the buttons beside last year's values ask, for a form that was sent without a script.
func (f *sheetForm) take(x evaluation.View) {
	if x.State != "self_report" {
		return
	}
	name, one := strings.CutPrefix(f.Next, "take:")
	last := map[string]*evaluation.Sheet{"figures": x.Last, "notes": x.LastOwn}
	for part, into := range f.parts() {
		from := last[part].Part(part)
		for code, value := range from {
			path := part + "." + code
			if into != nil && (one && path == name || f.Next == "take-all" && part == "figures" && strings.TrimSpace(into[code]) == "") {
				into[code] = value
			}
		}
	}
}

// zoneGoals are what the zone's application planned for the year of an evaluation, by indicator, as people read it; what
// the reader may not see, and a zone without an application here, has none.
func (r *request) zoneGoals(x evaluation.View) map[string]string {
	zone, err := r.site.Zones.View(r.ctx(), r.actor, x.ZoneID)
	if err != nil || zone.ApplicationID == "" {
		return nil
	}
	a, err := r.site.Applications.View(r.ctx(), r.actor, zone.ApplicationID)
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			r.site.Log.Warn("goals beside an evaluation", "zone", x.ZoneID, "err", err)
		}
		return nil
	}
	return plannedFor(a.Content.Goals, int64(x.Year))
}

// plannedFor are the goals of one year by indicator; the base year's are its actual figures.
func plannedFor(g application.Goals, year int64) map[string]string {
	out := map[string]string{}
	for _, row := range g.Rows {
		value := row.Base
		if k := year - g.BaseYear - 1; k >= 0 && k < int64(len(row.Planned)) {
			value = row.Planned[k]
		} else if year != g.BaseYear {
			continue
		}
		if value != nil {
			out[row.Indicator] = application.IndicatorUnit(row.Indicator).Format(*value)
		}
	}
	return out
}

func (r *request) goalText(value string, year int) string {
	if value == "" {
		return ""
	}
	return r.T("evaluation.goal", "Year", strconv.Itoa(year), "Value", grouped(value))
}
