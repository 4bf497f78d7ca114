package hv

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// MAC is a link-layer address. Its text is hexadecimal, with colons between the octets.
type MAC []byte

// ParseMAC reads the text of an address of any length. The empty text is a nil address.
func ParseMAC(s string) (MAC, error) {
	if s == "" {
		return nil, nil
	}
	var m MAC
	for octet := range strings.SplitSeq(s, ":") {
		b, err := hex.DecodeString(octet)
		if err != nil || len(b) != 1 {
			return nil, fmt.Errorf("link-layer address %q is not of the form 52:54:00:12:34:56", s)
		}
		m = append(m, b[0])
	}
	return m, nil
}

// String returns the text in lower case.
func (m MAC) String() string {
	var b strings.Builder
	for i, octet := range m {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02x", octet)
	}
	return b.String()
}

// MarshalText writes the text.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *MAC) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMAC(string(text))
	return err
}

// A NIC is a virtual network interface.
type NIC struct {
	// Key identifies the interface in its virtual machine for as long as it is attached. It is the text of MAC where
	// that is unique in the virtual machine, and its place where MAC may be another at each start.
	Key string `json:"key"`
	// MAC is the address that the guest sees. It is nil where there is none.
	MAC MAC `json:"mac,omitempty"`
	// Model is the emulated model, such as "virtio".
	Model string `json:"model,omitempty"`
	// Host is the name of the interface's other end on the host, such as "vnet0". It is empty where it has none,
	// as while the virtual machine is not active.
	Host string `json:"host,omitempty"`
	// Bridge is the name of what Host is attached to on the host: a bridge such as "br0", or the device below a macvtap. It
	// is empty where there is none or it cannot be told.
	Bridge string `json:"bridge,omitempty"`
	// IfIndex is the index of Host in the host's interface table, Parent that of the physical device below it. They
	// are 0 where there is none, and absent where that cannot be told, as on a remote hypervisor.
	IfIndex Opt[int] `json:"if_index,omitzero"`
	Parent  Opt[int] `json:"parent,omitzero"`
}

// NICStats are the counters of a network interface as the guest sees them: received is what came to the guest.
type NICStats struct {
	Key string `json:"key"`

	RxBytes   Opt[uint64] `json:"rx_bytes,omitzero"`
	RxPackets Opt[uint64] `json:"rx_packets,omitzero"`
	RxErrors  Opt[uint64] `json:"rx_errors,omitzero"`
	RxDrops   Opt[uint64] `json:"rx_drops,omitzero"`
	TxBytes   Opt[uint64] `json:"tx_bytes,omitzero"`
	TxPackets Opt[uint64] `json:"tx_packets,omitzero"`
	TxErrors  Opt[uint64] `json:"tx_errors,omitzero"`
	TxDrops   Opt[uint64] `json:"tx_drops,omitzero"`
	// Collisions are those that the host's end counts, where it does.
	Collisions Opt[uint64] `json:"collisions,omitzero"`
}
