package views

// PreferencesView is how a person hears of what happens.
type PreferencesView struct {
	Fields   []Preference
	Problems []Problem
	HasFeed  bool
	FeedMade string // when, in words
	FeedRead string // when last fetched; empty: never
	Address  string // of a feed just made, shown this once
}

// Preference is the choice for one kind of notice.
type Preference struct {
	Field Field
	Bound bool // by law: the field only says so
}
