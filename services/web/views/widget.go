package views

import (
	"context"
	"encoding/json"
	"strconv"
)

// Upload is a place to put files. The script posts {name, size, type, sha256}
// and Fields as JSON to Ticket, gets {url, fields, id} back, posts the file there
// as multipart, then posts {id, sha256} and Fields to Complete. Where Complete holds {id}
// it is replaced.
type Upload struct {
	ID       string // unique within the page
	Label    string
	Help     string
	Accept   []string // file name endings with their dot: .pdf
	MaxBytes int64
	Many     bool
	Required bool
	Ticket   string
	Complete string
	Fields   map[string]string // sent with both posts, such as the slot
	Refresh  string            // address whose answer replaces Target; empty: reload the page
	Target   string            // CSS selector, for Refresh
	Closed   string            // why nothing can be added now; empty: it can
	Error    string
	Plain    string // name of the plain input that takes the files without script; empty: none does

	// Files of more than Whole bytes go in parts, when Session is set: the script gets
	// {id, session: {part_size, count, parts}} from Ticket or, after a break, from
	// Session/session, asks Session/parts with {no, sha256} for {url, method, headers} of
	// each part, and Session/discard ends it. Where Session holds {id} it is replaced.
	Session    string
	Whole      int64
	Person     string             // whose uploads this browser remembers
	Dated      string             // label of the last day that is asked for; empty: none is
	Unfinished []UnfinishedUpload // begun by this person and not finished
}

// UnfinishedUpload is one that can be gone on with by choosing the same file again.
type UnfinishedUpload struct {
	Name, Meta string
	Percent    int
	Discard    Action
}

func (u Upload) accept() string {
	list := ""
	for i, ending := range u.Accept {
		if i > 0 {
			list += ","
		}
		list += ending
	}
	return list
}

func (u Upload) limits(ctx context.Context) string {
	formats := ""
	for i, ending := range u.Accept {
		if i > 0 {
			formats += T(ctx, "web.list.comma")
		}
		formats += ending[1:]
	}
	return T(ctx, "web.upload.limits", "Formats", formats, "Size", sizeText(u.MaxBytes))
}

func (u Upload) fields() string { return encode(u.Fields) }

// sizeText writes bytes as people compare them, in powers of 1024.
func sizeText(n int64) string {
	switch {
	case n >= 1<<30:
		return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GB"
	case n >= 1<<20:
		return strconv.FormatInt(n>>20, 10) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	default:
		return strconv.FormatInt(n, 10) + " B"
	}
}

// Boundary is a map on which a boundary is shown or drawn. It has no tiles: the
// ground is the unit's outline.
type Boundary struct {
	Field   Field  // hidden input with the geometry as GeoJSON; Label, Help and Error are shown
	Outline string // address of the unit's outline as GeoJSON; may be empty
	Zones   string // address of other zones as a FeatureCollection, property "name"
	// Check is asked after each change with {"geometry": …} and answers
	// {"area_m2": n, "overlaps": [{"name": "…", "area_m2": n}], "problems": ["…"]}.
	Check  string
	Import string // address or anchor of the form that takes a file
	Print  string // address of the map for paper
	Tall   bool
}

// Chart draws the table given to it; the table stays below as its words. The
// first column names, the others are series. A link of a cell opens its list.
type Chart struct {
	Kind   ChartKind
	Title  string
	Table  Table
	Stack  bool
	Closed bool // fold the table away until asked for
}

// ChartKind is how the table is drawn.
type ChartKind string

const (
	Bars    ChartKind = "bar"
	Columns ChartKind = "column"
	Lines   ChartKind = "line"
	Shares  ChartKind = "pie"
)

// encode writes string maps for a data attribute; they cannot fail to encode.
func encode(m map[string]string) string {
	if len(m) == 0 {
		return "{}"
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "{}"
	}
	return string(text)
}
