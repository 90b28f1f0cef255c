package policy

import (
	"strconv"
	"strings"
)

// Problem is one thing wrong at one place, in words that say what to do.
type Problem struct {
	Path string // like "review.criteria[2].max"
	Text Text
}

// Problems is the error that a check returns: all of them, not only the first.
type Problems []Problem

// Error lists the problems for operators.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for n, one := range p {
		lines[n] = one.Path + " " + one.Text.EN
	}
	return strconv.Itoa(len(p)) + " problem(s): " + strings.Join(lines, "; ")
}

// checker gathers problems.
type checker struct{ problems Problems }

func (c *checker) add(path, zh, en string) {
	c.problems = append(c.problems, Problem{path, Text{zh, en}})
}

// err is nil when nothing was found, never an empty Problems.
func (c *checker) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return c.problems
}

func (c *checker) text(path string, t Text) {
	if !t.complete() {
		c.add(path, "须同时填写中文和英文", "must be given in Chinese and in English")
	}
}

func (c *checker) present(path, value string) {
	if value == "" {
		c.add(path, "不能为空,请填写", "is empty; fill it in")
	}
}

func (c *checker) provenance(path string, p Provenance) {
	if !p.Basis.known() {
		c.add(path+".basis", "依据须为 R、S 或 D", "must be R, S or D")
	}
	if p.Basis == Stated && p.Article == "" {
		c.add(path+".article", "依据为“文件明确”时须注明条款", "must name the article when the basis is R")
	}
}

// oneOf checks a closed list.
func (c *checker) oneOf(path, value string, ok bool) {
	if !ok {
		c.add(path, "取值“"+value+"”不在允许范围内", "is "+strconv.Quote(value)+", which is not one of the allowed values")
	}
}

// refers checks that a code exists among those defined.
func (c *checker) refers(path, code string, known map[string]bool) {
	if !known[code] {
		c.add(path, "引用的“"+code+"”不存在,请改正或先新增", "refers to "+strconv.Quote(code)+", which is not defined; correct it or define it")
	}
}

// codes checks that codes are present and used once, and returns them.
func (c *checker) codes(path string, codes []string) map[string]bool {
	seen := map[string]bool{}
	for n, code := range codes {
		switch at := indexed(path, n) + ".code"; {
		case code == "":
			c.add(at, "代码不能为空", "is empty; give it a code")
		case strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			c.add(at, "代码只能用小写字母、数字和连字符", "may hold lower-case letters, digits and hyphens only")
		case seen[code]:
			c.add(at, "代码“"+code+"”重复", strconv.Quote(code)+" is used twice; codes must differ")
		}
		seen[code] = true
	}
	return seen
}

func (c *checker) between(path string, n, low, high int) {
	if n < low || n > high {
		span := strconv.Itoa(low) + "–" + strconv.Itoa(high)
		c.add(path, "应在 "+span+" 之间,现为 "+strconv.Itoa(n), "is "+strconv.Itoa(n)+", must lie within "+span)
	}
}

func (c *checker) points(path string, p, low, high Points) {
	if p < low || p > high {
		span := low.String() + "–" + high.String()
		c.add(path, "应在 "+span+" 之间,现为 "+p.String(), "is "+p.String()+", must lie within "+span)
	}
}

func (c *checker) sum(path string, got, want Points) {
	if got != want {
		c.add(path, "合计应为 "+want.String()+",现为 "+got.String(), "total "+got.String()+", must total "+want.String())
	}
}

func indexed(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }

func codesOf[T any](list []T, codeOf func(T) string) []string {
	out := make([]string, len(list))
	for n, item := range list {
		out[n] = codeOf(item)
	}
	return out
}
