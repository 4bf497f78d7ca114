package bhyve

import (
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A machine is a host of which a test says what is there.
type machine struct {
	*freebsd.Recording
	processes map[int]freebsd.Process
	nodes     []string
	rc        string
	mounts    string
	// rows are those of CBSD's list.
	rows []string

	mu sync.Mutex
	// hung are what is under a path that hangs, until its channel is closed.
	hung map[string]chan struct{}
	// steps are those by which the clock is yet to be set.
	steps []time.Duration
	// asked counts the questions about each variable, file and program.
	asked map[string]int
}

// booted is when a machine was.
var booted = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// newMachine returns a host on which nothing runs and no manager is set up, a day after it was booted.
func newMachine() *machine {
	m := &machine{
		Recording: freebsd.NewRecording(), processes: map[int]freebsd.Process{}, hung: map[string]chan struct{}{},
		asked: map[string]int{},
	}
	m.SetClock(freebsd.Clock{Now: booted.Add(24 * time.Hour), Up: 24 * time.Hour})
	m.SetSysctl([]byte("hv1\x00"), "kern.hostname")
	m.SetSysctl([]byte{16, 0, 0, 0}, "hw.vmm.maxcpu")
	m.runs(freebsd.Process{PID: 1, Name: "init"}, "/sbin/init")
	m.setRC("")
	return m
}

// runs has a process run, which was started when its number says.
func (m *machine) runs(p freebsd.Process, args ...string) {
	if p.Start.IsZero() {
		p.Start = booted.Add(time.Duration(p.PID) * time.Second)
	}
	m.processes[p.PID] = p
	m.SetSysctl([]byte(strings.Join(args, "\x00")+"\x00"), "kern.proc.args", p.PID)
	m.publish()
}

// bhyve has the bhyve of a virtual machine run, and its node be there.
func (m *machine) bhyve(pid, parent int, vm string) {
	m.runs(freebsd.Process{PID: pid, Parent: parent, Name: "bhyve"}, "bhyve: "+vm)
	if !slices.Contains(m.nodes, vm) {
		m.node(append(m.nodes, vm)...)
	}
}

// ends has a process be gone.
func (m *machine) ends(pid int) {
	delete(m.processes, pid)
	m.publish()
}

// publish has the kernel tell of the processes.
func (m *machine) publish() {
	var octets []byte
	for _, p := range m.processes {
		octets = append(octets, kinfo(p)...)
	}
	m.SetSysctl(octets, "kern.proc.proc")
}

// kinfo returns the record of a process (struct kinfo_proc of sys/user.h).
func kinfo(p freebsd.Process) []byte {
	const size = 1088
	b := make([]byte, size)
	put := func(offset, n int) { binary.LittleEndian.PutUint32(b[offset:], uint32(n)) }
	put(0, size)
	put(72, p.PID)
	put(76, p.Parent)
	put(592, p.Jail)
	put(600, p.Thread)
	copy(b[394:410], p.ThreadName)
	copy(b[447:466], p.Name)
	b[388] = byte(p.State)
	binary.LittleEndian.PutUint64(b[328:], uint64(p.Runtime.Microseconds()))
	binary.LittleEndian.PutUint64(b[336:], uint64(p.Start.Unix()))
	binary.LittleEndian.PutUint64(b[344:], uint64(p.Start.Nanosecond()/1000))
	return b
}

// node has these nodes be in /dev/vmm, and no others. Without any there is no such directory.
func (m *machine) node(names ...string) {
	m.nodes = names
	if len(names) == 0 {
		m.Remove(vmmDir)
		return
	}
	m.SetDir(vmmDir, names...)
}

// setRC adds to rc.conf.
func (m *machine) setRC(text string) {
	m.rc += text
	m.SetFile("/etc/rc.conf", []byte(m.rc), freebsd.Stat{Modified: booted})
}

// vmbhyve sets vm-bhyve up, with its default datastore in /vm and others beside it.
func (m *machine) vmbhyve(others ...string) {
	m.setRC("vm_enable=\"YES\"\nvm_dir=\"/vm\"\nvm_list=\"auto\"\nhostname=\"hv1\"\n")
	conf := fmt.Sprintf("datastore_list=%q\n", strings.Join(others, " "))
	for _, name := range others {
		conf += fmt.Sprintf("path_%s=%q\n", name, "/"+name)
		m.SetDir("/" + name)
	}
	m.SetDir("/vm", ".config")
	m.SetFile("/vm/.config/system.conf", []byte(conf), freebsd.Stat{Modified: booted})
	m.SetProgram([]string{"/sbin/mount", "-p"}, []byte(m.mounts), nil)
}

// define has a virtual machine be in a datastore.
func (m *machine) define(datastore, name, uuid string) {
	dir := path.Join(datastore, name)
	m.write(path.Join(dir, name+".conf"), fmt.Sprintf("loader=\"uefi\"\ncpu=1\nmemory=1G\nuuid=%q\n", uuid))
	m.SetDir(dir, name+".conf")
}

// write puts a file there, as of now.
func (m *machine) write(file, text string) {
	clock, err := m.Clock()
	if err != nil {
		panic(err)
	}
	m.SetFile(file, []byte(text), freebsd.Stat{Modified: clock.Now})
}

// lock has the host of that name have the lock of a virtual machine.
func (m *machine) lock(dir, host string) { m.write(path.Join(dir, "run.lock"), host+"\n") }

// cbsdDatabase is where CBSD has its list.
const cbsdDatabase = "/usr/jails/var/db/local.sqlite"

// cbsd sets CBSD up.
func (m *machine) cbsd() {
	m.setRC("cbsd_workdir=\"/usr/jails\"\n")
	m.SetStat(cbsdDatabase, freebsd.Stat{Modified: booted})
	m.list()
}

// list adds virtual machines to CBSD's list: their name, process and status.
func (m *machine) list(rows ...string) {
	for _, row := range rows {
		field := strings.Split(row, " ")
		name, pid, status := field[0], field[1], field[2]
		m.rows = append(m.rows, strings.Join([]string{name, pid, status, "1", "0", "0", "/usr/jails/jails-data/" + name + "-data"}, "|")+"\n")
		tables := "/usr/jails/jails-system/" + name + "/local.sqlite"
		m.SetStat(tables, freebsd.Stat{Modified: booted})
		const columns = "vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset"
		m.answers(tables, columns, "(SELECT "+columns+" FROM settings ORDER BY created DESC LIMIT 1)", "1|1073741824|linux|x|"+uuidOf(name)+"|0\n")
		m.answers(tables, "dsk_controller,dsk_path,dsk_ro", "bhyvedsk WHERE jname='"+name+"'", "")
		m.answers(tables, "nic_order,nic_driver,nic_hwaddr,nic_parent", "bhyvenic WHERE jname='"+name+"'", "")
	}
	m.answers(cbsdDatabase, "jname,jid,status,astart,maintenance,state_time,data", "jails WHERE emulator='bhyve'", strings.Join(m.rows, ""))
}

// question returns what CBSD's sqlcli is asked.
func question(database, columns, from string) []string {
	n := strings.Count(columns, ",") + 1
	end := strings.TrimSuffix(strings.Repeat("'',", n), ",")
	return []string{"/usr/local/cbsd/misc/sqlcli", database, "SELECT " + columns + " FROM " + from + " UNION ALL SELECT " + end}
}

// answers has a database answer.
func (m *machine) answers(database, columns, from, rows string) {
	end := strings.Repeat("|", strings.Count(columns, ",")) + "\n"
	m.SetProgram(question(database, columns, from), []byte(rows+end), nil)
}

// uuidOf returns the UUID of a virtual machine of that name.
func uuidOf(name string) string {
	return fmt.Sprintf("%08x-0000-4000-8000-000000000000", name[:min(4, len(name))])
}

// libvirt has libvirt run a virtual machine.
func (m *machine) libvirt(name string, pid int) {
	m.SetFile("/var/run/libvirt/bhyve/"+name+".pid", fmt.Appendln(nil, pid), freebsd.Stat{})
	m.SetFile("/var/run/libvirt/bhyve/"+name+".xml", []byte("<domstatus/>"), freebsd.Stat{})
}

// hang has all that is asked beneath a path hang until the function that is returned is called.
func (m *machine) hang(prefix string) (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := make(chan struct{})
	m.hung[prefix] = c
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.hung, prefix)
		close(c)
	}
}

// wait counts the question, and hangs if it is to.
func (m *machine) wait(about string) {
	m.mu.Lock()
	m.asked[about]++
	var c chan struct{}
	for prefix, hung := range m.hung {
		if strings.HasPrefix(about, prefix) {
			c = hung
		}
	}
	m.mu.Unlock()
	if c != nil {
		<-c
	}
}

// times returns how often it was asked.
func (m *machine) times(about string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked[about]
}

// scouting returns a scout of the machine, and what it tells the log.
func scouting(t *testing.T, m *machine) (*scout, func() []told) {
	t.Helper()
	log, logs := observed()
	return newScout(t.Context(), m, newTroubles(log), defaultBounds()), func() []told { return toldOf(logs) }
}

// quiet is a log that nobody reads.
func quiet() *zap.Logger { return zap.NewNop() }
