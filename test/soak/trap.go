package soak

import (
	"errors"
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

var (
	// notifications is where the notifications of VM-MIB are: from 1 those of one virtual machine, behind them as many that
	// tell of several.
	notifications = mib.MustOID("1.3.6.1.2.1.236.0")
	snmpTrapOID   = mib.MustOID("1.3.6.1.6.3.1.1.4.1.0")
)

// A trap is what a manager has received.
type trap struct {
	// ours says that it is of VM-MIB.
	ours bool
	// tale is what it tells of one virtual machine, nil if it tells of several.
	tale *tale
}

// parseTrap reads a message with a notification of SNMPv2c.
func parseTrap(message []byte) (trap, error) {
	decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c, Community: lab.Public}
	packet, err := decoder.UnmarshalTrap(message, false)
	if err != nil {
		return trap{}, err
	}
	// sysUpTime.0 and snmpTrapOID.0 come before all others (RFC 3416, section 4.2.6).
	const before = 2
	if len(packet.Variables) < before {
		return trap{}, fmt.Errorf("a notification has %d variables", len(packet.Variables))
	}
	id, err := oidOf(packet.Variables[1])
	if err != nil {
		return trap{}, err
	}
	if !id.HasPrefix(notifications) || len(id) != len(notifications)+1 {
		return trap{}, nil
	}
	number := int(id[len(notifications)])
	kinds := len(states) + 1
	switch {
	case number < 1 || number > 2*kinds:
		return trap{}, fmt.Errorf("there is no notification %v", id)
	case number > kinds:
		return trap{ours: true}, nil
	}
	told, err := taleOf(number, packet.Variables[before:])
	return trap{ours: true, tale: &told}, err
}

// oidOf returns the value of snmpTrapOID.0.
func oidOf(v gosnmp.SnmpPDU) (mib.OID, error) {
	text, isOID := v.Value.(string)
	if name, err := mib.ParseOID(v.Name); err != nil || name.Compare(snmpTrapOID) != 0 || !isOID {
		return nil, fmt.Errorf("%s = %v comes second in a notification", v.Name, v.Value)
	}
	return mib.ParseOID(text)
}

// taleOf reads the objects of a notification of one virtual machine: vmName, vmUUID and vmOperState come first.
func taleOf(number int, objects []gosnmp.SnmpPDU) (tale, error) {
	t := tale{gone: number > len(states)}
	if !t.gone {
		t.to = states[number-1]
	}
	for i, column := range []mib.OID{served.Name, served.UUID, served.OperState} {
		if i == len(objects) {
			return tale{}, errors.New("a notification of a virtual machine has too few objects")
		}
		if name, err := mib.ParseOID(objects[i].Name); err != nil || !name.HasPrefix(column) {
			return tale{}, fmt.Errorf("object %d of a notification is %s, want one of %v", i+1, objects[i].Name, column)
		}
	}
	uuid, isOctets := objects[1].Value.([]byte)
	state, isNumber := objects[2].Value.(int)
	if !isOctets || len(uuid) != len(t.vm) || !isNumber || state < 1 {
		return tale{}, fmt.Errorf("a notification has UUID %x and state %v", objects[1].Value, objects[2].Value)
	}
	t.vm = hv.UUID(uuid)
	t.from = hv.OperState(state - 1) // VirtualMachineOperState begins at 1
	return t, nil
}
