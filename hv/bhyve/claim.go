package bhyve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
)

// How strongly a manager's virtual machine claims a process or a node of its name: the less, the more.
const (
	namesIt = iota // the manager has the number of the process
	locksIt        // the manager says that it runs on this host
	runsIt         // the manager believes that it runs
	hasIt          // the manager has one of that name
	lendsIt        // it runs on another host, as far as the manager knows
)

// claims returns how strongly g claims the process, which may be 0.
func claims(g guest, pid int) int {
	switch {
	case g.cbsd != nil:
		return claimsCBSD(*g.cbsd, pid)
	case g.vm == nil || !g.vm.IsLocked():
		return hasIt
	case g.foreign:
		return lendsIt
	}
	return locksIt
}

func claimsCBSD(g cbsd.Guest, pid int) int {
	switch {
	case pid != 0 && g.PID == pid:
		return namesIt
	case g.Status == cbsd.On, g.Status == cbsd.Maintenance:
		return runsIt
	case g.Status == cbsd.Slave:
		return lendsIt
	}
	return hasIt
}

// best returns the guest with the strongest claim: of several that are locked the one that was locked last, else the first.
func best(guests []guest, pid int) (guest, bool) {
	if len(guests) == 0 {
		return guest{}, false
	}
	return slices.MinFunc(guests, func(a, b guest) int {
		order := cmp.Compare(claims(a, pid), claims(b, pid))
		if order == 0 && a.vm != nil && b.vm != nil {
			order = b.vm.Locked.Compare(a.vm.Locked)
		}
		return order
	}), true
}

// only returns the guests whose key begins with the prefix.
func only(guests []guest, prefix string) []guest {
	return slices.DeleteFunc(slices.Clone(guests), func(g guest) bool { return !strings.HasPrefix(g.key, prefix) })
}
