package lab

import (
	"errors"
	"fmt"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

// ManagedSave saves virtual machines as virsh's managedsave does. That one now and then never ends where a save takes no time,
// as with the test driver: it begins to wait for the end of its own thread when that has gone already (virshWatchJob,
// libvirt 9.0).
func (l *Libvirtd) ManagedSave(names ...string) error {
	c := lv.NewWithDialer(dialers.NewLocal(dialers.WithSocket(l.Socket)))
	if err := c.ConnectToURI(lv.ConnectURI(l.driver + "://" + l.path)); err != nil {
		return fmt.Errorf("failed to connect to %q: %w", l.Socket, err)
	}
	for _, name := range names {
		dom, err := c.DomainLookupByName(name)
		if err == nil {
			err = c.DomainManagedSave(dom, 0)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("failed to save %q: %w", name, err), c.Disconnect())
		}
	}
	return c.Disconnect()
}
