package freebsd

import "strconv"

// A figure is a count, or not known. It keeps the first of two values, since netstat(1) says "dropped-packets" twice if it is
// asked for drops, first those of what came in.
type figure struct {
	n     uint64
	known bool
}

// take takes the count. A text that is no count leaves the figure as it is.
func (f *figure) take(text string) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil && !f.known {
		*f = figure{n, true}
	}
}

// UnmarshalJSON takes the count. What is no count is no error: the figure remains unknown.
func (f *figure) UnmarshalJSON(b []byte) error {
	f.take(string(b))
	return nil
}
