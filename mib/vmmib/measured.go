package vmmib

import "github.com/vmond/vmond/mib"

// A measuredRow is a row of which some columns are statistics.
type measuredRow interface {
	// look notes that somebody looks at them.
	look()
}

// measured returns the column read by a function that reads a statistic.
func measured[R measuredRow](read func(R) mib.Value) func(R) mib.Value {
	return func(r R) mib.Value {
		r.look()
		return read(r)
	}
}
