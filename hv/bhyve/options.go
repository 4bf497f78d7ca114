package bhyve

import (
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
)

// The letters of bhyve(8)'s options that take a value, in all releases and on all machines from FreeBSD 13 on.
const valuedLetters = "cfgGkKlmnoprsU"

// options are what a command line of bhyve(8) sets. Each of its options stands for variables of bhyve_config(5), and what is not
// one of those that are of use here is not kept: a password of VNC is among them.
type options struct {
	vars map[string]string
	// devices are the nodes of the PCI devices of use, such as "pci.0.4.0", in the order in which they were named.
	devices []string
	// whole says that nothing else was set: then what is not set has bhyve's default. It is false if a file is read besides (-k).
	whole bool
	// file says that a file is read besides (-k), which may set anything that is not set.
	file bool
	// domains says that the memory is that of several domains (-n).
	domains bool
	// operands is how many words follow the options. bhyve starts with no more than one, the virtual machine's name.
	operands int
}

// parseOptions reads the words after the name of the program. The last word is the virtual machine's name, unless it belongs to
// an option, as in a part of a command line. What makes no sense is left out: bhyve would not have started with it.
func parseOptions(words []string) options {
	o := options{vars: map[string]string{}, whole: true}
	for len(words) > 0 {
		letters, isOption := strings.CutPrefix(words[0], "-")
		if !isOption || letters == "" {
			break
		}
		words = words[1:]
		if letters == "-" {
			break
		}
		at := strings.IndexAny(letters, valuedLetters)
		if at < 0 {
			continue
		}
		value := letters[at+1:]
		if value == "" {
			if len(words) == 0 {
				return o
			}
			value, words = words[0], words[1:]
		}
		o.take(letters[at], value)
	}
	if o.operands = len(words); o.operands > 0 {
		o.set("name", words[o.operands-1])
	}
	return o
}

// take takes an option with its value.
func (o *options) take(letter byte, value string) {
	switch letter {
	case 'c':
		o.topology(value)
	case 'k':
		o.whole, o.file = false, true
	case 'm':
		o.set("memory.size", value)
	case 'n':
		o.domains = true
	case 'o':
		if key, text, ok := strings.Cut(value, "="); ok {
			o.set(key, text)
		}
	case 'p':
		o.pin(value)
	case 's':
		o.slot(value)
	case 'U':
		o.set("uuid", value)
	}
}

// set sets a variable, if it is one of those that are of use.
func (o *options) set(key, value string) {
	words := strings.Split(key, ".")
	switch words[0] {
	case "name", "uuid", "cpus", "sockets", "cores", "threads", "memory", "vcpu":
	case "pci":
		if len(words) < 5 || !ofUse(words[4:]) {
			return
		}
		if node := strings.Join(words[:4], "."); !slices.Contains(o.devices, node) {
			o.devices = append(o.devices, node)
		}
	default:
		return
	}
	o.vars[key] = value
}

// ofUse reports whether a variable of a PCI device tells of a disk, a network interface or where a frame buffer is reached.
func ofUse(words []string) bool {
	switch words[len(words)-1] {
	case "device", "path", "ro", "type", "ram", "dev", "backend", "mac", "tcp", "rfb":
		return true
	}
	return len(words) == 2 && words[0] == "target"
}

// get returns a variable with the others filled in that it has as "%(NAME)". It is empty if one of them is not kept or has others in
// turn: a part of it would be something else.
func (o options) get(key string) (string, bool) {
	text, ok := o.vars[key]
	if !ok || !strings.Contains(text, "%") {
		return text, ok
	}
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "%")
		b.WriteString(before)
		text = rest
		switch inner, after, closed := strings.Cut(rest, ")"); {
		case !found:
		case strings.HasPrefix(rest, "%"):
			b.WriteByte('%')
			text = rest[1:]
		case closed && strings.HasPrefix(inner, "("):
			value, kept := o.vars[inner[1:]]
			if !kept || strings.Contains(value, "%") {
				return "", true
			}
			b.WriteString(value)
			text = after
		default:
			b.WriteByte('%')
		}
	}
	return b.String(), true
}

// name returns the name of the virtual machine, or "".
func (o options) name() string { return o.vars["name"] }

// uuid returns the UUID that the guest sees, or zero if none is set: bhyve then makes one up that nobody else can know.
func (o options) uuid() hv.UUID {
	text, _ := o.get("uuid")
	u, err := hv.ParseUUID(text)
	if err != nil {
		return hv.UUID{}
	}
	return u
}

// defaultMemory is what a guest has without -m (bhyve(8)).
const defaultMemory = 256 << 20

// memory returns the size of the guest's memory in octets. It is absent if it is set in a file, as the sum of domains, or makes no
// sense.
func (o options) memory() hv.Opt[int64] {
	text, set := o.get("memory.size")
	switch {
	case o.domains, !set && !o.whole:
		return hv.Opt[int64]{}
	case !set:
		return hv.Some[int64](defaultMemory)
	}
	return parseMemory(text)
}
