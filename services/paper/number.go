package paper

import "strings"

// TypedNumber is a document number as papers print it, however its brackets were typed.
func TypedNumber(text string) string {
	return strings.NewReplacer("[", "〔", "]", "〕", "【", "〔", "】", "〕", "(", "〔", ")", "〕", " ", "").Replace(strings.TrimSpace(text))
}
