package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A report is what go test said: its own line for each package, and the tests that were skipped.
type report struct {
	results []string
	skips   []skip
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
	} else if text := strings.TrimSpace(line); text != "" && !noise.MatchString(line) {
		if f.said == nil {
			f.said = map[string]string{}
		}
		f.said[f.test] = text
	}
	f.block = append(f.block, line)
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
	fmt.Fprintln(f.out, line)
	f.report.results = append(f.report.results, line)
	f.block, f.test, f.said, f.skips = nil, "", nil, nil
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
