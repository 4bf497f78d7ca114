package agentx

import (
	"errors"
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// ownOrder is the byte order of the PDUs sent unasked. The master keeps to that of Open for the session.
const ownOrder = littleEndian

// The payloads of the requests that a subagent makes (RFC 2741, section 6.2), without their context.

// openPayload has neither a timeout, which net-snmp ignores, nor an identifier.
func openPayload(description string) []byte {
	dst := []byte{0, 0, 0, 0}
	dst = appendOID(dst, ownOrder, nil)
	return appendOctets(dst, ownOrder, description)
}

func closePayload(r pdu.Reason) []byte { return []byte{byte(r), 0, 0, 0} }

// regionPayload is that of Register and of Unregister, which must say the same.
func regionPayload(subtree mib.OID, priority uint8) []byte {
	return appendOID([]byte{0, priority, 0, 0}, ownOrder, subtree)
}

func addCapsPayload(c Capability) []byte {
	return appendOctets(appendOID(nil, ownOrder, c.ID), ownOrder, c.Description)
}

func removeCapsPayload(id mib.OID) []byte { return appendOID(nil, ownOrder, id) }

// The first variables of a notification (RFC 3416, section 4.2.6).
var (
	sysUpTime   = [...]uint32{1, 3, 6, 1, 2, 1, 1, 3, 0}
	snmpTrapOID = [...]uint32{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0}
)

// notifyPayload fails if n is no notification that a master can send on.
func notifyPayload(n mib.Notification) ([]byte, error) {
	if len(n.ID) == 0 {
		return nil, errors.New("agentx: notification without a name")
	}
	var vars []mib.Varbind
	if n.UpTime.Type() != 0 {
		vars = append(vars, mib.Varbind{Name: sysUpTime[:], Value: n.UpTime})
	}
	vars = append(vars, mib.Varbind{Name: snmpTrapOID[:], Value: mib.ObjectID(n.ID)})
	for _, v := range n.Objects {
		if isFirst(v.Name) {
			return nil, fmt.Errorf("agentx: notification %q: %q is no object of it", n.ID, v.Name)
		}
		vars = append(vars, v)
	}

	dst := []byte{}
	for _, v := range vars {
		var ok bool
		if dst, ok = appendVarbind(dst, ownOrder, v.Name, v.Value); !ok || !notifiable(v) {
			return nil, fmt.Errorf("agentx: notification %q: cannot send %q as a %v", n.ID, v.Name, v.Value.Type())
		}
	}
	return dst, nil
}

// isFirst reports whether name is of a variable that has its place before all objects (RFC 2741, section 6.2.10).
func isFirst(name mib.OID) bool {
	return name.Compare(sysUpTime[:]) == 0 || name.Compare(snmpTrapOID[:]) == 0
}

// notifiable reports whether v can be in a notification. An unspecified value, which NULL is, is for requests, and an
// exception for answers (RFC 3416, section 3).
func notifiable(v mib.Varbind) bool {
	if len(v.Name) == 0 || v.Value.IsException() || v.Value.Type() == mib.TypeNull {
		return false
	}
	return v.Name.Compare(sysUpTime[:]) != 0 || v.Value.Type() == mib.TypeTimeTicks
}
