package casework

import (
	"strings"
	"unicode/utf8"

	"clusterzone/services/fault"
)

// CheckReason bounds a written reason: 2 to 2,000 characters where one is required.
func CheckReason(reason string, required bool) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	if !utf8.ValidString(reason) || strings.ContainsRune(reason, 0) {
		return fault.BadField("reason", "text.invalid")
	}
	if n > 2000 || required && n < 2 {
		return fault.BadField("reason", "reason_length", "Min", "2", "Max", "2000")
	}
	return nil
}
