package bhyve

import (
	"fmt"
	"path"

	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// An undefined is the error of the virtual machines of a datastore whose definitions cannot be read. It is told as one, because they
// mostly cannot be read for the same reason.
type undefined struct {
	// first is the error of the first of them, and dir its directory.
	first error
	dir   string
	// missing is how many they are, of all.
	missing, all int
}

// add notes one of them.
func (u *undefined) add(g vmbhyve.Guest, err error) {
	if u.missing == 0 {
		u.first, u.dir = err, g.Dir
	}
	u.missing++
}

// err returns it if there is any, where there are so many virtual machines in all.
func (u undefined) err(all int) error {
	if u.missing == 0 {
		return nil
	}
	u.all = all
	return u
}

// Error counts them, if there are several.
func (u undefined) Error() string {
	if u.missing == 1 {
		return u.first.Error()
	}
	return fmt.Sprintf("the definitions of %d of %s cannot be read, such as: %v", u.missing, machines(u.all), u.first)
}

// Unwrap returns why the first of them cannot be read.
func (u undefined) Unwrap() error { return u.first }

// files returns the file of the definition, or a pattern for those of the whole datastore.
func (u undefined) files() string {
	if u.missing == 1 {
		return path.Join(u.dir, path.Base(u.dir)+".conf")
	}
	return path.Join(path.Dir(u.dir), "*", "*.conf")
}
