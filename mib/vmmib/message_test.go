package vmmib_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib/vmmib"
)

func TestMaxIndex(t *testing.T) {
	t.Parallel()
	tests := []struct {
		size int
		want int32
	}{
		{math.MinInt, 0},
		{-1, 0},
		{0, 0},
		{348, 0},
		{349, 8},
		{484, 1088}, // what everybody must take (RFC 3417, section 3.2)
		{1472, 8992},
		{12848, 100000},
		{65507, 521272},
		{65508, 521272},
		{math.MaxInt, 521272},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, vmmib.MaxIndex(tt.size)); diff != "" {
			t.Errorf("unexpected highest index in %d octets (-want +got):\n%s", tt.size, diff)
		}
	}
}

// inform returns the SNMPv3 message of a bulk notification with that many octets of vmAffectedVMs, authenticated by
// HMAC-SHA-512 and encrypted, in which all else is as long as it can be, as another implementation writes it.
func inform(t *testing.T, octets int, privacy gosnmp.SnmpV3PrivProtocol) []byte {
	t.Helper()
	longest := strings.Repeat("x", 32)
	usm := &gosnmp.UsmSecurityParameters{
		AuthoritativeEngineID:    longest,
		AuthoritativeEngineBoots: math.MaxInt32,
		AuthoritativeEngineTime:  math.MaxInt32,
		UserName:                 longest,
		AuthenticationProtocol:   gosnmp.SHA512, AuthenticationPassphrase: "authentication",
		PrivacyProtocol: privacy, PrivacyPassphrase: "encryption",
		AuthenticationParameters: strings.Repeat("\x00", 48),
		PrivacyParameters:        make([]byte, 8),
		Logger:                   gosnmp.NewLogger(nil),
	}
	if err := usm.InitSecurityKeys(); err != nil {
		t.Fatal(err)
	}
	packet := &gosnmp.SnmpPacket{
		Version:            gosnmp.Version3,
		MsgFlags:           gosnmp.AuthPriv,
		SecurityModel:      gosnmp.UserSecurityModel,
		SecurityParameters: usm,
		ContextEngineID:    longest, ContextName: longest,
		PDUType: gosnmp.InformRequest,
		MsgID:   math.MaxInt32, RequestID: math.MaxInt32, MsgMaxSize: math.MaxInt32,
		Variables: []gosnmp.SnmpPDU{
			{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(math.MaxUint32)},
			{Name: ".1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.2.1.236.0.20"},
			{Name: ".1.3.6.1.2.1.236.1.11.0", Type: gosnmp.OctetString, Value: bytes.Repeat([]byte{0xff}, octets)},
		},
		Logger: gosnmp.NewLogger(nil),
	}
	msg, err := packet.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// TestMaxIndexFitsTheMessage proves that the largest list makes a message that is not too large, and that MaxIndex does
// not give away more than the lengths that may be written shorter, which is below a tenth of the overhead.
func TestMaxIndexFitsTheMessage(t *testing.T) {
	t.Parallel()
	const octetBits, spare = 8, 348 / 10
	for _, privacy := range []gosnmp.SnmpV3PrivProtocol{gosnmp.DES, gosnmp.AES} {
		for _, size := range []int{484, 1472, 12848, 65507} {
			msg := inform(t, int(vmmib.MaxIndex(size))/octetBits, privacy)
			if len(msg) > size || len(msg) < size-spare {
				t.Errorf("%s: unexpected message of %d octets with the largest list for %d", privacy, len(msg), size)
			}
		}
	}
}

// TestMaxIndexFitsAgentX proves that the largest list of all is an OCTET STRING of SMIv2, and fits a PDU of the size that
// net-snmp takes (RFC 2741, sections 5 and 6.2.10), with a context and sysUpTime.0.
func TestMaxIndexFitsAgentX(t *testing.T) {
	t.Parallel()
	const (
		octetBits  = 8
		maxString  = 65535 // RFC 2578, section 7.1.2
		maxPDU     = 65536
		word       = 4 // of all that is in a PDU, and what a type, a length or the head of an OID takes
		header     = 20
		context    = word + 32
		upTime     = word + (word + 4*word) + word            // 1.3.6.1.2 is in the head: 1.1.3.0 are left
		trap       = word + (word + 6*word) + (word + 4*word) // 3.1.1.4.1.0, and 1.236.0.20
		affected   = word + (word + 5*word) + word            // 1.236.1.11.0
		wantSpared = 168
	)
	octets := int(vmmib.MaxIndex(math.MaxInt)) / octetBits
	if octets > maxString {
		t.Errorf("%d octets are no OCTET STRING", octets)
	}
	const overhead = header + context + upTime + trap + affected
	if diff := cmp.Diff(wantSpared, overhead); diff != "" {
		t.Errorf("unexpected overhead (-want +got):\n%s", diff)
	}
	if padded := (octets + word - 1) / word * word; overhead+padded > maxPDU {
		t.Errorf("%d octets do not fit a PDU", octets)
	}
}
