package paper

// flow lays text out downwards and turns the page when it is full.
type flow struct {
	*sheet
	left, right, top, bottom float64
	y                        float64 // upper edge of what comes next
	turned                   func()  // draws the running head of each further page; may be nil
}

func (f *flow) width() float64 { return f.right - f.left }

// turn starts a page.
func (f *flow) turn() {
	f.page()
	f.y = f.top
	if f.turned != nil {
		f.turned()
	}
}

// need turns the page unless height still fits on it.
func (f *flow) need(height float64) {
	if f.y+height > f.bottom && f.y > f.top {
		f.turn()
	}
}

func (f *flow) space(height float64) { f.y += height }

// baseline places text of a size in the middle of a line of leading points.
func baseline(top, leading, size float64) float64 {
	return top + leading/2 + size*0.37
}

// paragraph sets text over the full width, stretched to both edges. Two lines
// at least stay together on either side of a page break.
func (f *flow) paragraph(text string, st style, leading, indent float64) {
	lines := wrap(text, st, f.width(), indent)
	for i, l := range lines {
		left := len(lines) - i
		if i == 0 || left == 2 {
			f.need(leading * float64(min(2, left)))
		}
		f.need(leading)
		f.line(l, st, leading)
	}
}

func (f *flow) line(l line, st style, leading float64) {
	f.spaced(f.left+l.indent, baseline(f.y, leading, st.size), l.text, st, l.gap(st, f.width(), looseText))
	f.y += leading
}

// heading sets a title over a table or text and keeps room for some of what
// follows on the same page.
func (f *flow) heading(text string, st style, leading, follows float64) {
	lines := wrap(text, st, f.width(), 0)
	f.need(leading*float64(len(lines)) + follows)
	for _, l := range lines {
		l.closes = true
		f.line(l, st, leading)
	}
}

// centredText sets text in balanced lines around the middle.
func (f *flow) centredText(text string, st style, leading float64) {
	for _, l := range balance(clean(text), st, f.width()) {
		f.need(leading)
		f.centre(f.left, f.right, baseline(f.y, leading, st.size), l.text, st)
		f.y += leading
	}
}
