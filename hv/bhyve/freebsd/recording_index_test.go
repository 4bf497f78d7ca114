package freebsd

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestIndex proves what each kind of question looks like in an index, and that it is understood again.
func TestIndex(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 8, 20, 9, 7, 55, 120_000_000, time.UTC)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		e    entry
		want string
	}{
		{"variable", entry{question: askVariable("kern.osrelease", nil), file: "sysctl/kern.osrelease"},
			"sysctl|kern.osrelease|->|file=sysctl/kern.osrelease"},
		{"process", entry{question: askVariable("kern.proc.args", []int{42}), answer: answer{err: remember(ErrNoProcess)}},
			"sysctl|kern.proc.args|42|->|error=no-process|text=no such process"},
		{"thread", entry{question: ask(askAffinity, "100618"), file: "affinity/100618"}, "affinity|100618|->|file=affinity/100618"},
		{"clock", entry{question: ask(askClock), answer: answer{clock: Clock{when.In(berlin), 7*time.Minute + 55*time.Second}}},
			"clock|->|now=2026-08-20T09:07:55.12Z|zone=Europe/Berlin|up=7m55s"},
		{"clock in UTC", entry{question: ask(askClock), answer: answer{clock: Clock{Now: when}}},
			"clock|->|now=2026-08-20T09:07:55.12Z|up=0s"},
		{"directory", entry{question: ask(askList, "/zroot/vm"), answer: answer{names: []string{"db 01", "web01", "a\tb", "->"}}},
			`list|/zroot/vm|->|name=db 01|name=web01|"name=a\tb"|name=->`},
		{"empty directory", entry{question: ask(askList, "/dev/vmm")}, "list|/dev/vmm|->"},
		{"odd path", entry{question: ask(askRead, "/a\x00\xff\n\"b"), file: "file/a"}, `read|"/a\x00\xff\n\"b"|->|file=file/a`},
		{"quote first", entry{question: ask(askRead, `"b`), file: "file/a"}, `read|"\"b"|->|file=file/a`},
		{"an arrow is asked for", entry{question: ask(askRun, "/bin/echo", "->", "", "# a", " b"), file: "program/echo"},
			`run|/bin/echo|"->"|""|"# a"|" b"|->|file=program/echo`},
		{"unreadable", entry{question: ask(askTail, "/a.log"), answer: answer{err: remember(&fs.PathError{Op: "open", Path: "/a.log", Err: fs.ErrPermission})}},
			"tail|/a.log|->|error=permission|text=open /a.log: permission denied"},
		{"not there", entry{question: ask(askStat, "/a"), answer: answer{stat: Stat{Path: "/a"}, err: remember(fs.ErrNotExist)}},
			"stat|/a|->|error=not-exist|text=file does not exist"},
		{"stat", entry{question: ask(askStat, "/a"), answer: answer{stat: Stat{Path: "/a", Mode: 0o640, Size: 8, Allocated: 512, Modified: when}}},
			"stat|/a|->|mode=-rw-r-----|size=8|allocated=512|modified=2026-08-20T09:07:55.12Z"},
		{"symbolic link", entry{question: ask(askStat, "/a"), answer: answer{stat: Stat{Path: "/dev/da0", Mode: fs.ModeDevice | fs.ModeCharDevice | 0o600}}},
			"stat|/a|->|path=/dev/da0|mode=Dcrw-------|size=0|allocated=0"},
		{"slow program", entry{question: ask(askRun, "/bin/sleep", "9"), answer: answer{err: remember(context.DeadlineExceeded)}},
			"run|/bin/sleep|9|->|error=deadline|text=context deadline exceeded"},
		{"bad program", entry{question: ask(askRun, "/bin/false"), file: "program/false", answer: answer{err: remember(errors.New("exit\tstatus 1"))}},
			`run|/bin/false|->|file=program/false|error=failed|"text=exit\tstatus 1"`},
		{"no events", entry{question: ask(askExits), answer: answer{err: remember(fs.ErrPermission)}}, "exits|->|error=permission|text=permission denied"},
		{"no exit", entry{question: ask(askExit, "42"), answer: answer{err: remember(ErrNoProcess)}}, "exit|42|->|error=no-process|text=no such process"},
		{"no devd", entry{question: ask(askDevices), answer: answer{err: remember(fs.ErrNotExist)}}, "devices|->|error=not-exist|text=file does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := tt.e.String()
			if diff := cmp.Diff(tt.want, strings.ReplaceAll(line, "\t", "|")); diff != "" {
				t.Errorf("unexpected line (-want +got):\n%s", diff)
			}
			got, err := parseIndex("# A comment.\n\n" + line + "\r\n")
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 {
				t.Fatalf("%d entries", len(got))
			}
			if diff := cmp.Diff(tt.e, got[0], cmp.AllowUnexported(entry{}, answer{}, recordedError{}), cmp.Comparer(sameKind)); diff != "" {
				t.Errorf("unexpected entry (-want +got):\n%s", diff)
			}
		})
	}
}

// sameKind compares errors by what they say and are.
func sameKind(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	_, kindA := kindOf(a)
	_, kindB := kindOf(b)
	return kindA == kindB && a.Error() == b.Error()
}

// TestIndexErrors proves that a line which nobody has written so is refused, and which one it is.
func TestIndexErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"no arrow", "sysctl|kern.osrelease", `line 2: "sysctl\tkern.osrelease" has no "->" between question and answer`},
		{"no question", "->|file=a", "line 2: there is no question"},
		{"no kind", "palm|left|->|file=a", `line 2: no question is of the kind "palm"`},
		{"not quoted well", `read|"/a|->|file=a`, `line 2: the field "/a is not quoted well`},
		{"clock about something", "clock|wall|->|now=2026-08-20T09:07:55Z", `line 2: "clock" is about nothing`},
		{"two files", "read|/a|/b|->|file=a", `line 2: "read" is about one file`},
		{"no program", "run|->|file=a", `line 2: "run" is about a program`},
		{"no variable", "sysctl|->|file=a", `line 2: "sysctl" is about a variable`},
		{"no thread", "affinity|->|file=a", `line 2: "affinity" is about one number`},
		{"no number", "exit|web01|->|error=no-process", `line 2: "web01" is no number as it is asked for`},
		{"another number", "sysctl|kern.proc.args|042|->|file=a", `line 2: "042" is no number as it is asked for`},
		{"twice", "list|/a|->\nlist|\"/a\"|->", `line 3: the question "list /a" is answered twice`},
		{"no key", "read|/a|->|a", `line 2: "a" is no answer to "read /a"`},
		{"another's key", "list|/a|->|size=1", `line 2: "size=1" is no answer to "list /a"`},
		{"a key twice", "read|/a|->|file=a|file=b", `line 2: "file=b" is no answer to "read /a"`},
		{"exits with a file", "exits|->|file=a", `line 2: "file=a" is no answer to "exits"`},
		{"out of the directory", "read|/a|->|file=../a", `line 2: "file=../a": that is no file of the recording`},
		{"the directory", "read|/a|->|file=.", `line 2: "file=.": that is no file of the recording`},
		{"mode", "stat|/a|->|mode=0644", `line 2: "mode=0644": "0644" is no mode`},
		{"size", "stat|/a|->|mode=-rw-r--r--|size=1k", `line 2: "size=1k": strconv.ParseInt: parsing "1k": invalid syntax`},
		{"time", "clock|->|now=noon", `line 2: "now=noon": parsing time "noon" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "noon" as "2006"`},
		{
			"time before the years", "clock|->|now=0000-01-01T00:00:00+06:00",
			`line 2: "now=0000-01-01T00:00:00+06:00": year -1 does not have four digits`,
		},
		{"zone", "clock|->|now=2026-08-20T09:07:55Z|zone=Mars/Olympus", `line 2: "zone=Mars/Olympus": unknown time zone Mars/Olympus`},
		{"up", "clock|->|now=2026-08-20T09:07:55Z|up=long", `line 2: "up=long": time: invalid duration "long"`},
		{"error", "read|/a|->|error=sad", `line 2: "error=sad": there is no such kind of error`},
		{"text of no error", "read|/a|->|text=sad", `line 2: "text=sad": it is before the kind of the error`},
		{"no octets", "read|/a|->", `line 2: the answer to "read /a" has no "file"`},
		{"no mode", "stat|/a|->|size=1", `line 2: the answer to "stat /a" has no "mode"`},
		{"no time", "clock|->|up=1s", `line 2: the answer to "clock" has no "now"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseIndex("# The host.\n" + strings.ReplaceAll(tt.line, "|", "\t") + "\n")
			if err == nil {
				t.Fatal("it is accepted")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzIndex proves that what is accepted as an index is written the same way each time.
func FuzzIndex(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseIndex(text)
		if err != nil {
			return
		}
		var written strings.Builder
		for _, e := range entries {
			written.WriteString(e.String() + "\n")
		}
		again, err := parseIndex(written.String())
		if err != nil {
			t.Fatalf("%v in:\n%s", err, written.String())
		}
		var rewritten strings.Builder
		for _, e := range again {
			rewritten.WriteString(e.String() + "\n")
		}
		if diff := cmp.Diff(written.String(), rewritten.String()); diff != "" {
			t.Errorf("unexpected index (-first +second):\n%s", diff)
		}
	})
}
