package lab

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// A cpio writes an archive in the "newc" format, which is what the kernel takes as the first file system of a guest
// (initramfs: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst).
type cpio struct {
	w   io.Writer
	ino int
	err error
}

const (
	// cpioMagic begins every header of the format.
	cpioMagic = "070701"
	// cpioAlign is what headers with names, and contents, are padded to.
	cpioAlign = 4
	// cpioTrailer is the name of the entry that ends an archive.
	cpioTrailer = "TRAILER!!!"

	modeDir  = 0o040000
	modeFile = 0o100000
)

// dir adds a directory, which must come before what is in it.
func (c *cpio) dir(name string) { c.entry(name, modeDir|0o755, nil) }

// file adds a file.
func (c *cpio) file(name string, perm fs.FileMode, content []byte) {
	c.entry(name, modeFile|uint32(perm.Perm()), content)
}

// close ends the archive and returns the first error of all that was written.
func (c *cpio) close() error {
	c.entry(cpioTrailer, 0, nil)
	return c.err
}

func (c *cpio) entry(name string, mode uint32, content []byte) {
	c.ino++
	// inode, mode, uid, gid, links, mtime, size, device, special device, length of the name with its NUL, checksum
	fields := []uint32{uint32(c.ino), mode, 0, 0, 1, 0, uint32(len(content)), 0, 0, 0, 0, uint32(len(name) + 1), 0}
	header := []byte(cpioMagic)
	for _, f := range fields {
		header = fmt.Appendf(header, "%08x", f)
	}
	c.padded(append(header, name+"\x00"...))
	c.padded(content)
}

func (c *cpio) padded(b []byte) {
	pad := (cpioAlign - len(b)%cpioAlign) % cpioAlign
	if c.err == nil {
		_, c.err = c.w.Write(append(slices.Clip(b), make([]byte, pad)...))
	}
}
