package application

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func materialPath(slot string) string {
	return indexPath("materials", slot)
}

func (c *checker) hasFile(slot string) bool {
	return slices.ContainsFunc(c.in.Files, func(f FileRef) bool { return f.Slot == slot })
}

// requireFile refuses at a field when the file that proves it is not attached.
func (c *checker) requireFile(slot, path, code string) {
	if slot != "" && !c.hasFile(slot) {
		c.refuse(path, code, "Slot", c.slotLabel(slot), "SlotCode", slot)
	}
}

func (c *checker) slot(code string) (SlotRule, bool) {
	i := slices.IndexFunc(c.in.Params.Slots, func(s SlotRule) bool { return s.Code == code })
	if i < 0 {
		return SlotRule{}, false
	}
	return c.in.Params.Slots[i], true
}

func (c *checker) slotLabel(code string) string {
	if s, ok := c.slot(code); ok && s.Label != "" {
		return s.Label
	}
	return code
}

// requiredFiles leaves out the two slots that the checks of their fields ask for.
func (c *checker) requiredFiles() {
	for _, s := range c.in.Params.Slots {
		if !s.Required || s.Code == c.in.Params.FundSlot || s.Code == c.in.Params.RecommendationSlot {
			continue
		}
		if !c.hasFile(s.Code) {
			c.refuse(materialPath(s.Code), "materials.missing", "Slot", c.slotLabel(s.Code), "SlotCode", s.Code)
		}
	}
}

func (c *checker) fileFormats() {
	for _, s := range c.in.Params.Slots {
		n := 0
		for _, f := range c.in.Files {
			if f.Slot == s.Code {
				n++
			}
		}
		if s.MaxFiles > 0 && n > s.MaxFiles {
			c.refuse(materialPath(s.Code), "materials.too_many", "Slot", c.slotLabel(s.Code), "SlotCode", s.Code,
				"Limit", strconv.Itoa(s.MaxFiles), "Count", strconv.Itoa(n))
		}
	}
	for _, f := range c.in.Files {
		rule, known := c.slot(f.Slot)
		if !known {
			c.refuse("materials", "materials.slot_unknown", "Name", f.Name)
			continue
		}
		c.fileFormat(rule, f)
	}
}

func (c *checker) fileFormat(rule SlotRule, f FileRef) {
	path := materialPath(rule.Code)
	refuse := func(code string, pairs ...string) {
		c.refuse(path, code, append(pairs, "Slot", c.slotLabel(rule.Code), "SlotCode", rule.Code, "Name", f.Name)...)
	}
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(f.Name), "."))
	switch {
	case len(rule.Formats) > 0 && !slices.Contains(rule.Formats, format):
		refuse("materials.format", "Formats", strings.Join(rule.Formats, ", "))
	case !contentFits(format, f.ContentType):
		refuse("materials.content_differs", "Format", format)
	}
	switch {
	case f.Size <= 0:
		refuse("materials.empty")
	case rule.MaxBytes > 0 && f.Size > rule.MaxBytes:
		refuse("materials.too_large", "Limit", megabytes(rule.MaxBytes), "Size", megabytes(f.Size))
	}
	if len(f.SHA256) != 64 || strings.Trim(f.SHA256, "0123456789abcdef") != "" {
		refuse("materials.no_checksum")
	}
}

// contentFits compares the detected content type with what the name promises; types we have no word on pass, as the
// upload has been looked into before.
func contentFits(format, contentType string) bool {
	contentType, _, _ = strings.Cut(contentType, ";")
	var want []string
	switch format {
	case "pdf":
		want = []string{"application/pdf"}
	case "png":
		want = []string{"image/png"}
	case "jpg", "jpeg":
		want = []string{"image/jpeg"}
	case "docx":
		want = []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
	case "xlsx":
		want = []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	case "ofd":
		want = []string{"application/ofd", "application/zip"}
	case "zip":
		want = []string{"application/zip", "application/x-zip-compressed"}
	}
	return contentType == "" || len(want) == 0 || slices.Contains(want, strings.TrimSpace(contentType))
}

// megabytes rounds up to a tenth, so that a size over the limit never reads as the limit.
func megabytes(bytes int64) string {
	tenths := (bytes*10 + 1<<20 - 1) >> 20
	if bytes > 1<<50 {
		tenths = bytes >> 20 * 10
	}
	return strings.TrimSuffix(strconv.FormatInt(tenths/10, 10)+"."+strconv.FormatInt(tenths%10, 10), ".0")
}
