// Package policy owns the governing text as versioned data: the ten sectors with their leads and 2020 targets, the
// five functional areas, the 25 measures, the six clarifications, the register of units, the default rule set and the
// working-day table; and the exact arithmetic that turns scores and figures into results.
//
// It knows nothing of applications, zones or people: callers hand in figures and get calculations back. Every figure
// that a rule set fixes lives in data, never in code, and carries its basis (stated, practice, default).
package policy

import (
	"embed"
	"errors"
	"fmt"
)

//go:embed data/*.json
var dataFiles embed.FS

// Text is one wording in both languages of the product.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the wording for a language tag: English for tags that start with "en", Chinese for all others.
func (t Text) In(tag string) string {
	if len(tag) >= 2 && tag[:2] == "en" {
		return t.EN
	}
	return t.ZH
}

// complete reports whether both wordings are present.
func (t Text) complete() bool { return t.ZH != "" && t.EN != "" }

// Basis says what a datum rests on.
type Basis string

// The three bases: stated in the governing text, seen in rules of the same kind elsewhere, or a default of this system
// because no source fixes it.
const (
	Stated   Basis = "R"
	Practice Basis = "S"
	Default  Basis = "D"
)

// Label names the basis for people.
func (b Basis) Label() Text {
	switch b {
	case Stated:
		return Text{"文件明确", "stated in the text"}
	case Practice:
		return Text{"同类规则惯例", "practice of similar rules"}
	case Default:
		return Text{"系统默认", "default of this system"}
	}
	return Text{string(b), string(b)}
}

func (b Basis) known() bool { return b == Stated || b == Practice || b == Default }

// Provenance is where a datum comes from: its basis and the article, law or practice leaned on.
type Provenance struct {
	Basis   Basis  `json:"basis"`
	Article string `json:"article,omitempty"`
}

// Header opens every data file.
type Header struct {
	Version string `json:"version"`
	Source  string `json:"source"`
	Note    Text   `json:"note"`
}

// Data is everything that ships with the program. It is read-only: callers share one value and never change it.
type Data struct {
	Headers        map[string]Header // by file name without extension
	Sectors        []Sector          // ten, in the order of part 三
	CityTargets    []Target          // goals of the city as a whole, part 一(三)
	Areas          []Area            // five
	Measures       []Measure         // 25 numbered ones, then the entitlement of part 五(一)
	Clarifications []Clarification   // six, then the matching fund
	Units          []UnitSeed
	Rules          RuleSet // default rule set
}

// Load reads and checks the embedded data. An error names every broken row: it means a defective build.
func Load() (Data, error) {
	d := Data{Headers: map[string]Header{}}
	var sectors sectorFile
	var areas fileOf[Area]
	var measures fileOf[Measure]
	var clarifications fileOf[Clarification]
	var units fileOf[UnitSeed]
	err := errors.Join(
		readData("sectors", &sectors), readData("areas", &areas), readData("measures", &measures),
		readData("clarifications", &clarifications), readData("units", &units), readData("ruleset", &d.Rules),
	)
	if err != nil {
		return Data{}, fmt.Errorf("policy data: %w", err)
	}
	d.Headers["sectors"], d.Sectors, d.CityTargets = sectors.Header, sectors.Items, sectors.CityTargets
	d.Headers["areas"], d.Areas = areas.Header, areas.Items
	d.Headers["measures"], d.Measures = measures.Header, measures.Items
	d.Headers["clarifications"], d.Clarifications = clarifications.Header, clarifications.Items
	d.Headers["units"], d.Units = units.Header, units.Items
	d.Headers["ruleset"] = Header{Version: d.Rules.Version, Source: d.Rules.Source, Note: d.Rules.Note}
	if err := d.Validate(); err != nil {
		return Data{}, fmt.Errorf("policy data: %w", err)
	}
	return d, nil
}

// fileOf is a data file whose body is one list.
type fileOf[T any] struct {
	Header
	Items []T `json:"items"`
}

type sectorFile struct {
	Header
	CityTargets []Target `json:"city_targets"`
	Items       []Sector `json:"items"`
}

func readData(name string, into any) error {
	raw, err := dataFiles.ReadFile("data/" + name + ".json")
	if err != nil {
		return err
	}
	if err := decodeStrict(raw, into); err != nil {
		return fmt.Errorf("%s.json: %w", name, err)
	}
	return nil
}
