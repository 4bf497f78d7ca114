package bhyve

import (
	"net/url"
	"testing"
)

// A URI that is taken names this machine or a directory, and that can be said in a URI again.
func FuzzParseURI(f *testing.F) {
	f.Add("bhyve:///")
	f.Add("bhyve:///?recorded=hosts/all")
	f.Add("bhyve:///?recorded=%2Ftmp%2Fa+b")
	f.Fuzz(func(t *testing.T, uri string) {
		dir, err := parseURI(uri)
		if err != nil || dir == "" {
			return
		}
		again, err := parseURI("bhyve:///?" + url.Values{recorded: {dir}}.Encode())
		if err != nil || again != dir {
			t.Errorf("unexpected directory %q, %v, want %q", again, err, dir)
		}
	})
}

// A command line is of one manager's shell, if it names a virtual machine. Whatever it is, that is no reason to panic.
func FuzzOrigin(f *testing.F) {
	f.Add("/bin/sh\x00/usr/local/sbin/vm\x00_run\x00-tf\x00web01\x00\x00", "web01")
	f.Add("/bin/sh\x00/usr/local/cbsd/share/bhyverun.sh\x00-c\x00/usr/jails/jails-system/deb/bhyve.conf\x00-e\x001", "deb")
	f.Add("lockf\x00-s\x00-t0\x00/usr/jails/tmp/bhyveload.deb.lock\x00deb\x00", "deb")
	f.Fuzz(func(t *testing.T, line, vm string) {
		m := newMachine()
		m.SetSysctl([]byte(line), argsVariable, 2)
		args, err := newCensus(m).args(2)
		if err != nil {
			t.Fatal(err)
		}
		if w := watchOf(args); (w.by == unknownOrigin) != (w.vm == "") {
			t.Errorf("%q is the shell of %q, and is %d's", args, w.vm, w.by)
		}
		locks(args, vm)
	})
}
