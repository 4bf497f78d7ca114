package main

import (
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// sayings are all that a subagent can begin with.
func sayings() []pdu.Type {
	return []pdu.Type{pdu.TypeOpen, pdu.TypeClose, pdu.TypeRegister, pdu.TypePing, pdu.TypeNotify}
}

// notices returns the names of the notifications that a master was told, in order: the values of snmpTrapOID.0.
func notices(m *agentxtest.Master) []string {
	var names []string
	for _, p := range m.All(pdu.TypeNotify) {
		for _, v := range p.Varbinds {
			if v.Name.Compare(mib.MustOID("1.3.6.1.6.3.1.1.4.1.0")) == 0 {
				names = append(names, v.Value.OID().String())
			}
		}
	}
	return names
}
