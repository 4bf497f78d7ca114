package freebsd

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRedactFile proves what is kept of each kind of file.
func TestRedactFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		cut        bool
		text, want string
	}{
		{"configuration", "/zroot/vm/web01/web01.conf", false,
			"# VNC is s3cret\nloader=\"uefi\"\ncpu=2 # not s3cret\n\nGRAPHICS=s3cret\nprestart=\"/x --token s3cret\"\ndescription=s3cret\npassthru0=5/0/0\ngraphics_vnc_password=\"s3cret # s3cret\"\n" +
				"bhyve_options=\"-s 7,fbuf,tcp=0.0.0.0:5900,password=s3 cret,wait -p 0:2\"\ndisk0_opts=\"password=s3cret\"\ncrypto_key=s3cret\nno setting s3cret\n",
			"loader=\"uefi\"\ncpu=2 \nbhyve_options=\"-s 7,fbuf,tcp=0.0.0.0:5900,password=*** -p 0:2\"\n" +
				"disk0_opts=\"password=***\"\n"},
		{"virtual machine of the name system", "/vm/system/system.conf", false, "memory=1G\npath_x=s3cret\n", "memory=1G\n"},
		{"configuration of vm-bhyve", "/vm/.config/system.conf", false,
			"switch_list=\"lan\"\ntype_lan=\"manual\"\nbridge_lan=bridge0\nports_lan=ix0\nvlan_lan=s3cret\nprivate_lan=s3cret\ndatastore_list=\"tank\"\n" +
				"path_tank=\"zfs:tank/vm\"\nconsole=s3cret\n",
			"switch_list=\"lan\"\ntype_lan=\"manual\"\nbridge_lan=bridge0\nports_lan=ix0\ndatastore_list=\"tank\"\npath_tank=\"zfs:tank/vm\"\n"},
		{"configuration that is being written", "/vm/a.conf", false, "cpu=2\nmem", "cpu=2\n***"},
		{"secret that is being written", "/vm/a.conf", false, "cpu=2\nvnc_password=s3cr", "cpu=2\n***"},
		{"value that is being written", "/vm/a.conf", false, "cpu=2", "cpu=2"},
		{"no configuration", "/vm/a.conf", false, "", ""},
		{"log", "/vm/a/vm-bhyve.log", false,
			"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf,tcp=0.0.0.0:5900,password=s3 cret,wait -s 0:8:0,xhci,tablet]\n" +
				"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf,password=s3cret]\n2026-08-20T09:07:55+00:00: starting bhyve (run 1)\n",
			"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf,tcp=0.0.0.0:5900,password=*** -s 0:8:0,xhci,tablet]\n" +
				"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf,password=***]\n2026-08-20T09:07:55+00:00: starting bhyve (run 1)\n"},
		{"sayings in a log", "/vm/a/vm-bhyve.log", false,
			"2026-08-20T09:07:53+00:00:  [prestart: /x --token s3cret -v]\n2026-08-20T09:07:53+00:00: password: s3cret\n" +
				"2026-08-20T09:07:53+00:00: The Passphrase:\"s3 cret\", passthru0=5/0/0 keyboard=de monkeys: 3\n",
			"2026-08-20T09:07:53+00:00:  [prestart: /x --token *** -v]\n2026-08-20T09:07:53+00:00: password: ***\n" +
				"2026-08-20T09:07:53+00:00: The Passphrase:*** passthru0=5/0/0 keyboard=de monkeys: ***\n"},
		{"no sayings in a log", "/vm/a/vm-bhyve.log", false,
			"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 4:0,nvme,/dev/zvol/zroot/vm-secret -s 5:0,virtio-net,tap0 -l com1,/dev/nmdm-key.1A]\n",
			"2026-08-20T09:07:53+00:00:  [bhyve devices: -s 4:0,nvme,/dev/zvol/zroot/vm-secret -s 5:0,virtio-net,tap0 -l com1,/dev/nmdm-key.1A]\n"},
		{"end of a log", "/vm/a/vm-bhyve.log", true, "cret -s 0:8:0,xhci]\n2026-08-20T09:07:55+00:00: stopped\n", "***\n2026-08-20T09:07:55+00:00: stopped\n"},
		{"end of a log that begins with a line", "/vm/a/vm-bhyve.log", true, "2026-08-20T09:07:55+00:00: stopped\n", "2026-08-20T09:07:55+00:00: stopped\n"},
		{"end of a log within its only line", "/vm/a/vm-bhyve.log", true, "cret -s 0:8", "***"},
		{"end of any file", "/vm/a/bhyve", true, "cret\npassword=s3cret\n", "***\npassword=***\n"},
		{"the host's log", "/var/log/messages", true,
			"cret -A win2k\nAug 22 08:00:00 node1 sshd[1]: s3cret\n" +
				"Aug 22 08:00:01 node1 bhyverun.sh[80311]: [debug] env KEY=s3cret /usr/sbin/bhyve -s 29,fbuf,password=s3cret win2k\n" +
				"Aug 22 08:00:03 node1 bhyverun.sh[80357]: bhyve win2k exited due to an error, exit_action_mode ret: 0\nAug 22 08:00:04 node1 bhyverun.sh[80",
			"Aug 22 08:00:01 node1 bhyverun.sh[80311]: [debug] win2k\n" +
				"Aug 22 08:00:03 node1 bhyverun.sh[80357]: bhyve win2k exited due to an error, exit_action_mode ret: 0\nAug 22 08:00:04 node1 bhyverun.sh[80"},
		{"rc.conf", "/etc/rc.conf", false,
			"hostname=\"hv1.example.net\"\nvm_enable=YES\nvm_list=\"web01 password=s3cret\" # s3cret\nvm_delay=$(s3cret)\nmysql_args=s3cret\nvm_key=s3cret\n" +
				"cbsd_workdir='/usr/o'\\''jails'\nif s3cret; then vm_dir=/s3cret; fi\nwlans_s3cret=wlan0\n",
			"cbsd_workdir='/usr/o'\\''jails'\nhostname='hv1.example.net'\nvm_enable='YES'\nvm_list='web01 password=***'\n" +
				"vm_dir=\"$left_out_by_vmond\"\n"},
		{"rc.conf.local", "/etc/rc.conf.local", false, "vm_dir=zfs:zroot/vm\nx=s3cret\n", "vm_dir='zfs:zroot/vm'\n"},
		{"file of rc.conf.d", "/usr/local/etc/rc.conf.d/vm", false, "x=s3cret\n", ""},
		{"file in a directory of rc.conf.d", "/etc/rc.conf.d/vm/a.conf", false, "vm_list=''\nx=s3cret\n", "vm_list=''\n"},
		{"lock", "/vm/a/run.lock", false, "hv1.example.net\n", "hv1.example.net\n"},
		{"any other", "/var/x", false, "a password='s3 cret'; Secret=\"s3 cret\"x API_KEY=s3cret,s3cret b\nhttp://me:s3cret@host/ key=", "a password=*** Secret=*** API_KEY=*** b\nhttp://***@host/ key=***"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := string(redactFile(tt.file, []byte(tt.text), tt.cut))
			if path.Ext(tt.file) == ".conf" && !isRC(tt.file) {
				// What is left out is made up for by a comment.
				if len(got) < len(tt.text) {
					t.Errorf("%d octets are %d", len(tt.text), len(got))
				}
				got = strings.TrimLeft(got, "#\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRedactArgs proves which command lines are kept, and what of them is not.
func TestRedactArgs(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, args, want string }{
		{"title", "bhyve: web01|", "bhyve: web01|"},
		{"bhyve", "bhyve|-s|29,fbuf,tcp=127.0.0.1:5901,password=s3 cret,wait|-o|pci.0.29.0.password=s3cret|-c|2|web01|",
			"bhyve|-s|29,fbuf,tcp=127.0.0.1:5901,password=***|-o|pci.0.29.0.password=***|-c|2|web01|"},
		{"lockf", "/usr/bin/lockf|-s|-t0|/usr/jails/tmp/bhyveload.debian1.lock|env|VNC_PASSWORD=s3cret|/usr/bin/nice|-n|0|/usr/sbin/bhyve|debian1|",
			"/usr/bin/lockf|-s|-t0|/usr/jails/tmp/bhyveload.debian1.lock|env|VNC_PASSWORD=***|/usr/bin/nice|-n|0|/usr/sbin/bhyve|debian1|"},
		{"lockf alone", "lockf|-s|/usr/jails/tmp/bhyveload.a.lock|", "lockf|-s|/usr/jails/tmp/bhyveload.a.lock|"},
		{"vm-bhyve's shell", "/bin/sh|/usr/local/sbin/vm|_run|web01|", "/bin/sh|/usr/local/sbin/vm|_run|web01|"},
		{"CBSD's shell", "/bin/sh|/usr/local/cbsd/share/bhyverun.sh|-c|/usr/jails/jails-system/debian1/bhyve.conf|-e|1|",
			"/bin/sh|/usr/local/cbsd/share/bhyverun.sh|-c|/usr/jails/jails-system/debian1/bhyve.conf|-e|1|"},
		{"another shell", "/bin/sh|-c|backup --with s3cret|", "/bin/sh|"},
		{"another lockf", "lockf|/tmp/x|s3cret", "lockf"},
		{"no word", "", ""},
		{"one word", "sh", "sh"},
		{"one empty word", "|", "|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := redactVariable("kern.proc.args", []byte(strings.ReplaceAll(tt.args, "|", "\x00")))
			if diff := cmp.Diff(tt.want, strings.ReplaceAll(string(got), "\x00", "|")); diff != "" {
				t.Errorf("unexpected command line (-want +got):\n%s", diff)
			}
		})
	}
}

// record returns a record of kern.proc.
func record(pid, parent int, name string) []byte {
	b := make([]byte, kinfoSize)
	put32(b, offStructSize, kinfoSize)
	put32(b, offPID, uint32(pid))
	put32(b, offParent, uint32(parent))
	b[offState] = 3
	copy(b[offName:], name)
	return b
}

// put32 writes a number as amd64 and arm64 have it.
func put32(b []byte, at int, n uint32) {
	b[at], b[at+1], b[at+2], b[at+3] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
}

// TestRedactProcesses proves that those are kept which run virtual machines, what has started them, and what managers consist of.
func TestRedactProcesses(t *testing.T) {
	t.Parallel()
	var all []byte
	for _, r := range [][]byte{
		record(1, 0, "init"), record(2, 0, "kernel"), record(100, 1, "tmux"), record(101, 100, "csh"), record(102, 101, "bhyve"),
		record(200, 1, "sh"), record(201, 200, "bhyveload"), record(300, 1, "mysqld"), record(301, 300, "sh"), record(400, 1, "virtbhyved"),
		record(500, 499, "grub-bhyve"), record(600, 601, "bhyve"), record(601, 600, "bhyve"),
	} {
		all = append(all, r...)
	}
	names := func(octets []byte) []string {
		processes, err := DecodeProcesses(octets)
		if err != nil {
			t.Error(err)
		}
		var names []string
		for _, p := range processes {
			names = append(names, p.Name)
		}
		return names
	}
	want := []string{"init", "tmux", "csh", "bhyve", "sh", "bhyveload", "sh", "virtbhyved", "grub-bhyve", "bhyve", "bhyve"}
	if diff := cmp.Diff(want, names(redactVariable("kern.proc.proc", all))); diff != "" {
		t.Errorf("unexpected programs (-want +got):\n%s", diff)
	}
	if got := redactVariable("kern.proc.pid_td", record(7, 1, "mysqld")); len(got) != 0 {
		t.Errorf("%d octets are kept of the threads of another program", len(got))
	}
	if got := redactVariable("hw.ncpu", []byte{8, 0, 0, 0}); !bytes.Equal(got, []byte{8, 0, 0, 0}) {
		t.Errorf("a number is %v", got)
	}

	odd := record(3, 1, "bhyve")
	put32(odd, offStructSize, 1096)
	odd = append(odd, make([]byte, 8)...)
	got := redactProcesses(slices.Concat(record(2, 1, "bhyve"), record(4, 1, "mysqld"), odd, record(5, 1, "mysqld")))
	if diff := cmp.Diff(slices.Concat(record(2, 1, "bhyve"), odd), got); diff != "" {
		t.Errorf("unexpected octets of a layout that is not known (-want +got):\n%s", diff)
	}
}

// FuzzRedactProcesses proves that no octets make it panic, that what is kept is of the same programs, and that what was an error
// still is.
func FuzzRedactProcesses(f *testing.F) {
	f.Fuzz(func(t *testing.T, octets []byte) {
		all, err := DecodeProcesses(octets)
		kept, keptErr := DecodeProcesses(redactProcesses(octets))
		if (err == nil) != (keptErr == nil) {
			t.Fatalf("the error is %v, and was %v", keptErr, err)
		}
		for _, p := range kept {
			if !slices.Contains(all, p) {
				t.Errorf("nothing is %+v", p)
			}
		}
		for _, p := range all {
			if slices.Contains(virtual[:], p.Name) && !slices.Contains(kept, p) {
				t.Errorf("%+v is left out", p)
			}
		}
	})
}

// TestRedactRecord proves that who has a process is left out, and nothing else.
func TestRedactRecord(t *testing.T) {
	t.Parallel()
	was := bytes.Repeat([]byte{1}, kinfoSize)
	copy(was, record(42, 1, "bhyve")[:4])
	put32(was, offPID, 42)
	copy(was[offName:], "bhyve\x00")
	copy(was[offStart:], make([]byte, timevalSize))
	copy(was[offRuntime:], make([]byte, 8))
	if _, err := DecodeProcesses(was); err != nil {
		t.Fatal(err)
	}
	is := redactVariable("kern.proc.proc", slices.Clone(was))
	var left []int
	for i := range is {
		if is[i] != was[i] {
			left = append(left, i)
		}
	}
	var want []int
	for i := range kinfoSize {
		if i >= 168 && i < 256 || i >= 420 && i < 438 || i >= 484 && i < 502 {
			want = append(want, i)
		}
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("unexpected octets that are left out (-want +got):\n%s", diff)
	}
}

// FuzzRedactRC proves that the variables which are read have the values that they had, but for secrets, and that no other is there.
func FuzzRedactRC(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		was, is := ParseRC([]byte(text)), ParseRC([]byte(redactRC(text)))
		for name, value := range was.values {
			if !isRead(name) {
				continue
			}
			if want := maskWords(value); is.values[name] != want {
				t.Errorf("%s is %q, and was %q", name, is.values[name], want)
			}
		}
		for name := range was.computed {
			if isRead(name) && !is.computed[name] {
				t.Errorf("%s is known to be %q", name, is.values[name])
			}
		}
		for name := range is.values {
			if _, ok := was.values[name]; !ok || !isRead(name) {
				t.Errorf("%s is set", name)
			}
		}
	})
}

// FuzzRedactFile proves that a secret after its name is left out wherever it is, whatever is around it.
func FuzzRedactFile(f *testing.F) {
	files := []string{"/vm/a/a.conf", "/vm/a/vm-bhyve.log", "/etc/rc.conf", "/var/log/messages", "/vm/a/run.lock"}
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "Pl4ntedS3cr3t"
		if strings.Contains(before+after, secret[:1]) {
			return
		}
		for _, file := range files {
			for _, cut := range []bool{false, true} {
				got := redactFile(file, []byte(before+"password="+secret+after), cut)
				if bytes.Contains(got, []byte(secret)) {
					t.Errorf("%q has the secret: %q", file, got)
				}
			}
		}
	})
}
