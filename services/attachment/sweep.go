package attachment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/objects"
)

// sweepBatch is how many rows one transaction looks at.
const sweepBatch = 200

// recentChecks is how many of the newest files Orphans reads whole unless asked for all.
const recentChecks = 100

// Sweep deletes uploads that were never completed and are past their time, and staging
// objects as old that no upload waits for. It touches no final object. n counts both.
func (s *Service) Sweep(ctx context.Context) (n int, err error) {
	if _, err := s.sweepParts(ctx); err != nil {
		return 0, fmt.Errorf("sweep parts: %w", storeFault(err))
	}
	for {
		var ids []string
		err := s.db.Update(ctx, func(tx *database.Tx) (err error) {
			ids, err = deleteExpired(tx)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("sweep uploads: %w", err)
		}
		for _, id := range ids {
			if err := s.dropStaging(ctx, id); err != nil { // found again among the strays
				return n, fmt.Errorf("sweep uploads: %w", storeFault(err))
			}
			n++
		}
		if len(ids) < sweepBatch {
			break
		}
	}
	strays, err := s.sweepStrays(ctx)
	if err != nil {
		return n + strays, fmt.Errorf("sweep staging objects: %w", storeFault(err))
	}
	return n + strays, nil
}

// sweepStrays deletes staging objects that outlived their row, or its need of them.
func (s *Service) sweepStrays(ctx context.Context) (n int, err error) {
	old := s.db.Now().Add(-s.ttl)
	var found []objects.Info
	err = s.store.List(ctx, "staging/", func(o objects.Info) error {
		if o.ModifiedAt.Before(old) {
			found = append(found, o)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, o := range found {
		var waiting bool
		err := s.db.View(ctx, func(tx *database.Tx) (err error) {
			waiting, err = isStaging(tx, strings.TrimPrefix(o.Key, "staging/"))
			return err
		})
		if err == nil && !waiting {
			err = s.store.Delete(ctx, o.Key, o.Version)
			n++
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Orphans returns one line for each file that was attached and whose object is gone or has
// another size or hash. It looks at the object of every file, but reads whole only the 100
// newest, or every one when all is set.
func (s *Service) Orphans(ctx context.Context, all bool) ([]string, error) {
	var out []string
	before, seen := "", 0
	for {
		var rows []row
		err := s.db.View(ctx, func(tx *database.Tx) (err error) {
			rows, err = attachedBefore(tx, before)
			return err
		})
		if err != nil {
			return out, fmt.Errorf("check attachments: %w", err)
		}
		for _, r := range rows {
			problem, err := s.objectProblem(ctx, r, all || seen < recentChecks)
			if err != nil {
				return out, fmt.Errorf("check attachment %s: %w", r.ID, storeFault(err))
			}
			if problem != "" {
				out = append(out, fmt.Sprintf("attachment %s of %s %s, slot %s no. %d: %s", r.ID, r.ParentKind, r.ParentID, r.Slot, r.No, problem))
			}
			before, seen = r.ID, seen+1
		}
		if len(rows) < sweepBatch {
			return out, nil
		}
	}
}

func (s *Service) objectProblem(ctx context.Context, r row, whole bool) (string, error) {
	info, err := s.store.Stat(ctx, r.ObjectKey, r.ObjectVersion)
	switch {
	case errors.Is(err, objects.ErrNotFound):
		return "its object is missing", nil
	case errors.Is(err, objects.ErrDamaged):
		return "its object is damaged", nil
	case err != nil:
		return "", err
	case info.Size != r.Size:
		return fmt.Sprintf("its object has %d bytes, want %d", info.Size, r.Size), nil
	case !whole:
		return "", nil
	}
	sum, err := s.sumOf(ctx, r)
	switch {
	case errors.Is(err, objects.ErrDamaged), errors.Is(err, objects.ErrNotFound):
		return "its object is damaged", nil
	case err != nil:
		return "", err
	case sum != r.SHA256:
		return "its object has SHA-256 " + sum + ", want " + r.SHA256, nil
	}
	return "", nil
}

func (s *Service) sumOf(ctx context.Context, r row) (string, error) {
	content, _, err := s.store.Open(ctx, r.ObjectKey, r.ObjectVersion)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, content)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, content.Close())
}

// Strays returns the final objects, modified at least one staging time ago, that no file
// names: what is left of attempts that died between the store and the database. Deleting
// them is for an operator who has seen them twice.
func (s *Service) Strays(ctx context.Context) ([]objects.Info, error) {
	old := s.db.Now().Add(-s.ttl)
	var out []objects.Info
	err := s.store.List(ctx, "final/", func(o objects.Info) error {
		if !o.ModifiedAt.Before(old) {
			return nil
		}
		return s.db.View(ctx, func(tx *database.Tx) error {
			named, err := isNamed(tx, o.Key, o.Version)
			if err == nil && !named {
				out = append(out, o)
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("look for stray objects: %w", storeFault(err))
	}
	return out, nil
}
