package application

import "time"

// EarlierAnswer is an opinion that was given before it was asked for anew.
type EarlierAnswer struct {
	Stance, Grounds, Conditions string
	Late                        bool
	VersionNo                   int // of the application that it was given on
	GivenAt                     time.Time
}
