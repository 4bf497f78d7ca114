package main

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vmond/vmond/test/nms"
)

// accepted FILE [VM...] makes sure that LibreNMS takes what is in a file for a document of these virtual machines, at least, of which
// nothing is unknown but what a survey tells, which the running vmond makes later.
func accepted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: accepted file [vm...]")
	}
	d := nms.Check(ts.Value(keyTB).(testing.TB), []byte(ts.ReadFile(args[0])), "snaps")
	for _, name := range args[1:] {
		if _, ok := d.VMs[name]; !ok {
			ts.Fatalf("%s does not tell of %q", args[0], name)
		}
	}
}

// failed FILE CODE PATTERN makes sure that LibreNMS takes what is in a file for an error of that code, with such a text.
func failed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: failed file code pattern")
	}
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	f := nms.CheckFailed(ts.Value(keyTB).(testing.TB), []byte(ts.ReadFile(args[0])))
	if f.Code != code || !regexp.MustCompile(args[2]).MatchString(f.Text) {
		ts.Fatalf("%s tells of error %d, %q", args[0], f.Code, f.Text)
	}
}
