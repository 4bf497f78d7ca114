package config

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/vmond/vmond/hv"
)

// reference is the reference file as it is on Linux.
//
//go:embed reference.toml
var reference string

// String returns the text of a file that says all that c says, but for secrets (see [hv.RedactURI]): it is for people.
// [Parse] reads it back.
func (c *Config) String() string {
	shown := *c
	shown.Hypervisor.URI = hv.RedactURI(c.Hypervisor.URI)
	var b strings.Builder
	section := ""
	for _, k := range keys() {
		if s := k.section(); s != section {
			if section != "" {
				b.WriteByte('\n')
			}
			section = s
			fmt.Fprintf(&b, "[%s]\n", s)
		}
		fmt.Fprintf(&b, "%s = %s\n", strings.TrimPrefix(k.name, section+"."), k.get(&shown))
	}
	return b.String()
}

// Changed returns the names of the keys in which a and b differ.
func Changed(a, b *Config) []string {
	var names []string
	for _, k := range keys() {
		if k.get(a) != k.get(b) {
			names = append(names, k.name)
		}
	}
	return names
}
