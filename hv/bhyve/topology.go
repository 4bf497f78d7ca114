package bhyve

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv"
)

// maxCPUs is the highest number of virtual CPUs that is believed: FreeBSD runs on no more itself (MAXCPU).
const maxCPUs = 1 << 10

// topology takes the value of -c: "2", "cpus=2,sockets=1,cores=2,threads=1", or a part of that.
func (o *options) topology(value string) {
	for part := range strings.SplitSeq(value, ",") {
		key, n, ok := strings.Cut(part, "=")
		if !ok {
			key, n = "cpus", part
		}
		switch key {
		case "cpus", "sockets", "cores", "threads":
			o.set(key, n)
		}
	}
}

// pin takes the value of -p, which is "VCPU:HOSTCPU" and adds to what was said of the same virtual CPU before.
func (o *options) pin(value string) {
	id, host, ok := strings.Cut(value, ":")
	if !ok || !isCount(id) || !isCount(host) {
		return
	}
	key := "vcpu." + id + ".cpuset"
	if before, again := o.vars[key]; again {
		host = before + "," + host
	}
	o.set(key, host)
}

// cpus returns the number of virtual CPUs. It is absent if it is set in a file, or makes no sense.
func (o options) cpus() hv.Opt[int] {
	n, set := 1, false
	for _, key := range []string{"sockets", "cores", "threads"} {
		if text, ok := o.get(key); ok {
			factor, valid := parseCPUs(text)
			if !valid || n > maxCPUs/factor {
				return hv.Opt[int]{}
			}
			n, set = n*factor, true
		}
	}
	if text, ok := o.get("cpus"); ok {
		if n, set = parseCPUs(text); !set {
			return hv.Opt[int]{}
		}
	}
	if !set && !o.whole {
		return hv.Opt[int]{}
	}
	return hv.Some(n)
}

// parseCPUs reads a number of CPUs, from 1 to maxCPUs.
func parseCPUs(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n > 0 && n <= maxCPUs
}

// pins returns the host's CPUs to which virtual CPUs are bound, by their number. Those that are not are not in it.
func (o options) pins() map[int]hv.CPUSet {
	pins := map[int]hv.CPUSet{}
	for _, key := range slices.Sorted(maps.Keys(o.vars)) {
		digits, ok := strings.CutPrefix(key, "vcpu.")
		digits, ok2 := strings.CutSuffix(digits, ".cpuset")
		id, err := strconv.ParseUint(digits, 10, 16)
		if !ok || !ok2 || err != nil {
			continue
		}
		text, _ := o.get(key)
		if set := parseSet(text); set != nil {
			pins[int(id)] = set
		}
	}
	return pins
}

// isCount reports whether a text is a number of 16 bits.
func isCount(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}
