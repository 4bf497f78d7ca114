package bhyve

import "strconv"

// unique returns a key for each name: the name itself, and where it is there again one with a number, "tap0#2", that is no other's
// name.
func unique(names []string) []string {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	keys := make([]string, 0, len(names))
	last := map[string]int{}
	for _, name := range names {
		key := name
		for n := last[name]; n > 0; n++ {
			if key = name + "#" + strconv.Itoa(n+1); !taken[key] {
				last[name] = n
				break
			}
		}
		last[name]++
		taken[key] = true
		keys = append(keys, key)
	}
	return keys
}
