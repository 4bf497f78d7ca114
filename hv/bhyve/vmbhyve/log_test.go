package vmbhyve

import (
	"strings"
	"testing"
	"time"
)

// web01Args are the arguments of web01's bhyve.
var web01Args = []string{
	"-s", "0,hostbridge", "-s", "31,lpc", "-s", "0:4:0,virtio-blk,/dev/zvol/zroot/vm/web01/disk0",
	"-s", "0:5:0,ahci-hd,/zroot/vm/web01/disk1.img", "-s", "0:6:0,virtio-net,tap0,mac=58:9c:fc:0e:c7:ab",
	"-s", "0:7:0,fbuf,tcp=0.0.0.0:5900", "-s", "0:8:0,xhci,tablet",
	"-c", "2,sockets=1,cores=2,threads=1", "-m", "4G", "-AHPw", "-l", "bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
	"-p", "0:2", "-p", "1:3", "-U", "8ae0b0b2-7c70-11f0-9c1e-589cfc10d622", "-u",
	"-l", "com1,/dev/nmdm-web01.1A",
}

func TestParseLogOfHosts(t *testing.T) {
	t.Parallel()
	const dir = "testdata/host/zroot/vm/"
	initialised, started := at(t, "20T09:07:53"), at(t, "20T09:07:55")
	tests := []struct {
		name, text string
		want       Log
	}{
		{"running", text(t, dir+"web01/vm-bhyve.log"), Log{Initialised: initialised, Started: started, Args: web01Args}},
		{"after the guest's reboot", text(t, dir+"web01/vm-bhyve.log") + text(t, dir+"web01/vm-bhyve.log.after-guest-reboot"),
			Log{Initialised: initialised, Started: at(t, "21T03:00:11"), Args: web01Args}},
		{"the guest's reboot alone", text(t, dir+"web01/vm-bhyve.log.after-guest-reboot"),
			Log{Started: at(t, "21T03:00:11"), Args: web01Args}},
		{"powered off", text(t, dir+"db01/vm-bhyve.log"),
			Log{Started: at(t, "19T18:00:00"), Exited: true, Status: 1, ExitedAt: at(t, "19T22:15:31"), Ended: true}},
		{"error", text(t, dir+"win01/vm-bhyve.log"),
			Log{Started: at(t, "22T08:00:01"), Exited: true, Status: 4, ExitedAt: at(t, "22T08:00:03"), Ended: true}},
		{"triple fault", text(t, "testdata/variants/win01.vm-bhyve.log.triple-fault"),
			Log{Started: at(t, "22T08:00:01"), Exited: true, Status: 3, ExitedAt: at(t, "22T08:44:03"), Ended: true}},
		{"signal", text(t, "testdata/variants/win01.vm-bhyve.log.sigsegv"),
			Log{Started: at(t, "22T08:00:01"), Exited: true, Status: 139, ExitedAt: at(t, "22T08:44:03"), Ended: true}},
		{"suspended", text(t, "testdata/variants/db01.vm-bhyve.log.suspended"),
			Log{Started: at(t, "19T18:00:00"), Exited: true, ExitedAt: at(t, "19T22:15:31"), Ended: true}},
		{"never started", text(t, "testdata/variants/win01.vm-bhyve.log.fatal"),
			Log{Initialised: at(t, "22T08:00:01"), Ended: true, Failed: true}},
		{"two starts", text(t, dir+"db01/vm-bhyve.log") + text(t, dir+"web01/vm-bhyve.log"),
			Log{Initialised: initialised, Started: started, Args: web01Args}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "log", tt.want, ParseLog([]byte(tt.text)))
		})
	}
}

// logOf writes a log with one line each second from midnight of 1 August 2026.
func logOf(lines ...string) string {
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(second(i).Format(time.RFC3339) + ": " + line + "\n")
	}
	return b.String()
}

// second returns the time of the line of that number.
func second(i int) time.Time { return time.Date(2026, 8, 1, 0, 0, i, 0, time.UTC) }

func TestParseLog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       Log
	}{
		{"nothing", "", Log{}},
		{"initialising", logOf("initialising", " [loader: uefi]"), Log{Initialised: second(0)}},
		{"arguments before the start are none yet", logOf("initialising", " [bhyve options: -c 2]"), Log{Initialised: second(0)}},
		{"arguments", logOf("initialising", " [bhyve options: -c 2]", " [bhyve devices: -s 0,hostbridge]", " [bhyve console: ]",
			" [bhyve iso device: -s 3:0,ahci-cd,/a.iso,ro]", "starting bhyve (run 1)"), Log{
			Initialised: second(0), Started: second(5), Args: []string{"-s", "0,hostbridge", "-c", "2", "-s", "3:0,ahci-cd,/a.iso,ro"}}},
		{"no passwords", logOf(" [bhyve devices: -s 7:0,fbuf,tcp=0.0.0.0:5900,password=secret,wait]", "starting bhyve (run 1)"), Log{
			Started: second(1), Args: []string{"-s", "7:0,fbuf,tcp=0.0.0.0:5900"}}},
		{"arguments that are cut", logOf("starting bhyve (run 1)", " [bhyve options: -c 2", "starting bhyve (run 2)"), Log{
			Started: second(2)}},
		{"crash and restart", logOf("initialising", "starting bhyve (run 1)", "bhyve exited with status 3", "restarting",
			"starting bhyve (run 2)"), Log{Initialised: second(0), Started: second(4), Began: second(4), Before: 3}},
		{"power off and restart, then a reboot", logOf("initialising", "starting bhyve (run 1)", "bhyve exited with status 1", "restarting",
			"starting bhyve (run 2)", "bhyve exited with status 0", "restarting", "starting bhyve (run 3)"),
			Log{Initialised: second(0), Started: second(7), Began: second(4), Before: 1}},
		{"between two", logOf("initialising", "starting bhyve (run 1)", "bhyve exited with status 0", "restarting"),
			Log{Initialised: second(0), Started: second(1), Exited: true, ExitedAt: second(2)}},
		{"resuming", logOf("initialising", "saved vm state found, resuming", "starting bhyve (run 1)"),
			Log{Initialised: second(0), Started: second(2), Resuming: true}},
		{"not able to resume", logOf("initialising",
			"saved vm state found but suspend/resume is unavailable or disabled, attempting to cold boot", "starting bhyve (run 1)"),
			Log{Initialised: second(0), Started: second(2)}},
		{"resumed, then a reboot", logOf("initialising", "saved vm state found, resuming", "starting bhyve (run 1)",
			"bhyve exited with status 0", "restarting", "starting bhyve (run 2)"), Log{Initialised: second(0), Started: second(5)}},
		{"the loader fails at first", logOf("initialising", "fatal; loader returned error 1", "stopped"),
			Log{Initialised: second(0), Ended: true, Failed: true}},
		{"the loader fails after a reboot", logOf("initialising", "starting bhyve (run 1)", "bhyve exited with status 0", "restarting",
			"fatal; loader returned error 1", "stopped"),
			Log{Initialised: second(0), Started: second(1), Exited: true, ExitedAt: second(2), Ended: true}},
		{"the loader fails after a reboot, and what was before is lost", logOf("bhyve exited with status 0", "restarting",
			"fatal; loader returned error 1", "stopped"), Log{Exited: true, ExitedAt: second(0), Ended: true}},
		{"a failed start after a crash", logOf("initialising", "starting bhyve (run 1)", "bhyve exited with status 4", "stopped",
			"initialising", "fatal; unable to start - missing required configuration"), Log{Initialised: second(4), Ended: true, Failed: true}},
		{"a first line that is cut", "8-01T00:00:00+00:00: initialising\n" + logOf("starting bhyve (run 2)"), Log{Started: second(0)}},
		{"a first line that is cut in its text", "us 4\n" + logOf("stopped"), Log{Ended: true}},
		{"a last line that is not finished", logOf("starting bhyve (run 1)") + "2026-08-01T00:00:01+00:00: bhyve exited with status 1",
			Log{Started: second(0)}},
		{"a start whose first line is lost", logOf("starting bhyve (run 1)", "bhyve exited with status 4", "stopped",
			"starting bhyve (run 1)"), Log{Started: second(3)}},
		{"no status", logOf("starting bhyve (run 1)", "bhyve exited with status ", "bhyve exited with status x",
			"bhyve exited with status -1", "bhyve exited with status 256"), Log{Started: second(0)}},
		{"other lines", logOf("starting bhyve (run 1)", "stopped it", "xinitialising", "", "restarting"), Log{Started: second(0)}},
		{"no time", "initialising\n: initialising\nyesterday: initialising\n", Log{}},
		{"a time zone", "2026-08-01T02:00:00+02:00: initialising\n", Log{
			Initialised: second(0).In(time.FixedZone("", 2*60*60))}},
		{"holes", "\x00\x00\x00\n" + logOf("stopped"), Log{Ended: true}},
		{"carriage returns", strings.ReplaceAll(logOf("initialising"), "\n", "\r\n"), Log{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "log", tt.want, ParseLog([]byte(tt.text)))
		})
	}
}
