package libvirt

import "sync"

// devices are the names under which a virtual machine's counters are asked and answered. They change with its
// definition; they are not a copy of it.
type devices struct {
	run   int64    // the run in which they were read, as hv.Summary.Run
	disks []string // the targets, such as "vda"
	nics  []port
	cpus  int // the number of virtual CPUs

	process *process // that runs it; nil if there is none or it cannot be found
	here    bool     // such a process is on this host
}

// A port is a network interface and its other end on the host, if it has one.
type port struct{ key, host string }

// nicKey returns the key of the interface whose other end is called host.
func (d devices) nicKey(host string) (string, bool) {
	for _, p := range d.nics {
		if p.host == host && host != "" {
			return p.key, true
		}
	}
	return "", false
}

// A roster remembers the devices of all virtual machines, because libvirt counts by names that only the definition
// ties to a device.
type roster struct {
	mu sync.Mutex
	m  map[string]devices
}

// put remembers d and returns it. A process that was known before is the one that was, with what it has counted. It
// stays if none is found in the same run, as when its command line cannot be had: [process.read] notices its end.
func (r *roster) put(key string, d devices) devices {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.m[key]
	if before.process.same(d.process) || d.process == nil && before.run == d.run {
		d.process = before.process
	}
	r.m[key] = d
	return d
}

func (r *roster) get(key string) (devices, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.m[key]
	return d, ok
}

// keep forgets those that are not there.
func (r *roster) keep(there map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.m {
		if !there[key] {
			delete(r.m, key)
		}
	}
}
