package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A report is what go test said: its own line for each package, the tests that were skipped and those that failed.
type report struct {
	results  []string
	skips    []skip
	failures []failure
}

// A failure is a test that failed, with the first lines of what it said in its own files: the last of them, as the closing
// summary is all that some see.
type failure struct {
	pkg, test string
	remarks   []string
}

// mostRemarks is how many remarks of a failure are kept, and longestRemark how many octets of each.
const mostRemarks, longestRemark = 12, 300

func (f failure) String() string {
	return strings.Join(append([]string{f.pkg + " " + f.test}, f.remarks...), "\n        ")
}

// A skip is a test that did not run.
type skip struct {
	pkg, test, reason string
}

func (s skip) String() string { return fmt.Sprintf("%s %s: %s", s.pkg, s.test, s.reason) }

var (
	// resultLine is go's last line about a package, such as "ok  \tgithub.com/vmond/vmond/hv\t0.012s".
	resultLine = regexp.MustCompile(`^(ok  |FAIL|\?   |)\t(\S+)(\t.*| \[.*\])$`)
	// headLine says which test the lines after it are of.
	headLine = regexp.MustCompile(`^=== (?:RUN|CONT|NAME) +(\S+)`)
	// skipLine is the end of a test that was skipped.
	skipLine = regexp.MustCompile(`^ *--- SKIP: (\S+) `)
	// failLine is the end of a test that failed.
	failLine = regexp.MustCompile(`^ *--- FAIL: (\S+) `)
	// remarkLine is the first line of what a test says.
	remarkLine = regexp.MustCompile(`^ +(\S+_test\.go:\d+: .*)$`)
	// noise is what a reader of a failure need not see.
	noise = regexp.MustCompile(`^(=== | *--- PASS: |PASS$)`)
)

// A filter is a writer for what "go test -v" writes. It hands on one line for each package that passed, all that
// matters of one that did not, and remembers both with the skipped tests in a report.
type filter struct {
	out    io.Writer
	report *report

	partial []byte
	block   []string
	test    string
	said    map[string]string
	skips   []skip
	remarks map[string][]string
	fails   []string
}

// Write takes any part of the output.
func (f *filter) Write(p []byte) (int, error) {
	f.partial = append(f.partial, p...)
	for {
		line, rest, ok := bytes.Cut(f.partial, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		f.line(string(line))
		f.partial = rest
	}
}

// Close hands on what belongs to no package, such as a panic of go test itself.
func (f *filter) Close() error {
	if len(f.partial) > 0 {
		f.line(string(f.partial))
	}
	f.flush()
	return nil
}

func (f *filter) line(line string) {
	if m := resultLine.FindStringSubmatch(line); m != nil {
		f.result(line, m[1], m[2])
		return
	}
	if m := headLine.FindStringSubmatch(line); m != nil {
		f.test = m[1]
	} else if m := skipLine.FindStringSubmatch(line); m != nil {
		f.skips = append(f.skips, skip{test: m[1], reason: f.said[m[1]]})
	} else if m := failLine.FindStringSubmatch(line); m != nil {
		f.fails = append(f.fails, m[1])
	} else if text := strings.TrimSpace(line); text != "" && !noise.MatchString(line) {
		if f.said == nil {
			f.said = map[string]string{}
		}
		f.said[f.test] = text
		f.remark(line)
	}
	f.block = append(f.block, line)
}

// remark keeps a line if it is a remark of the test that speaks.
func (f *filter) remark(line string) {
	m := remarkLine.FindStringSubmatch(line)
	if m == nil {
		return
	}
	if f.remarks == nil {
		f.remarks = map[string][]string{}
	}
	remark := strings.ToValidUTF8(m[1][:min(len(m[1]), longestRemark)], "")
	all := append(f.remarks[f.test], remark)
	f.remarks[f.test] = all[max(0, len(all)-mostRemarks):]
}

// result ends a package.
func (f *filter) result(line, word, pkg string) {
	if word == "FAIL" {
		f.flush()
	}
	for _, s := range f.skips {
		s.pkg = pkg
		f.report.skips = append(f.report.skips, s)
	}
	for _, test := range f.fails {
		f.report.failures = append(f.report.failures, failure{pkg, test, f.remarks[test]})
	}
	fmt.Fprintln(f.out, line)
	f.report.results = append(f.report.results, line)
	f.block, f.test, f.said, f.skips, f.remarks, f.fails = nil, "", nil, nil, nil, nil
}

// flush hands on what a package said.
func (f *filter) flush() {
	for _, line := range f.block {
		if !noise.MatchString(line) {
			fmt.Fprintln(f.out, line)
		}
	}
	f.block = nil
}
