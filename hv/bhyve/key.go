package bhyve

import "strings"

// The keys begin with who has the virtual machine written down. The manager's name is a part of the key because two managers may
// each have one of the same name, of which one runs.
const (
	vmbhyveKey = "vm-bhyve:"
	cbsdKey    = "cbsd:"
	plainKey   = "bhyve:"
	// libvirtKey is of those that are left to libvirt, and never told.
	libvirtKey = "libvirt:"
)

// managed says that a manager has the virtual machine written down, so that it is there when it does not run.
func managed(key string) bool {
	return strings.HasPrefix(key, vmbhyveKey) || strings.HasPrefix(key, cbsdKey)
}
