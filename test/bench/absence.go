package bench

// An absence says why something has no figures.
type absence struct {
	wanted  bool // by whoever runs the bench
	skipped bool // since something is not there that it needs
}

// is reports whether there is one.
func (a absence) is() bool { return !a.wanted || a.skipped }

// fatal reports whether the bench has failed by it: if the whole of it was to be measured, that is what is wanted and not there.
func (a absence) fatal(whole bool) bool { return whole && a.wanted && a.skipped }
