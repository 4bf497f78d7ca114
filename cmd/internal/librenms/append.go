package librenms

import (
	"math"
	"strconv"
)

// append appends some of the columns with their keys.
func (f *figures) append(b []byte, in []column) []byte {
	for _, c := range in {
		b = appendFigure(appendKey(b, columns[c].key), f[c], columns[c].decimals)
	}
	return b
}

// appendKey appends the key of a member, after a comma if it is not the first of its object.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, key), ':')
}

// appendFigure appends a number with that many decimals at most, or null.
func appendFigure(b []byte, v figure, decimals int) []byte {
	n, known := v.Get()
	if !known {
		return append(b, "null"...)
	}
	unit := int64(math.Pow10(decimals))
	b = strconv.AppendInt(b, n/unit, 10)
	if n%unit == 0 {
		return b
	}
	b = append(b, '.')
	for n %= unit; n > 0; n %= unit {
		unit /= 10
		b = append(b, '0'+byte(n/unit))
	}
	return b
}

// hexDigits are those of an escaped character.
const hexDigits = "0123456789abcdef"

// appendText appends a text that is UTF-8. It has as few backslashes as JSON permits.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		default:
			b = append(b, c) // also the octets of what is not ASCII
		}
	}
	return append(b, '"')
}
