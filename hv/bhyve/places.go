package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// The variables that hide processes from all but root (security(7)).
const (
	usersVariable = "security.bsd.see_other_uids"
	groupVariable = "security.bsd.see_other_gids"
	jailsVariable = "security.bsd.see_jail_proc"
)

// processes asks the kernel for processes. If it hides init it hides those of root, which bhyve's are.
func (i *inspection) processes(f *Finding) {
	h, err := i.scout.herds.get(i.ctx)
	if err != nil {
		f.lacks(err)
		return
	}
	i.herd = h
	var loaders int
	for _, r := range h.running {
		if r.loads() {
			loaders++
		}
	}
	f.has(len(h.running), fmt.Sprintf("%s of bhyve, %s, among %d", counted(len(h.running)-loaders, "process", "processes"),
		counted(loaders, "loader", "loaders"), len(h.all)), fmt.Sprintf("no bhyve among %s", counted(len(h.all), "process", "processes")))
	f.lacks(h.err)
	if _, ok := h.all[initPID]; ok {
		return
	}
	hides := []string{}
	for _, name := range []string{usersVariable, groupVariable, jailsVariable} {
		octets, err := i.sys.Sysctl(name)
		if err != nil {
			continue
		}
		if sees, err := freebsd.DecodeUint32(octets); err == nil && sees == 0 {
			hides = append(hides, name)
		}
	}
	if len(hides) == 0 {
		f.lack("processes of the host are hidden, as in a jail: run vmond on the host itself")
		return
	}
	f.lack(fmt.Sprintf("processes of others are hidden because of %s=0: run vmond as root, or set it to 1",
		strings.Join(hides, "=0 and ")))
}

// nodes asks for the nodes of virtual machines.
func (i *inspection) nodes(f *Finding) {
	if !hasVMM(i.sys) {
		f.lack("vmm(4) is not loaded, so that no virtual machine can run: load it with kldload vmm")
	}
	nodes, _, err := i.scout.nodes.get(i.ctx)
	if err != nil {
		f.lacks(err)
		return
	}
	f.has(len(nodes), machines(len(nodes)), "no virtual machine has a node")
}

// vmbhyve asks what vm-bhyve has written down.
func (i *inspection) vmbhyve(f *Finding) {
	page := i.scout.vmbhyve.get(i.ctx)
	setup, set := i.scout.vmbhyve.known()
	if !set && len(page.unread) == 0 {
		f.None = "vm_dir is not in rc.conf"
		return
	}
	f.lacks(i.troubles.failing(vmbhyveSource), i.troubles.failing(mountsSource))
	if !set {
		return
	}
	f.Found = counted(len(setup.Datastores), "datastore", "datastores") + " with " + machines(len(page.guests))
	for _, d := range setup.Datastores {
		f.lacks(i.troubles.failing(datastoreSource(d.Name)))
	}
	if !setup.Enabled {
		f.lack("vm_enable is not YES in rc.conf: nothing is started when the host boots")
	}
}

// cbsd asks what CBSD has written down.
func (i *inspection) cbsd(f *Finding) {
	page := i.scout.cbsd.get(i.ctx)
	f.lacks(i.troubles.failing(cbsdSource), i.troubles.failing(cbsdTablesSource))
	switch {
	case page.unread:
	case !i.scout.cbsd.installed():
		f.None = "cbsd_workdir is not in rc.conf"
	default:
		f.has(len(page.guests), machines(len(page.guests)), "CBSD has no virtual machine")
	}
}

// systemLog asks how CBSD's virtual machines ended, which nothing else tells after they did.
func (i *inspection) systemLog(f *Finding) {
	if !i.scout.cbsd.installed() {
		f.None = "CBSD is not here, whose virtual machines it tells of"
		return
	}
	_, err := i.environment.stat(cbsd.SystemLog)
	if errors.Is(err, fs.ErrNotExist) {
		f.None = "there is no " + cbsd.SystemLog
		return
	}
	if err == nil {
		_, err = i.scout.cbsd.ending(i.ctx, "")
	}
	if err != nil {
		f.lacks(err)
		return
	}
	f.Found = cbsd.SystemLog + ", in which CBSD tells how a bhyve ended"
}

// noDisks is why there are none.
const noDisks = "no virtual machine has a disk that is known"

// disks asks what the virtual machines have their disks in. It is asked as the readings do, since a disk is only known by what its
// virtual machine is made of; what of that cannot be read another place lacks.
func (i *inspection) disks(f *Finding) {
	s := newSource(i.sys, "", zap.NewNop())
	defer s.Close()
	summaries, err := s.States(i.ctx)
	if err != nil {
		return
	}
	keys := make([]string, len(summaries))
	for n, sum := range summaries {
		keys[n] = sum.Key
	}
	var disks, owners int
	_ = s.Definitions(i.ctx, keys, func(_ string, d hv.Definition, _ error) {
		disks += len(d.Disks)
		owners += min(len(d.Disks), 1)
	})
	_ = s.Statistics(i.ctx, keys, func(string, hv.Statistics, error) {})
	for _, key := range keys {
		f.lacks(s.troubles.failing(disksSource(key)))
	}
	if err := s.troubles.failing(mediaVariable); err != nil {
		f.lacks(fmt.Errorf("sizes of disks beneath %s: %w", devicesDir, err))
	}
	f.has(disks, counted(disks, "disk", "disks")+" of "+machines(owners), noDisks)
}

// libvirt asks what libvirt runs.
func (i *inspection) libvirt(f *Finding) {
	owned, fresh, err := i.scout.libvirts.get(i.ctx)
	f.lacks(err, i.troubles.failing(libvirtFilesSource))
	switch {
	case !fresh:
	case len(owned) == 0:
		f.None = "libvirt runs nothing here"
	default:
		f.Found = machines(len(owned)) + ", left to libvirt"
	}
}

// bhyves returns the processes of bhyve that were found, in the order of their numbers.
func (i *inspection) bhyves() []running {
	bhyves := slices.DeleteFunc(slices.Clone(i.herd.running), running.loads)
	slices.SortFunc(bhyves, func(a, b running) int { return a.PID - b.PID })
	return bhyves
}

// nothingRuns is why nothing is found where only what runs can be asked.
const nothingRuns = "no bhyve runs"

// affinity asks for the CPUs of the threads of one bhyve.
func (i *inspection) affinity(f *Finding) {
	bhyves := i.bhyves()
	if len(bhyves) == 0 {
		f.None = nothingRuns
		return
	}
	threads, err := readThreads(i.sys, bhyves[0].Process)
	if err != nil {
		f.lacks(err)
		return
	}
	cpus := vcpus(threads)
	for _, id := range slices.Sorted(maps.Keys(cpus)) {
		if _, err := i.sys.Affinity(cpus[id].Thread); err != nil {
			f.lacks(fmt.Errorf("virtual CPU %d of process %d: %w", id, bhyves[0].PID, err))
			return
		}
	}
	f.has(len(cpus), fmt.Sprintf("those of %s of process %d", counted(len(cpus), "virtual CPU", "virtual CPUs"), bhyves[0].PID),
		fmt.Sprintf("process %d has no thread of a virtual CPU", bhyves[0].PID))
}

// interfaces asks for the network interfaces, and what is counted of them.
func (i *inspection) interfaces(f *Finding) {
	links, ok := i.environment.links()
	traffic := i.environment.traffic()
	f.lacks(i.troubles.failing("/sbin/ifconfig"), i.troubles.failing("/usr/bin/netstat"), i.troubles.failing("output of netstat"))
	if !ok {
		return
	}
	var taps int
	for _, l := range links {
		if l.Opener != 0 {
			taps++
		}
	}
	f.has(len(links), fmt.Sprintf("%s, %s in use, counters of %d", counted(len(links), "interface", "interfaces"),
		counted(taps, "tap", "taps"), len(traffic)), "no interfaces")
}

// volumes asks for ZFS's volumes.
func (i *inspection) volumes(f *Finding) {
	volumes := i.environment.volumes()
	if err := i.troubles.failing("/sbin/zfs"); err != nil {
		f.lacks(err)
		return
	}
	f.has(len(volumes), counted(len(volumes), "volume", "volumes"), "no volumes")
}

// datasets asks for what ZFS counts in the pools that have volumes or a datastore.
func (i *inspection) datasets(f *Finding) {
	pools := map[string]bool{}
	for name := range i.environment.volumes() {
		pools[poolOf(name)] = true
	}
	setup, _ := i.scout.vmbhyve.known()
	for _, d := range setup.Datastores {
		if d.Dataset != "" {
			pools[poolOf(d.Dataset)] = true
		}
	}
	if len(pools) == 0 {
		f.None = "no pool has volumes or a datastore"
		return
	}
	var counters int
	for _, pool := range slices.Sorted(maps.Keys(pools)) {
		counters += len(i.environment.datasets(pool))
	}
	within := counted(len(pools), "pool", "pools")
	none := "no counters in " + within
	if err := i.troubles.failing("/sbin/sysctl"); err != nil {
		f.lacks(err)
		none = ""
	}
	f.has(counters, fmt.Sprintf("counters of %s in %s", counted(counters, "dataset", "datasets"), within), none)
}

// poolOf returns the pool that a dataset is in.
func poolOf(dataset string) string {
	pool, _, _ := strings.Cut(dataset, "/")
	return pool
}

// devices asks devd for its stream.
func (i *inspection) devices(f *Finding) {
	ctx, cancel := context.WithTimeout(i.ctx, fileBound)
	defer cancel()
	stream, err := i.sys.Devices(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.lack(err.Error() + ": start devd, or new virtual machines are seen a little later")
		return
	case err != nil:
		f.lacks(err)
		return
	}
	if err := stream.Close(); err != nil {
		f.lacks(err)
		return
	}
	f.Found = "it tells of devices as they come and go"
}

// exits has the ends of all bhyves watched for a moment.
func (i *inspection) exits(f *Finding) {
	exits, err := i.sys.Exits()
	if err != nil {
		f.lacks(err)
		return
	}
	bhyves := i.bhyves()
	var watched int
	for _, r := range bhyves {
		switch err := exits.Add(r.PID); {
		case err == nil:
			watched++
		case !errors.Is(err, freebsd.ErrNoProcess):
			f.lacks(fmt.Errorf("process %d: %w", r.PID, err))
		}
	}
	f.lacks(exits.Close())
	if len(bhyves) == 0 {
		f.None = nothingRuns
		return
	}
	f.has(watched, "the ends of "+counted(watched, "process", "processes")+" of bhyve can be watched", "")
}

// known returns the setup that was read last, and whether vm-bhyve is set up here.
func (k *vmbhyveBook) known() (vmbhyve.Setup, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.settling.current.Setup, k.settling.current.set
}
