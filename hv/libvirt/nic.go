package libvirt

import (
	"cmp"

	"github.com/vmond/vmond/hv"
)

// macOctets is the length of the only kind of address that libvirt knows (virMacAddrParse).
const macOctets = 6

// nicXML is a network interface of the definition.
type nicXML struct {
	Type string `xml:"type,attr"`
	MAC  struct {
		Address string `xml:"address,attr"`
	} `xml:"mac"`
	Source struct {
		Bridge string `xml:"bridge,attr"`
		Dev    string `xml:"dev,attr"`
	} `xml:"source"`
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
	var names []string
	for _, x := range xs[:min(len(xs), maxDevices)] {
		n := hv.NIC{Model: x.Model.Type}
		if mac, err := hv.ParseMAC(x.MAC.Address); err == nil && len(mac) == macOctets {
			n.MAC = mac
		}
		if active {
			n.Host, n.Bridge = x.Target.Dev, x.bridge()
		}
		ns, names = append(ns, n), append(names, cmp.Or(n.MAC.String(), "interface"))
	}
	for i, key := range unique(names) {
		ns[i].Key = key
	}
	return ns
}

// bridge returns what the other end is attached to: of one on a virtual network its bridge, which libvirt tells while
// the virtual machine is active.
func (x nicXML) bridge() string {
	if x.Type == "direct" {
		return x.Source.Dev
	}
	return x.Source.Bridge
}
