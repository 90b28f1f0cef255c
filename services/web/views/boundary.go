package views

// BoundaryPreview is what a boundary file holds, before it is stored.
type BoundaryPreview struct {
	Head            Header
	Map             string // SVG drawn by us
	Facts           []Item
	Problems, Notes []string
	Form            Form // stores it
	Base            string
	Polygon         string // GeoJSON
	Back            string // the editor, for leaving without storing
}

// MapSheet is a boundary on paper.
type MapSheet struct {
	Title, Number, Unit, Version string
	Area, Counts, Printed        string
	Map                          string // SVG drawn by us; empty without a boundary
	Texts                        []Item // the four sides
	Problems                     []string
	Watermark                    string
	Back                         string
	Demo                         bool
}
