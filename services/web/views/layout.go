package views

import (
	"context"
	"net/url"

	"clusterzone/services/wording"
)

// Page is the frame around one page: who looks at it and what surrounds it.
type Page struct {
	Title  string
	Path   string     // path and query of this page, kept by the language links
	User   *UserBox   // nil: nobody is logged in, a login link is shown
	Menu   []MenuItem // what this person's roles open; neighbours of one Section are grouped
	Unread int        // messages in the inbox not yet read
	Flash  *Flash
	Demo   bool   // every figure on the page is invented: say so above it
	Search string // what the search box holds
	Map    bool   // the page shows a Boundary: load the map library
	Chart  bool   // the page shows a Chart: load the chart library
	Wide   bool   // use the whole width, for split screens and wide tables
}

// UserBox names the person logged in.
type UserBox struct {
	ID    string
	Name  string
	Unit  string
	Roles []string // in words
	For   string   // the person acted for under a delegation, or empty
}

// MenuItem is one entry of the left menu.
type MenuItem struct {
	Section string // heading shown above the first item that carries it
	Label   string
	Href    string
	Icon    string // a name in vendor/icons.txt
	Active  bool
	Count   int // open things behind it; 0 shows none
}

// Link is a place to go, in words.
type Link struct {
	Label string
	Href  string
}

// FlashKind is the tone of a message after an action.
type FlashKind string

const (
	Done    FlashKind = "done"    // it worked
	Note    FlashKind = "note"    // something to know
	Warning FlashKind = "warning" // something to look at
	Failed  FlashKind = "failed"  // it did not work
)

// Flash is a message shown once above the page.
type Flash struct {
	Kind  FlashKind
	Text  string
	Links []Link
}

func (f Flash) icon() string {
	switch f.Kind {
	case Done:
		return "circle-check"
	case Warning:
		return "alert-triangle"
	case Failed:
		return "alert-circle"
	default:
		return "info-circle"
	}
}

// role makes a failure interrupt a screen reader and the rest wait its turn.
func (f Flash) role() string {
	if f.Kind == Failed {
		return "alert"
	}
	return "status"
}

// Header opens the body of a page.
type Header struct {
	Crumbs []Link
	Title  string
	Lead   string // one sentence under the title
	Badge  *Badge
	Clocks []NamedClock // of the case that the page is about
}

// langHref is the address of the same page in another language.
func langHref(path string, lang wording.Lang) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" {
		u = &url.URL{Path: "/"}
	}
	query := u.Query()
	query.Set("lang", string(lang))
	u.RawQuery = query.Encode()
	return u.String()
}

// newSection reports whether item i opens a section of the menu.
func newSection(menu []MenuItem, i int) bool {
	return menu[i].Section != "" && (i == 0 || menu[i-1].Section != menu[i].Section)
}

// unreadText caps what the bell shows, so that it keeps its place.
func unreadText(n int) string {
	if n > 99 {
		return "99+"
	}
	return wording.Number(int64(n))
}

// scriptKeys lists the texts that the scripts in static/ show, without their
// prefix web.js. A test holds it equal to what the scripts ask for.
func scriptKeys() []string {
	return []string{
		"autosave.conflict", "autosave.dirty", "autosave.failed", "autosave.invalid", "autosave.login", "autosave.offline", "autosave.other",
		"autosave.partly", "autosave.saved", "autosave.saving",
		"chart.empty",
		"confirm",
		"keep.found", "keep.login", "keep.logout", "keep.theirs",
		"length",
		"map.area.both", "map.clear", "map.clear.confirm", "map.crossing.at", "map.drawing", "map.empty", "map.failed", "map.import.bad",
		"map.in", "map.list.done", "map.list.line", "map.list.ring", "map.out", "map.overlap.none", "map.schematic", "map.undo.none",
		"request.failed", "request.offline", "request.slow",
		"upload.busy", "upload.cancel", "upload.cancelled", "upload.checking", "upload.done", "upload.empty",
		"upload.failed", "upload.format", "upload.goes_on", "upload.gone", "upload.hashing", "upload.large", "upload.login", "upload.many",
		"upload.offline", "upload.pace", "upload.pause", "upload.paused", "upload.refused", "upload.resume", "upload.retry", "upload.sending", "upload.waits",
	}
}

// scriptTexts are the same with their texts. Parameters stay as {Name} for the
// script to fill in.
func scriptTexts(ctx context.Context) map[string]string {
	s := ScopeOf(ctx)
	texts := make(map[string]string, len(scriptKeys()))
	for _, key := range scriptKeys() {
		var params []any
		if s.Texts != nil {
			for _, name := range s.Texts.Params("web.js." + key) {
				params = append(params, name, "{"+name+"}")
			}
		}
		texts[key] = s.T("web.js."+key, params...)
	}
	return texts
}
