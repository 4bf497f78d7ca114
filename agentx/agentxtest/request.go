package agentxtest

import (
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// CheckRequest finds what is wrong with p as a request of a subagent, whatever went before (RFC 2741, section 6.2).
func CheckRequest(p PDU) error {
	switch p.Type {
	case pdu.TypeOpen, pdu.TypePing, pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate:
		return nil
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
		return nil
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
	return nil
}

// checkNotify wants what RFC 2741, section 6.2.10 wants first: sysUpTime.0 if it is there, and snmpTrapOID.0.
func checkNotify(varbinds []mib.Varbind) error {
	var (
		sysUpTime   = mib.MustOID("1.3.6.1.2.1.1.3.0")
		snmpTrapOID = mib.MustOID("1.3.6.1.6.3.1.1.4.1.0")
	)
	for _, v := range varbinds {
		if v.Value.IsException() {
			return fmt.Errorf("%v in a notification", v.Value.Type())
		}
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
	return nil
}
