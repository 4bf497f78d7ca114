package bhyve

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The bounds of what is asked about the host as a whole, and about one file.
const (
	programBound = 5 * time.Second
	fileBound    = 2 * time.Second
)

// An inquiry is what an environment is asked with: what may hang has its patience.
type inquiry struct {
	sys      freebsd.System
	files    *patience[freebsd.Stat]
	programs *patience[[]byte]
	troubles *troubles
}

func newInquiry(life context.Context, sys freebsd.System, t *troubles) *inquiry {
	return &inquiry{
		sys: sys, files: newPatience[freebsd.Stat](life, fileBound), programs: newPatience[[]byte](life, programBound), troubles: t,
	}
}

// datasets returns what ZFS counts of a pool. The name may be anything that somebody has written into the path of a disk.
func (q *inquiry) datasets(ctx context.Context, pool string) map[string]freebsd.DatasetIO {
	if !namesNode(pool) {
		return nil
	}
	text, _ := q.output(ctx, "/sbin/sysctl", "kstat.zfs."+pool+".dataset")
	return freebsd.ParseDatasetIO(text)
}

// namesNode reports whether sysctl(8) takes a name for one part of the name of a variable: at a dot another begins, and from ":" or "="
// on it is a value to set.
func namesNode(name string) bool { return name != "" && consistsOf(name, "_-") }

// output returns what a program prints. What it printed before it failed is not believed.
func (q *inquiry) output(ctx context.Context, argv ...string) ([]byte, error) {
	text, err := q.run(ctx, argv)
	if ctx.Err() == nil {
		q.troubles.note(argv[0], err)
	}
	return text, err
}

// run returns what a program prints, if it ends well.
func (q *inquiry) run(ctx context.Context, argv []string) ([]byte, error) {
	text, err := q.programs.ask(ctx, strings.Join(argv, " "), func(ctx context.Context) ([]byte, error) {
		return q.sys.Run(ctx, freebsd.Command{Argv: argv})
	})
	if err != nil {
		return nil, err
	}
	return text, nil
}

// used returns what each volume or snapshot uses of its pool, which is not ok if that cannot be told. The log is not told
// that there is no such answer: what was recorded before anybody asked has none.
func (q *inquiry) used(ctx context.Context, kind string) (used map[string]int64, ok bool) {
	text, err := q.run(ctx, []string{"/sbin/zfs", "list", "-Hp", "-t", kind, "-o", "name,used"})
	if ctx.Err() == nil && !errors.Is(err, fs.ErrNotExist) {
		q.troubles.note("zfs of "+kind+"s", err)
	}
	return freebsd.ParseSizes(text), err == nil
}
