package cbsd

import (
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The programs that are asked.
const (
	sqlcli = "/usr/local/cbsd/misc/sqlcli"
	cbsd   = "/usr/local/bin/cbsd"
)

// The columns that are asked for, each by its name: a password is kept in the same tables. There are never less than two, for the
// row that ends an answer to be one.
const (
	guestColumns   = "jname,jid,status,astart,maintenance,state_time,data"
	settingColumns = "vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset"
	diskColumns    = "dsk_controller,dsk_path,dsk_ro"
	nicColumns     = "nic_order,nic_driver,nic_hwaddr,nic_parent"
	sinceColumns   = "vm_cpus,state_time"
	reachColumns   = "ip4_addr,bhyve_vnc_tcp_bind,vnc_port,fbuf"
	listColumns    = "jname,jid,status,astart,vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset"
)

// count returns how many columns there are.
func count(columns string) int { return strings.Count(columns, ",") + 1 }

// query returns the command that asks a database for columns. Its answer ends with a row of empty values: sqlcli says nothing
// about what it could not read, and ends well, so that without that row the answer is not all of it.
func query(database, columns, from string) freebsd.Command {
	end := strings.TrimSuffix(strings.Repeat("'',", count(columns)), ",")
	return freebsd.Command{Argv: []string{sqlcli, database, "SELECT " + columns + " FROM " + from + " UNION ALL SELECT " + end}}
}

// queryGuests asks for the virtual machines of the host.
func queryGuests(s Setup) freebsd.Command {
	return query(s.database(), guestColumns, "jails WHERE emulator='bhyve'")
}

// newest is what is put before and after to have only the newest of the rows in settings, of which there should be one.
func newest(columns string) string {
	return "(SELECT " + columns + " FROM settings ORDER BY created DESC LIMIT 1)"
}

// querySettings asks for what a virtual machine is given.
func querySettings(g Guest) freebsd.Command {
	return query(g.tables(), settingColumns, newest(settingColumns))
}

// querySince asks when a virtual machine's status last changed.
func querySince(g Guest) freebsd.Command {
	return query(g.tables(), sinceColumns, newest(sinceColumns))
}

// queryReach asks how a virtual machine is reached. It is apart from what it is given, which there is without it.
func queryReach(g Guest) freebsd.Command {
	return query(g.tables(), reachColumns, newest(reachColumns))
}

// queryDisks asks for the disks of a virtual machine. Its name is one that needs no quoting.
func queryDisks(g Guest) freebsd.Command {
	return query(g.tables(), diskColumns, "bhyvedsk WHERE jname='"+g.Name+"'")
}

// queryNICs asks for the network interfaces of a virtual machine. Its name is one that needs no quoting.
func queryNICs(g Guest) freebsd.Command {
	return query(g.tables(), nicColumns, "bhyvenic WHERE jname='"+g.Name+"'")
}

// list is the command that lists all virtual machines of the host, without colours.
func list() freebsd.Command {
	return freebsd.Command{
		Argv: []string{cbsd, "bls", "header=0", "node=", "alljails=0", "display=" + listColumns},
		Env:  []string{"NOCOLOR=1"},
	}
}

// quotable reports whether a name can stand in a path and in an SQL text as it is.
func quotable(name string) bool {
	if name == "" || name == "." || name == ".." {
		return false
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || strings.ContainsRune("'\"`\\/|", r) {
			return false
		}
	}
	return true
}
