package librenms

import (
	"fmt"
	"iter"
	"strings"
)

// invalid is what stands for octets that are no UTF-8.
const invalid = "\uFFFD"

// clean returns a text as JSON can have it.
func clean(s string) string { return strings.ToValidUTF8(s, invalid) }

// tellApart returns a name for each of those that come, in that order, no two alike: the first has the name that
// several have, the others a number behind it, so often that nobody has that name.
func tellApart(named iter.Seq2[int32, string]) []string {
	taken := map[string]bool{}
	for _, name := range named {
		taken[clean(name)] = true
	}
	given := make(map[string]bool, len(taken))
	names := make([]string, 0, len(taken))
	for index, name := range named {
		name = clean(name)
		if given[name] {
			for taken[name] {
				name = fmt.Sprintf("%s#%d", name, index)
			}
			taken[name] = true
		}
		given[name] = true
		names = append(names, name)
	}
	return names
}
