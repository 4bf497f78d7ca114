package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines as snmptrapd 5.9.3 writes them by receiverConf.
const (
	pausedLine = "18:58:54\tmib-2.1.3.0 = 0:0:00:12.34\tsnmpModules.1.1.4.1.0 = vmPaused\tvmName.4 = web\tvmOperState.4 = running\n"
	bulkLine   = "18:58:56\tmib-2.1.3.0 = 0:0:00:14.34\tsnmpModules.1.1.4.1.0 = vmBulkShuttingdown\tvmAffectedVMs.0 = a040\n"
	pausedText = "18:58:54  vmPaused            vmName.4 = web, vmOperState.4 = running\n"
	bulkText   = "18:58:56  vmBulkShuttingdown  vmAffectedVMs.0 = a040\n"
)

func TestNotice(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"of one", pausedLine, pausedText},
		{"of many", bulkLine, bulkText},
		{"a name that commands", strings.Replace(pausedLine, "web", "\x1b[2J\u009b", 1), strings.Replace(pausedText, "web", "\uFFFD[2J\uFFFD", 1)},
		{"a name with a tab", strings.Replace(pausedLine, "web", "w\tb", 1), strings.Replace(pausedText, "web", "w, b", 1)},
		{"coldStart", "18:57:18\tmib-2.1.3.0 = 0:0:00:12.34\tsnmpModules.1.1.4.1.0 = snmpModules.1.1.5.1\n", ""},
		{"the greeting", "NET-SNMP version 5.9.3\n", ""},
		{"tabs only", "\t\t\t\n", ""},
		{"another order", "18:58:54\tsnmpModules.1.1.4.1.0 = vmPaused\tmib-2.1.3.0 = 0:0:00:12.34\n", ""},
		{"nothing", "\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := notice(strings.TrimSuffix(tt.line, "\n"))
			if ok {
				got += "\n"
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected line (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBoard proves that lines are kept until the board is opened, whole whatever pieces they come in, and that nothing is
// shown once it is closed.
func TestBoard(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := &board{out: &out}
	write := func(pieces ...string) {
		t.Helper()
		for _, p := range pieces {
			if n, err := io.WriteString(b, p); n != len(p) || err != nil {
				t.Errorf("wrote %d of %d octets, %v", n, len(p), err)
			}
		}
	}
	check := func(step, want string) {
		t.Helper()
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("unexpected output %s (-want +got):\n%s", step, diff)
		}
	}
	write("NET-SNMP version 5.9.3\n"+pausedLine, bulkLine[:20])
	check("before it is opened", "")
	b.open()
	check("when it is opened", pausedText)
	write(bulkLine[20:30], bulkLine[30:]+pausedLine+"18:59")
	check("of pieces", pausedText+bulkText+pausedText)
	b.close()
	write(pausedLine[5:], bulkLine)
	check("once it is closed", pausedText+bulkText+pausedText)
}
