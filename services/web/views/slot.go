package views

// SlotVersion is one file that a slot holds or held.
type SlotVersion struct {
	Name, Href string
	Meta       string // number, who, when, size
	Sum        string // SHA-256 in hex
	Used       string // the submitted versions it stands in
	Gone       string // that it was removed or replaced; empty while it is there
}

// ShelfDoc is a document of the unit that a slot could use again.
type ShelfDoc struct {
	Name, Href string
	Meta       string
	Why        string // why it cannot be used
	Use        *ShelfUse
}

// ShelfUse attaches it.
type ShelfUse struct {
	Href, Source, Back string
	Version            int64
}
