package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"clusterzone/services/attachment"
	"clusterzone/services/scan"
)

// wireScan opens the client of the virus scanner that the settings name.
func (a *app) wireScan() (err error) {
	if a.cfg.ClamdAddr == "" {
		return nil
	}
	a.clamd, err = scan.New(scan.Config{Addr: a.cfg.ClamdAddr, MaxBytes: a.cfg.ClamdMaxBytes})
	return err
}

// scan says in the words of attachments what the scanner says; nil without one.
func (a *app) scan() attachment.Scan {
	if a.clamd == nil {
		return nil
	}
	return func(ctx context.Context, content io.Reader, size int64) (string, error) {
		detail, err := a.clamd.Scan(ctx, content, size)
		switch {
		case errors.Is(err, scan.ErrInfected):
			err = fmt.Errorf("%w: %w", attachment.ErrInfected, err)
		case errors.Is(err, scan.ErrUnscannable):
			err = fmt.Errorf("%w: %w", attachment.ErrUnscannable, err)
		}
		return detail, err
	}
}
