package bhyve

import (
	"slices"
	"strings"
)

// clues are all that one look found of who there is, before it is known what belongs together.
type clues struct {
	running []running
	nodes   []string
	libvirt libvirts
	// vmbhyve and cbsd are the virtual machines that the managers have written down, the ones that come first in order first.
	vmbhyve, cbsd []guest
	// unread are the datastores of vm-bhyve that were never read, or not wholly; unsure says that there may be others.
	unread []string
	unsure bool
	// cbsdUnread says that CBSD was never read, and libvirtUnread that what libvirt runs cannot be told now. libvirtUnknown says
	// that it could never be told, and may be soon.
	cbsdUnread, libvirtUnread, libvirtUnknown bool
}

// settled says that what no manager has is no manager's.
func (e clues) settled() bool {
	return len(e.unread) == 0 && !e.unsure && !e.cbsdUnread && !e.libvirtUnknown
}

// likely returns the datastore that has what none of the datastores has that were read: the default one, if it is not one of those.
func (e clues) likely() (name string, ok bool) {
	if len(e.unread) == 0 {
		return "", false
	}
	if slices.Contains(e.unread, defaultDatastore) {
		return defaultDatastore, true
	}
	return e.unread[0], true
}

// ofLibvirt says whether the process is libvirt's: a file that is left of an earlier one has another number.
func (e clues) ofLibvirt(name string, b body) bool {
	pid, ok := e.libvirt[name]
	return b.runs().origin == fromLibvirt || ok && pid == b.pid()
}

// mayBeLibvirts says that libvirt has a virtual machine of that name, or had one and cannot be asked, and that its process is not
// known.
func (e clues) mayBeLibvirts(name string, former tenure) bool {
	pid, ok := e.libvirt[name]
	return ok && pid == 0 || e.libvirtUnread && strings.HasPrefix(former.key, libvirtKey)
}
