package bench

import (
	"fmt"

	"github.com/vmond/vmond/mib"
)

// letters are the types as the rivals know them.
var letters = map[mib.Type]string{
	mib.TypeInteger: "i", mib.TypeGauge32: "g", mib.TypeCounter32: "c", mib.TypeTimeTicks: "t", mib.TypeCounter64: "C",
	mib.TypeOID: "o", mib.TypeOctetString: "x",
}

// appendRow appends a varbind as a line of the rivals, such as "1.3.6.1.2.1.236.1.2.0 i 20". It panics if that has no type that they
// know, which VM-MIB has not.
func appendRow(dst []byte, vb mib.Varbind) []byte {
	letter, ok := letters[vb.Value.Type()]
	if !ok {
		panic(fmt.Sprintf("bench: a row of the type %v", vb.Value.Type()))
	}
	dst = fmt.Appendf(dst, "%v %s ", vb.Name, letter)
	switch vb.Value.Type() {
	case mib.TypeOctetString:
		dst = fmt.Appendf(dst, "%x", vb.Value.AppendOctets(nil))
	case mib.TypeOID:
		dst = fmt.Appendf(dst, "%v", vb.Value.OID())
	case mib.TypeInteger:
		dst = fmt.Append(dst, vb.Value.Int())
	default:
		dst = fmt.Append(dst, vb.Value.Uint())
	}
	return append(dst, '\n')
}
