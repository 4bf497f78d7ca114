package libvirt

import "strconv"

// maxDevices is how many disks and how many network interfaces of one virtual machine are believed: more than any machine
// has places for.
const maxDevices = 1 << 12

// unique returns a key for each name: the name itself, or, where it is there again, one that says which of its like this
// is, "vda#2". That is never the name of another.
func unique(names []string) []string {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	keys := make([]string, len(names))
	count := make(map[string]int, len(names))
	for i, name := range names {
		keys[i] = name
		count[name]++
		for again := count[name] > 1; again; again = taken[keys[i]] {
			keys[i] = name + "#" + strconv.Itoa(count[name])
			if taken[keys[i]] {
				count[name]++
			}
		}
	}
	return keys
}
