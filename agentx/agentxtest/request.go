package agentxtest

import (
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

const (
	// maxDisplayString is the longest DisplayString.
	maxDisplayString = 255

	// maxASCII is the last character of the alphabet of a DisplayString.
	maxASCII = 0x7f
)

// CheckRequest finds what is wrong with p as a request of a subagent, whatever went before (RFC 2741, section 6.2).
func CheckRequest(p PDU) error {
	switch p.Type {
	case pdu.TypePing:
		return nil
	case pdu.TypeOpen:
		return checkDisplayString(p.Description)
	case pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate:
		return checkNames(p.Varbinds)
	case pdu.TypeClose:
		if p.Reason < pdu.ReasonOther || p.Reason > pdu.ReasonShutdown {
			return fmt.Errorf("reason %d of a subagent to close", p.Reason)
		}
		return nil
	case pdu.TypeRegister, pdu.TypeUnregister:
		return checkRegion(p)
	case pdu.TypeAddAgentCaps, pdu.TypeRemoveAgentCaps:
		if len(p.ID) == 0 {
			return fmt.Errorf("capability without a name")
		}
		return checkDisplayString(p.Description)
	case pdu.TypeNotify:
		return checkNotify(p.Varbinds)
	}
	return fmt.Errorf("%v from a subagent", p.Type)
}

func checkRegion(p PDU) error {
	if p.Priority == 0 {
		return fmt.Errorf("priority 0")
	}
	if len(p.Subtree) == 0 {
		return fmt.Errorf("region without a name")
	}
	if int(p.RangeSubID) > len(p.Subtree) {
		return fmt.Errorf("range in sub-identifier %d of %d", p.RangeSubID, len(p.Subtree))
	}
	if p.RangeSubID > 0 && p.UpperBound < p.Subtree[p.RangeSubID-1] {
		return fmt.Errorf("range from %d to %d", p.Subtree[p.RangeSubID-1], p.UpperBound)
	}
	return nil
}

// checkDisplayString is for o.descr and a.descr, which are DisplayStrings (RFC 2579, section 2).
func checkDisplayString(s string) error {
	if len(s) > maxDisplayString {
		return fmt.Errorf("description of %d octets", len(s))
	}
	for i := range len(s) {
		if s[i] > maxASCII {
			return fmt.Errorf("description with octet %#x", s[i])
		}
	}
	return nil
}

// checkNames wants a name and a value of each varbind.
func checkNames(varbinds []mib.Varbind) error {
	for _, v := range varbinds {
		if len(v.Name) == 0 {
			return fmt.Errorf("varbind without a name")
		}
		if v.Value.IsException() || v.Value.Type() == mib.TypeNull {
			return fmt.Errorf("%v in a request", v.Value.Type())
		}
	}
	return nil
}

// checkNotify wants what RFC 2741, section 6.2.10 wants first: sysUpTime.0 if it is there, and snmpTrapOID.0.
func checkNotify(varbinds []mib.Varbind) error {
	var (
		sysUpTime   = mib.MustOID("1.3.6.1.2.1.1.3.0")
		snmpTrapOID = mib.MustOID("1.3.6.1.6.3.1.1.4.1.0")
	)
	if err := checkNames(varbinds); err != nil {
		return err
	}
	if len(varbinds) > 0 && varbinds[0].Name.Compare(sysUpTime) == 0 {
		if varbinds[0].Value.Type() != mib.TypeTimeTicks {
			return fmt.Errorf("sysUpTime.0 is a %v", varbinds[0].Value.Type())
		}
		varbinds = varbinds[1:]
	}
	if len(varbinds) == 0 || varbinds[0].Name.Compare(snmpTrapOID) != 0 || varbinds[0].Value.Type() != mib.TypeOID {
		return fmt.Errorf("notification without snmpTrapOID.0 in its place")
	}
	if len(varbinds[0].Value.OID()) == 0 {
		return fmt.Errorf("notification of no name")
	}
	for _, v := range varbinds[1:] {
		if v.Name.Compare(sysUpTime) == 0 || v.Name.Compare(snmpTrapOID) == 0 {
			return fmt.Errorf("%q in a notification, and not in its place", v.Name)
		}
	}
	return nil
}
