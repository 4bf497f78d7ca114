package cbsd

import (
	"strings"
	"testing"
)

func TestParseSyslog(t *testing.T) {
	t.Parallel()
	const (
		head   = "Aug 22 08:00:03 node1 bhyverun.sh[80357]: "
		after  = ", exit_action_mode ret: 0\n"
		failed = head + "bhyve a exited due to an error" + after
		start  = head + "[debug] env LIB9P_LOGGING=/x/cbsd_lib9p.log /usr/bin/nice -n 0 /usr/sbin/bhyve -c 4 -m 8589934592 -H -A a\n"
	)
	tests := []struct {
		name, text string
		want       map[string]int
	}{
		{"nothing", "", nil},
		{"the host", string(text(t, "syslog_bhyverun.txt")), map[string]int{"win2k": 4, "debian1": 0, "fbsd1": 1}},
		{"error", failed, map[string]int{"a": 4}},
		{"rebooted", head + "bhyve a was rebooted, exit_action_mode ret: 1\n", map[string]int{"a": 0}},
		{"power off", head + "bhyve a was poweroff" + after, map[string]int{"a": 1}},
		{"halted", head + "bhyve a was halted" + after, map[string]int{"a": 2}},
		{"triple fault", head + "bhyve a was tripple fault" + after, map[string]int{"a": 3}},
		{"other code", head + "bhyve a exited with unknown error 100" + after, map[string]int{"a": 100}},
		{"a signal", head + "bhyve a exited with unknown error 70" + after, nil},
		{"a signal after an error", failed + head + "bhyve a exited with unknown error 70" + after, nil},
		{"a second one beside it", head + "bhyve a exited with unknown error 75" + after, nil},
		{"no code", head + "bhyve a exited with unknown error 256" + after + head + "bhyve a exited with unknown error " + after, nil},
		{"the last counts", failed + head + "bhyve a was poweroff" + after, map[string]int{"a": 1}},
		{"two at once", failed + head + "bhyve b was halted" + after, map[string]int{"a": 4, "b": 2}},
		{"started since", failed + start, nil},
		{"another started since", failed + strings.Replace(start, "-A a\n", "-A b\n", 1), map[string]int{"a": 4}},
		{"ended since", start + failed, map[string]int{"a": 4}},
		{"only the summary", head + "bhyve exit code: 4. exit_action settings: 1, exit_action_mode ret: 0: must stopped\n", nil},
		{"without a process", "Aug 22 08:00:03 node1 bhyverun.sh: bhyve a was halted" + after, map[string]int{"a": 2}},
		{"with years", "<13>1 2026-08-22T08:00:03.123456+02:00 node1 bhyverun.sh 80357 - - bhyve a was halted" + after, map[string]int{"a": 2}},
		{"with years, cut", "<13>1 2026-08-22T08:00:03.123456+02:00 node1 bhyverun.sh 80357 -\n", nil},
		{"of another", "Aug 22 08:00:03 node1 xbhyverun.sh[1]: bhyve a was halted" + after +
			"Aug 22 08:00:03 node1 bhyverun.shx[1]: bhyve a was halted" + after + "Aug 22 08:00:03 node1 su: bhyve a was halted" + after, nil},
		{"a process that is none", "Aug 22 08:00:03 node1 bhyverun.sh[x]: bhyve a was halted" + after, nil},
		{"a name like an end", head + "bhyve was halted was poweroff" + after, map[string]int{"was halted": 1}},
		{"a name that cannot be", head + "bhyve ../a was halted" + after + head + "bhyve  was halted" + after, nil},
		{"a first line that is cut", "e win2k was halted" + after + failed, map[string]int{"a": 4}},
		{"a last line that is not finished", failed + strings.TrimSuffix(head+"bhyve a was poweroff"+after, "\n"), map[string]int{"a": 4}},
		{"other words", head + "in exit_action mode\n" + head + "bhyve a was abducted" + after + head + "bhyve a was halted\n" +
			head + "unknown value for on_reboot: x\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "exit codes", tt.want, ParseSyslog([]byte(tt.text)))
		})
	}
}
