package librenms

import "time"

// Status is how a [Keeper] fares.
type Status struct {
	// Rendered is when the document was made of the snapshot that it tells. It is zero before the first.
	Rendered time.Time
	// Octets is how long the compressed document is.
	Octets int
	// WithoutIfs, WithoutDisks and WithoutVMs are how many were left out of that so that it is not longer than SNMP carries.
	WithoutIfs, WithoutDisks, WithoutVMs int
	// File is the base of the files that are kept. It is empty for none.
	File string
	// FileError is why they could not be written the last time. It is empty if they could, or were not written yet.
	FileError string
}

// Status returns how the Keeper fares now. It may be called from any goroutine, and is no look at the document.
func (k *Keeper) Status() Status {
	r := k.latest.Load()
	st := Status{
		Rendered: r.at, Octets: len(r.compressed),
		WithoutIfs: r.without.ifs, WithoutDisks: r.without.disks, WithoutVMs: r.without.vms,
		File: k.options.Load().File,
	}
	if err := k.file.fault(); err != nil {
		st.FileError = err.Error()
	}
	return st
}
