package main

import (
	"errors"
	"fmt"
	"net"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
)

// extends is what [snmpdconf.Extends] is.
type extends func(pid int, name string) (snmpdconf.Place, bool, error)

var errElsewhere = errors.New("the master is not on this host")

// ownExtend reports whether the snmpd at an address has an extend of the document's name itself, and where. The files
// of this host say nothing of an snmpd on another one.
func ownExtend(address string, pid int, ask extends) (snmpdconf.Place, bool, error) {
	if isElsewhere(address) {
		return snmpdconf.Place{}, false, errElsewhere
	}
	return ask(pid, librenms.Name)
}

// isElsewhere reports whether the address of a master may be that of another host.
func isElsewhere(address string) bool {
	network, addr, err := agentx.ParseAddress(address)
	if err != nil || network != "tcp" {
		return false
	}
	host, _, err := net.SplitHostPort(addr)
	return err == nil && host != "localhost" && !net.ParseIP(host).IsLoopback()
}

// takenBy says that snmpd has an extend of the document's name itself.
func takenBy(place snmpdconf.Place) string {
	return fmt.Sprintf("snmpd has an extend %q itself: %s", librenms.Name, place)
}
