package bhyve

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// plant puts a secret wherever a host with all managers has them.
func plant(t *testing.T, host *freebsd.Recording, secret string) {
	t.Helper()
	edit := func(file string, change func(text string) string) {
		t.Helper()
		octets, err := host.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		st, err := host.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		st.Size = 0
		host.SetFile(file, []byte(change(string(octets))), st)
	}
	vnc := "tcp=0.0.0.0:5900,password=" + secret
	edit("/etc/rc.conf", func(text string) string {
		return text + "mysql_args=\"--password " + secret + "\"\nvm_secret=" + secret + "\n# " + secret + "\n"
	})
	for _, name := range []string{"web01", "db01", "win01"} {
		dir := "/zroot/vm/" + name + "/"
		edit(dir+name+".conf", func(text string) string {
			return "# " + secret + "\nprestart=\"/root/up --token " + secret + "\"\n" + text + "graphics_vnc_password=\"" + secret +
				"\"\nzfs_key=" + secret + "\ndescription=\"of " + secret + "\"\n"
		})
		edit(dir+"vm-bhyve.log", func(text string) string {
			return "2026-08-19T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf," + vnc + "]\n" +
				"2026-08-19T09:07:53+00:00:  [prestart: /root/up --token " + secret + "]\n" +
				"2026-08-19T09:07:53+00:00: the password: " + secret + "\n" +
				strings.ReplaceAll(text, "tcp=0.0.0.0:5900", vnc)
		})
	}
	edit("/zroot/vm/web01/console", func(text string) string { return text + "vnc_password=" + secret + "\n" })
	const lockf = 75690
	args, err := host.Sysctl("kern.proc.args", lockf)
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Replace(string(args), ":5901,", ":5901,password="+secret+",", 1)
	words = strings.Replace(words, "env\x00", "env\x00VNC_PASSWORD="+secret+"\x00", 1)
	host.SetSysctl([]byte(words), "kern.proc.args", lockf)
	host.SetSysctl([]byte("/bin/sh\x00-c\x00backup "+secret+"\x00"), "kern.proc.args", 75655)
	log, err := host.Tail("/var/log/messages", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	st, err := host.Stat("/var/log/messages")
	if err != nil {
		t.Fatal(err)
	}
	host.SetFile("/var/log/messages", []byte("Aug 19 00:00:00 hv1 sudo: "+secret+"\n"+
		strings.ReplaceAll(string(log), "[debug] ", "[debug] /usr/sbin/bhyve -s 29,fbuf,"+vnc+" ")), st)
	plantPrivate(t, host, secret)
}

// plantPrivate puts a secret wherever a host tells of what is of no virtual machine.
func plantPrivate(t *testing.T, host *freebsd.Recording, secret string) {
	t.Helper()
	prints := func(change func(text string) string, argv ...string) {
		t.Helper()
		text, err := host.Run(t.Context(), freebsd.Command{Argv: argv})
		if err != nil {
			t.Fatal(err)
		}
		host.SetProgram(argv, []byte(change(string(text))), nil)
	}
	prints(func(text string) string {
		return text + "//me@nas/" + secret + "\t\t/x\tsmbfs\trw,password=" + secret + "\t0 0\n" +
			"zroot/home/" + secret + "\t/home/" + secret + "\tzfs\trw\t0 0\nzroot/vm " + secret + " what /this is\n"
	}, "/sbin/mount", "-p")
	prints(func(text string) string {
		return secret + "/backup\t1073741824\n" + text + "zroot/vm-" + secret + "\t1073741824\n"
	}, "/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize")
	prints(func(text string) string {
		return secret + "/backup@daily\t1048576\n" + text + "zroot/home@" + secret + "\t1048576\n"
	}, "/sbin/zfs", "list", "-Hp", "-t", "snapshot", "-o", "name,used")
	const counters = "kstat.zfs.zroot.dataset.objset-0x999."
	figures := counters + "nread: 1\n" + counters + "reads: 1\n" + counters + "nwritten: 1\n" + counters + "writes: 1\n"
	prints(func(text string) string {
		return text + figures + counters + "dataset_name: zroot/home/" + secret + "\n"
	}, "/sbin/sysctl", "kstat.zfs.zroot.dataset")
	host.SetProgram([]string{"/sbin/sysctl", "kstat.zfs." + secret + ".dataset"},
		[]byte(strings.ReplaceAll(figures+counters+"dataset_name: zroot/backup\n", "zroot", secret)), nil)
	prints(func(text string) string {
		return strings.ReplaceAll(text, "\tether ", "\tdescription: to "+secret+"\n\tssid "+secret+" channel 1\n\tinet 192.0.2.1 netmask "+secret+
			"\n\tinet6 "+secret+" prefixlen 64\n\tether ")
	}, "/sbin/ifconfig", "-a")
	prints(func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, "192.0.2.10", secret), "192.0.2.0/24", secret)
	}, "/usr/bin/netstat", "-ibn", "--libxo", "json")
	disks, err := host.Sysctl("kern.geom.conftxt")
	if err != nil {
		t.Fatal(err)
	}
	host.SetSysctl(append([]byte("1 LABEL label/"+secret+" 1073741824 512 i 0 o 0\n"), disks...), "kern.geom.conftxt")
	processes, err := host.Sysctl("kern.proc.proc")
	if err != nil {
		t.Fatal(err)
	}
	const size, login, class = 1088, 420, 484
	for i := 0; i+size <= len(processes); i += size {
		copy(processes[i+login:], secret+"\x00")
		copy(processes[i+class:], secret+"\x00")
	}
	host.SetSysctl(processes, "kern.proc.proc")
}

// TestSecrets proves that what is written of a host has none of its secrets, and that it is told of as the host itself.
func TestSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const secret = "Pl4ntedS3cr3t"
		host := loadHost(t, filepath.Join(hostsDir, "all"))
		plain := accountOf(t, host)
		plant(t, host, secret)
		if diff := cmp.Diff(plain, accountOf(t, host), ofGuests()); diff != "" {
			t.Errorf("unexpected account of the host with secrets (-without +with):\n%s", diff)
		}
		was, is := filepath.Join(t.TempDir(), "was"), filepath.Join(t.TempDir(), "is")
		if err := host.Save(was); err != nil {
			t.Fatal(err)
		}
		if n := holding(t, was, secret); n < 15 {
			t.Errorf("only %d files have the secret to begin with", n)
		}
		if err := Record(context.Background(), "bhyve:///?recorded="+was, is, zap.NewNop()); err != nil {
			t.Fatal(err)
		}
		if n := holding(t, is, secret); n > 0 {
			t.Errorf("%d files have the secret", n)
		}
		if diff := cmp.Diff(plain, accountOf(t, loadHost(t, is)), ofGuests()); diff != "" {
			t.Errorf("unexpected account of what was written (-want +got):\n%s", diff)
		}
	})
}

// holding counts the files in a directory that have the text in them, and names them.
func holding(t *testing.T, dir, text string) int {
	t.Helper()
	var n int
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		octets, err := os.ReadFile(path)
		if bytes.Contains(octets, []byte(text)) {
			t.Logf("%q has %q", path, text)
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
