package libvirt

import (
	"strings"
	"unicode/utf8"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// nameKey begins the key of a virtual machine that has no UUID, as Xen's Domain-0.
const nameKey = "name:"

// keyOf returns the key of a virtual machine: the text of its UUID, or its name if that is zero.
func keyOf(d lv.Domain) string {
	if u := hv.UUID(d.UUID); !u.IsZero() {
		return u.String()
	}
	return nameKey + d.Name
}

// maxName is how many octets of a name are told. libvirt's protocol has room for 4 MiB, of which 16,384 virtual machines
// would take more memory than there is; the file names that QEMU's driver makes of it end at 255.
const maxName = 1 << 10

// nameOf returns the name that is told of a virtual machine: all of it, or what ends before a character that would be too
// much.
func nameOf(d lv.Domain) string {
	if len(d.Name) <= maxName {
		return d.Name
	}
	end := maxName
	for end > maxName-utf8.UTFMax && !utf8.RuneStart(d.Name[end]) {
		end--
	}
	return strings.Clone(d.Name[:end]) // without the rest, which would stay in the memory
}

// domainOf returns what the daemon needs to find the virtual machine again. All drivers look it up by its UUID.
func domainOf(key string) (lv.Domain, bool) {
	if name, ok := strings.CutPrefix(key, nameKey); ok {
		return lv.Domain{Name: name}, true
	}
	u, err := hv.ParseUUID(key)
	if err != nil {
		return lv.Domain{}, false
	}
	return lv.Domain{UUID: lv.UUID(u), ID: inactiveID}, true
}

// inactiveID is the ID of a virtual machine without a process.
const inactiveID = -1

// runOf returns hv.Summary.Run: the ID and one, because libvirt's IDs begin at 0, which is Xen's Domain-0, and 0 says
// that there is no run.
func runOf(id int32) int64 {
	if id < 0 {
		return 0
	}
	return int64(id) + 1
}
