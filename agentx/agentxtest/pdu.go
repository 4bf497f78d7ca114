package agentxtest

import (
	"encoding/binary"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// PDU is any PDU of RFC 2741, section 6.2. Which fields count depends on its type.
type PDU struct {
	Type        pdu.Type
	Flags       pdu.Flags
	Session     uint32
	Transaction uint32
	Packet      uint32
	Context     string // counts if Flags has FlagNonDefaultContext

	Timeout     uint8   // Open, Register, and 0 in Unregister
	ID          mib.OID // Open, AddAgentCaps, RemoveAgentCaps
	Description string  // Open, AddAgentCaps
	Reason      pdu.Reason

	Priority   uint8 // Register, Unregister
	RangeSubID uint8
	Subtree    mib.OID
	UpperBound uint32 // counts if RangeSubID is not 0

	NonRepeaters   uint16
	MaxRepetitions uint16
	Ranges         []Range
	Varbinds       []mib.Varbind

	UpTime uint32 // Response
	Status pdu.Error
	Index  uint16
}

// Range is a SearchRange (RFC 2741, section 5.2).
type Range struct {
	Start   mib.OID
	Include bool
	End     mib.OID
}

// order is the byte order of the PDU.
func (p PDU) order() binary.AppendByteOrder {
	if p.Flags&pdu.FlagNetworkByteOrder != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// mayHaveContext lists the PDUs of RFC 2741, section 6.1.1.
func mayHaveContext(t pdu.Type) bool {
	switch t {
	case pdu.TypeOpen, pdu.TypeClose, pdu.TypeCommitSet, pdu.TypeUndoSet, pdu.TypeCleanupSet, pdu.TypeResponse:
		return false
	}
	return true
}

// hasContext reports whether the payload begins with a context.
func (p PDU) hasContext() bool {
	return mayHaveContext(p.Type) && p.Flags&pdu.FlagNonDefaultContext != 0
}
