package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve"
)

// record writes what is read of bhyve into a directory, in the form that bhyve:///?recorded= reads, and says what to do with it.
// What bhyve does not tell is said on stderr, and is recorded as that.
func record(ctx context.Context, out, stderr io.Writer, c config.Hypervisor, dir string) error {
	uri := c.URI
	if uri == config.Auto {
		uri = nativeBhyve // also where libvirt is: there is nothing else to record
	}
	if !isNativeBhyve(uri) {
		return usageError{
			fmt.Errorf("--record is for bhyve, which %q is not: name it with --hypervisor %s", hv.RedactURI(uri), nativeBhyve),
		}
	}
	c.URI = uri
	if err := understood(c); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	log, flush := newLogger(stderr, zap.NewAtomicLevelAt(zapcore.WarnLevel), config.Console)
	defer flush()
	if err := bhyve.Record(ctx, uri, dir, log); err != nil {
		return err
	}
	files, octets, err := measure(dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `recorded %s in %s: %s with %d octets

Passwords are masked. Names of virtual machines, paths and addresses are not, of which its README tells: look through the files
before you give them away. What vmond makes of them is shown, on any machine, by:

    vmond show vm --direct --hypervisor '%s'
`, printable(uri), printable(dir), plural(files, "file"), octets, printable(recordedURI(dir)))
	return err
}

// measure returns how many files there are below a directory, and what they hold.
func measure(dir string) (files int, octets int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		octets += info.Size()
		return nil
	})
	return files, octets, err
}

// recordedURI returns the URI of what was recorded in a directory. A slash is itself in a query (RFC 3986, section 3.4).
func recordedURI(dir string) string {
	return nativeBhyve + "?recorded=" + strings.ReplaceAll(url.QueryEscape(dir), "%2F", "/")
}
