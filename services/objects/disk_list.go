package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// List implements Store.
func (d *Disk) List(ctx context.Context, prefix string, each func(Info) error) error {
	if err := checkPrefix(prefix); err != nil {
		return fmt.Errorf("objects: list: %w", err)
	}
	start := keysFolder
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		start = path.Join(keysFolder, prefix[:i])
	}
	return d.walk(ctx, start, prefix, each)
}

// versions returns the version ids in the folder of a key, the newest first.
func (d *Disk) versions(folder string) ([]string, error) {
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		if id, ok := strings.CutPrefix(entry.Name(), versionMark); ok && isVersion(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// walk lists the versions in folder and below it, as far as their keys begin with prefix.
func (d *Disk) walk(ctx context.Context, folder, prefix string, each func(Info) error) error {
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing there, or deleted since its folder was read
	}
	if err != nil {
		return diskError("list", prefix, err)
	}
	key := strings.TrimPrefix(strings.TrimPrefix(folder, keysFolder), "/")
	if err := d.listVersions(ctx, key, prefix, each); err != nil {
		return err
	}
	for _, entry := range entries {
		below := path.Join(key, entry.Name())
		if strings.HasPrefix(entry.Name(), versionMark) || !sameStart(below, prefix) {
			continue
		}
		if err := d.walk(ctx, keyPath(below), prefix, each); err != nil {
			return err
		}
	}
	return nil
}

func (d *Disk) listVersions(ctx context.Context, key, prefix string, each func(Info) error) error {
	if key == "" || !strings.HasPrefix(key, prefix) {
		return nil
	}
	versions, err := d.versions(keyPath(key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError("list", key, err)
	}
	for _, version := range versions {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, a, err := d.find(key, version)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return diskError("list", key, err)
		}
		if err := each(a.info(key, version)); err != nil {
			return err
		}
	}
	return nil
}

// sameStart says whether keys at a path or below it may begin with prefix.
func sameStart(at, prefix string) bool {
	return strings.HasPrefix(at, prefix) || strings.HasPrefix(prefix, at)
}
