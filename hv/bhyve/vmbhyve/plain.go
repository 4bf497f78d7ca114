package vmbhyve

import "strings"

// pathSeparator parts the names in a path.
const pathSeparator = "/"

// plain reports whether a name leads to nowhere but what it names.
func plain(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, pathSeparator+"\x00")
}
