package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// rootsOwn are the places that only root may ask: no mode of a file opens them.
var rootsOwn = [...]string{processesPlace, affinityPlace, exitsPlace, cbsdSource}

// advice returns what to do about an error in the place, to be put behind it.
func (f *Finding) advice(err error) string {
	var late lateError
	var u undefined
	switch {
	case errors.Is(err, fs.ErrPermission) && slices.Contains(rootsOwn[:], f.Source):
		return ": run vmond as root, since nobody else may ask"
	case errors.Is(err, fs.ErrPermission) && errors.As(err, &u):
		return fmt.Sprintf(": run vmond as root, or give the group vmond read access: chgrp vmond %s; chmod g+r %[1]s", u.files())
	case errors.Is(err, fs.ErrPermission):
		return ": run vmond as root, or give its user read access"
	case errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return ": it hangs or is very slow, and is not waited for"
	}
	return ""
}
