package bhyve

import (
	"errors"
	"slices"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// A setting is a setup, or that there is none.
type setting struct {
	vmbhyve.Setup
	set bool
}

// sameSetting says whether both have the same virtual machines, and start the same.
func sameSetting(a, b setting) bool {
	return a.set == b.set && a.Enabled == b.Enabled && a.Hostname == b.Hostname && slices.Equal(a.AutoStart, b.AutoStart) &&
		slices.Equal(a.Datastores, b.Datastores)
}

// kept returns the setup with the datastores that it had before and lacks only because they cannot be found now.
func kept(now, before vmbhyve.Setup) vmbhyve.Setup {
	unread := vmbhyve.UnreadOf(now.Trouble...)
	for _, d := range before.Datastores {
		known := slices.ContainsFunc(now.Datastores, func(n vmbhyve.Datastore) bool { return n.Name == d.Name })
		lost := slices.ContainsFunc(unread, func(u *vmbhyve.Unread) bool { return u.Datastore == "" || u.Datastore == d.Name })
		if !known && lost {
			now.Datastores = append(slices.Clip(now.Datastores), d)
		}
	}
	return now
}

// autoStart says whether vm-bhyve starts the virtual machine when the host boots. Of two that have one name it starts that of the
// first datastore.
func autoStart(setup vmbhyve.Setup, name string, again bool) hv.Answer {
	if errors.Is(errors.Join(setup.Trouble...), freebsd.ErrComputed) {
		return hv.Unknown // one of the variables that tell is set in a way that only a shell understands
	}
	return hv.AnswerOf(setup.Enabled && !again && slices.Contains(setup.AutoStart, name))
}
