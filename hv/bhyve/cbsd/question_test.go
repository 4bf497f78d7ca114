package cbsd

import (
	"strings"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestQuestions has the questions as a recording has them: another word makes another question.
func TestQuestions(t *testing.T) {
	t.Parallel()
	const sqlcli = "/usr/local/cbsd/misc/sqlcli"
	g := Guest{Name: "debian1", Dir: setup.dir("debian1")}
	const tables = "/usr/jails/jails-system/debian1/local.sqlite"
	tests := []struct {
		name string
		got  freebsd.Command
		want []string
	}{
		{"guests", queryGuests(setup), []string{sqlcli, "/usr/jails/var/db/local.sqlite",
			"SELECT jname,jid,status,astart,maintenance,state_time,data FROM jails WHERE emulator='bhyve' UNION ALL SELECT '','','','','','',''"}},
		{"settings", querySettings(g), []string{sqlcli, tables,
			"SELECT vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset FROM (SELECT vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset " +
				"FROM settings ORDER BY created DESC LIMIT 1) UNION ALL SELECT '','','','','',''"}},
		{"since", querySince(g), []string{sqlcli, tables,
			"SELECT vm_cpus,state_time FROM (SELECT vm_cpus,state_time FROM settings ORDER BY created DESC LIMIT 1) UNION ALL SELECT '',''"}},
		{"disks", queryDisks(g), []string{sqlcli, tables,
			"SELECT dsk_controller,dsk_path,dsk_ro FROM bhyvedsk WHERE jname='debian1' UNION ALL SELECT '','',''"}},
		{"network interfaces", queryNICs(g), []string{sqlcli, tables,
			"SELECT nic_order,nic_driver,nic_hwaddr,nic_parent FROM bhyvenic WHERE jname='debian1' UNION ALL SELECT '','','',''"}},
		{"list", list(), []string{"/usr/local/bin/cbsd", "bls", "header=0", "node=", "alljails=0",
			"display=jname,jid,status,astart,vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "command", tt.want, tt.got.Argv)
			if strings.Contains(strings.Join(tt.got.Argv, " "), "password") || strings.Contains(tt.got.Argv[2], "*") {
				t.Errorf("%v asks for secrets", tt.got.Argv)
			}
		})
	}
	check(t, "environment", []string{"NOCOLOR=1"}, list().Env)
}

func TestQuotable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"debian1", "a", "a-b_c.d", "1", "...", "ö", "a b", "a%b", "-rf"} {
		if !quotable(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"", ".", "..", "a'b", `a"b`, "a/b", "../a", `a\b`, "a|b", "a\nb", "a\x00b", "a\x1b[0m", "a`b`", "a\x7f"} {
		if quotable(name) {
			t.Errorf("%q is not refused", name)
		}
	}
}
