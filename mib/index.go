package mib

// MaxIndex is the largest number of INDEX objects that a [Table] may have.
const MaxIndex = 4

// An Index is the index of a row: the values of the table's INDEX objects, and 0 in the places after them. It is an
// array so that handing it about allocates nothing.
type Index [MaxIndex]uint32

// indexFrom returns the first possible index of that width which is greater than key, or equal to it if include is set.
// The key may have any length: a shorter one is less than all that begin with it, a longer one is greater than
// the one that it begins with. It returns false if there is no such index.
func indexFrom(key OID, width int, include bool) (Index, bool) {
	var x Index
	copy(x[:width], key)
	if len(key) < width || len(key) == width && include {
		return x, true
	}
	return x.after(width)
}

// after returns the index that comes next after x, or false if x is the last one of that width.
func (x Index) after(width int) (Index, bool) {
	for i := width - 1; i >= 0; i-- {
		x[i]++
		if x[i] != 0 {
			return x, true
		}
	}
	return x, false
}
