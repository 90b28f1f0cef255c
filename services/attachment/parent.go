package attachment

import (
	"clusterzone/services/database"
	"clusterzone/services/identity"
)

// Slot is a place for files as the parent's rule set describes it.
type Slot struct {
	Code     string
	Formats  []string // file name endings, lower case, no dot
	MaxBytes int64
	MaxFiles int  // 0: no limit
	Dated    bool // its documents are valid until a day
	Whole    bool // its files go in one request, however large
}

// Parent decides for its kind of case who may read and put files. A case that the actor may
// not see is fault.Missing() in every method.
type Parent interface {
	// Reading allows the files of the case to be read.
	Reading(tx *database.Tx, a identity.Actor, id string) error
	// Writing allows a file to be put into, or removed from, the slot now, and describes it.
	Writing(tx *database.Tx, a identity.Actor, id, slot string) (Slot, error)
	// Touched bumps the case's version in the transaction that attaches or removes a file.
	Touched(tx *database.Tx, a identity.Actor, id string) error
}

// Shower is a Parent that does not show every file to every reader of the case.
type Shower interface {
	// Shows reports whether the actor, who may read the case, may read this file of it.
	Shows(tx *database.Tx, a identity.Actor, id, attachmentID string) (bool, error)
}
