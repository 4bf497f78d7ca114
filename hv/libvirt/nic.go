package libvirt

import (
	"github.com/vmond/vmond/hv"
)

// nicXML is a network interface of the definition.
type nicXML struct {
	MAC struct {
		Address string `xml:"address,attr"`
	} `xml:"mac"`
	Target struct {
		Dev string `xml:"dev,attr"`
	} `xml:"target"`
	Model struct {
		Type string `xml:"type,attr"`
	} `xml:"model"`
}

// nics returns the network interfaces with keys that are unique. Their key is the address, with a number added
// where another interface has the same. The other end on the host is there only while the virtual machine is active:
// before that its name is at most a wish.
func nics(xs []nicXML, active bool) []hv.NIC {
	var ns []hv.NIC
	taken := keys{}
	for _, x := range xs {
		n := hv.NIC{Key: "interface", Model: x.Model.Type}
		if mac, err := hv.ParseMAC(x.MAC.Address); err == nil && mac != nil {
			n.MAC, n.Key = mac, mac.String()
		}
		n.Key = taken.unique(n.Key)
		if active {
			n.Host = x.Target.Dev
		}
		ns = append(ns, n)
	}
	return ns
}
