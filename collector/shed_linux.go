package collector

import (
	"syscall"

	"go.etcd.io/bbolt"
)

// shed gives up the pages of the file that are in our memory because they were read. bbolt maps the file and never lets go of
// any, and a write of all virtual machines reads all. The next who needs one gets it back from the kernel's cache. It is for
// thrift alone: what goes wrong is of no consequence (madvise(2)).
func shed(db *bbolt.DB) {
	_ = db.View(func(tx *bbolt.Tx) error {
		// What is in use of the file is always mapped. The mapping itself may be shorter than the file.
		syscall.Syscall(syscall.SYS_MADVISE, db.Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
		return nil
	})
}
