package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// Field is one input with everything that belongs to it: label, unit, help,
// problem. Every kind of input takes this struct and reads what it needs.
type Field struct {
	Name     string // name of the form value, such as goal.revenue
	Label    string
	Value    string
	Help     string // what to write, before anything is wrong
	Error    string // field, reason and what to do
	Words    string // an officer's words on this field in a correction notice
	Unit     string // shown behind a number: 万元, km²
	Hint     string // placeholder: an example, never the label
	Required bool
	ReadOnly bool
	Carried  bool // the value is carried over from last time and can be kept
	Rows     int  // lines of a text area; 0 is 4
	Max      int  // longest text in characters; 0 is no limit
	// Least, Most and Step bound a number or a date, as text; Step "any" allows
	// decimals.
	Least, Most, Step string
	Options           []Option // of Select, Checkboxes and Radios
	Kind              string   // input type of TextField: text, email, tel, password, search
	Autocomplete      string
}

// Option is one choice.
type Option struct {
	Value    string
	Label    string
	Help     string
	Chosen   bool
	Disabled bool
	Group    string // neighbours of one group stand under its name in a Select
}

// Problem is one line of the summary above a form, linking to its field.
type Problem struct {
	Field string // name of the field; empty for the whole form
	Text  string
}

// id is the element id of a field, the target of the summary's link.
func (f Field) id() string { return fieldID(f.Name) }

func fieldID(name string) string { return "f-" + name }

// describedBy names the elements that explain the input.
func (f Field) describedBy() string {
	ids := ""
	if f.Help != "" {
		ids += f.id() + "-help "
	}
	if f.Words != "" {
		ids += f.id() + "-words "
	}
	return ids + f.id() + "-error"
}

func (f Field) rows() string {
	if f.Rows == 0 {
		return "4"
	}
	return strconv.Itoa(f.Rows)
}

func (f Field) kind() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

func (f Field) step() string {
	if f.Step == "" {
		return "1"
	}
	return f.Step
}

func (f Field) autocomplete() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// optionGroups splits options at each change of group, keeping their order.
func optionGroups(options []Option) [][]Option {
	var groups [][]Option
	for i, option := range options {
		if i == 0 || options[i-1].Group != option.Group {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], option)
	}
	return groups
}

// Form is the frame of an editable form.
type Form struct {
	Action   string
	Version  int64  // the version the values were read at; sent back as "version"
	Autosave string // address that takes each change; empty: saved by button only
	Saved    string // when the shown values were last saved, as 10:32; empty if never
	Keep     string // under which name the browser keeps what is not saved yet: person, case, part
	Acked    string // of a refused form with Keep: what was last saved, as a form would send it
	Problems []Problem
	Files    bool // the form itself carries files
}

func (f Form) encoding() string {
	if f.Files {
		return "multipart/form-data"
	}
	return "application/x-www-form-urlencoded"
}

func (f Form) version() string { return strconv.FormatInt(f.Version, 10) }

// attributes are those every input shares.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{
		"id": f.id(), "name": f.Name, "aria-describedby": f.describedBy(),
		"required": f.Required, "readonly": f.ReadOnly,
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.ReadOnly && len(f.Options) > 0 { // a select knows no readonly
		a["disabled"] = true
	}
	return a
}

// savedState is the state the autosave line starts in.
func savedState(saved string) string {
	if saved == "" {
		return "none"
	}
	return "saved"
}
