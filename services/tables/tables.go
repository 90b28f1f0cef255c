// Package tables lets a unit work on the tables of its application – resident firms and development goals – in a
// spreadsheet: it makes the template, reads a filled-in one, lists every problem by sheet and cell, shows what would
// change, carries it out on the one path of every save, and takes it back. It also saves a few rows of a long list at a
// time. It owns the pending imports; what a firm or a goal must be is the application's business, and how a workbook is
// read safely is package sheet's.
package tables

import (
	"strings"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
)

// How long an upload waits to be confirmed, and how long a confirmed one can be taken back.
const (
	pendingFor = 2 * time.Hour
	undoFor    = 24 * time.Hour
)

// MaxFirms is the longest list of firms that an application takes.
const MaxFirms = 20_000

// Config is what the service works with.
type Config struct {
	DB           *database.DB
	Applications *application.Service
	Book         *policy.Book
	Words        *wording.Catalogue
}

// Service imports and exports tables.
type Service struct {
	Config
	turns chan struct{} // reading a large file takes memory: so many at a time
}

// New returns the service.
func New(c Config) *Service { return &Service{Config: c, turns: make(chan struct{}, 2)} }

// Mode says what becomes of firms that the file does not list.
type Mode string

// The modes: the file is the whole list, or it adds to the list and updates by credit code.
const (
	Replace Mode = "replace"
	Merge   Mode = "merge"
)

func (m Mode) known() bool { return m == Replace || m == Merge }

// Problem is one thing that is wrong with a file, at one cell where it has one. Row counts from 1 and Column from 0 as
// in package sheet; Row 0 is the sheet, an empty Sheet the file. Params that hold a point are keys of the
// catalogue; XEn stands in for X in English.
type Problem struct {
	Sheet  string            `json:"sheet,omitempty"`
	Row    int               `json:"row,omitempty"`
	Column int               `json:"column,omitempty"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// Text is the problem in words, without its place.
func (s *Service) Text(lang wording.Lang, p Problem) string {
	params := make(map[string]any, len(p.Params)+1)
	for name, value := range p.Params {
		if en, ok := p.Params[name+"En"]; ok && lang == wording.EN {
			value = en
		}
		if strings.Contains(value, ".") && s.Words.Has(value) {
			value = s.Words.Text(lang, value, nil)
		}
		params[name] = value
	}
	if key := "check." + p.Code; s.Words.Has(key) {
		return s.Words.Text(lang, key, params)
	}
	return s.Words.Text(lang, "table.problem."+p.Code, params)
}

// T is a text without parameters.
func (s *Service) t(lang wording.Lang, key string) string { return s.Words.Text(lang, key, nil) }
