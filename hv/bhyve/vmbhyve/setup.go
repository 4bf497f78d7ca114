package vmbhyve

// A Setup is what vm-bhyve is told of the host, in rc.conf(5) and its own system.conf.
type Setup struct {
	// Enabled is vm_enable: without it vm-bhyve starts nothing when the host boots.
	Enabled bool
	// Hostname is what a run.lock of this host has in it, or empty if rc.conf does not tell.
	Hostname string
	// AutoStart are the names in vm_list, in order.
	AutoStart []string
	// Datastores are where virtual machines are defined, the one of vm_dir first under the name "default".
	Datastores []Datastore
	// Switches are the virtual switches, by name.
	Switches map[string]Switch
	// Trouble is what of all this could not be known. An Unread among it is a datastore that is not in Datastores.
	Trouble []error
}

// A Datastore is a directory with one directory for each virtual machine.
type Datastore struct {
	Name string
	// Path is the directory, and Dataset the ZFS dataset that is mounted there, or empty.
	Path, Dataset string
}

// A Switch is a virtual switch.
type Switch struct {
	Type string // "standard", "manual", "vale", "vxlan" or "netgraph"
	// Bridge is the name of the host's bridge interface behind it. It is empty where there is none, and where its name is not
	// fixed: that of a switch whose name is longer than 12 characters is the one with the description "vm/NAME".
	Bridge string
	// Ports are the interfaces of the host that were added to it.
	Ports []string
}
