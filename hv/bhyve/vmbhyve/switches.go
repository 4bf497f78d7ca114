package vmbhyve

import (
	"strings"
	"unicode/utf8"
)

// The types of switches that have a bridge.
const (
	standardSwitch = "standard"
	vxlanSwitch    = "vxlan"
	manualSwitch   = "manual"
)

// maxBridgeName is how long the name of a switch may be for vm-bhyve to name its bridge after it.
const maxBridgeName = 12

// switches returns the virtual switches of a system.conf.
func (c Conf) switches() map[string]Switch {
	switches := map[string]Switch{}
	for _, name := range strings.Fields(c["switch_list"]) {
		s := Switch{Type: c["type_"+name], Ports: strings.Fields(c["ports_"+name])}
		if s.Type == "" {
			s.Type = standardSwitch
		}
		switch s.Type {
		case standardSwitch, vxlanSwitch:
			if utf8.RuneCountInString(name) <= maxBridgeName {
				s.Bridge = "vm-" + name
			}
		case manualSwitch:
			s.Bridge = c["bridge_"+name]
		}
		switches[name] = s
	}
	return switches
}
