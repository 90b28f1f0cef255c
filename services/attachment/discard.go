package attachment

import (
	"context"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
)

// Discard gives up an upload that is not complete; only who began it may, and everything else
// is NotFound. What has arrived is deleted. A second call is NotFound.
func (s *Service) Discard(ctx context.Context, a identity.Actor, id string) error {
	err := s.db.View(ctx, func(tx *database.Tx) error {
		r, err := find(tx, id)
		if err == nil && (r.State != Staging || r.UploadedBy != a.ID) {
			err = fault.Missing()
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.Remove(ctx, a, id)
}

// PartSize is the size in bytes above which a file goes in parts.
func (s *Service) PartSize() int64 { return s.partSize }
