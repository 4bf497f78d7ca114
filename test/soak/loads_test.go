package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// The distances between what a load does and what it does next.
const (
	columnGap   = 2 * time.Second
	snapshotGap = 5 * time.Second
	eventsGap   = time.Second
	showGap     = 20 * time.Second
	hupGap      = 7 * time.Second
	offenceGap  = time.Second
	// standstillGap is long, because what a reader who stands still keeps is seen in the memory.
	standstillGap = 20 * time.Second
	// restartGap is that from one restart of snmpd to the next. After the first of so many the whole MIB is walked before the
	// next, which takes half a minute.
	restartGap   = 15 * time.Second
	restartsWalk = 4
	// ordinary is a soak with these distances. In a shorter one there is as much of what is seldom.
	ordinary = 10 * time.Minute
)

// scaled returns d, or less in a soak that is shorter than an ordinary one.
func scaled(d, long time.Duration) time.Duration {
	return time.Duration(float64(d) * min(1, float64(long)/float64(ordinary)))
}

// load has everything at work that costs memory until ctx is done, for so long, and returns when all of it has ended.
func (r *rig) load(ctx context.Context, long time.Duration) {
	var wg sync.WaitGroup
	defer wg.Wait()
	every := func(gap time.Duration, do func(context.Context)) {
		wg.Go(func() {
			for pause(ctx, gap) {
				do(ctx)
			}
		})
	}
	columns := []mib.OID{served.Name, served.OperState, served.CPUTime, served.StorageMediaType, served.NetworkPhysAddress}
	next := 0
	every(columnGap, func(ctx context.Context) {
		r.walk(ctx, columns[next%len(columns)], "walks of a column")
		next++
	})
	every(snapshotGap, func(ctx context.Context) { r.ask(ctx, "/snapshot") })
	every(eventsGap, func(ctx context.Context) { r.ask(ctx, "/events") })
	every(scaled(showGap, long), r.show)
	hups := 0
	every(scaled(hupGap, long), func(context.Context) {
		hups++
		r.configure(hups)
		r.vmond.Signal(syscall.SIGHUP)
		r.did("HUPs")
	})
	every(offenceGap, func(ctx context.Context) { r.offend(ctx, "half a request", "GET /snapshot HTT", 0) })
	every(offenceGap, func(ctx context.Context) { r.offend(ctx, "no request", "", 0) })
	every(scaled(standstillGap, long), func(ctx context.Context) {
		r.offend(ctx, "a snapshot that is not read", "GET /snapshot HTTP/1.1\r\nHost: vmond\r\n\r\n", standstill)
	})
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}
	restarts := 0
	every(scaled(restartGap, long), func(ctx context.Context) {
		// What was begun is brought to its end, so that snmpd runs and the switches are on.
		r.restart(context.WithoutCancel(ctx), signals[restarts%len(signals)])
		r.turn(context.WithoutCancel(ctx))
		if restarts%restartsWalk == 0 {
			r.walk(ctx, served.MIB, "walks of the MIB")
		}
		restarts++
	})
}

// patience is how many seconds a walk waits for each answer of a busy machine.
const patience = "10"

// fewestRows is how many rows a walk of a column has at least: what is off has no CPU time.
const fewestRows = vms / 2

// walk walks a subtree by snmpbulkwalk. What it finds must ascend, also while virtual machines come and go, and where the end
// of the soak cuts it off.
func (r *rig) walk(ctx context.Context, subtree mib.OID, what string) {
	r.attempt(ctx, what, func() error {
		before := r.outage.Load()
		out, err := r.snmpd.Tool(exec.CommandContext(ctx, "snmpbulkwalk", "-v2c", "-c", lab.Public, "-t", patience, "-m", "",
			"-On", "-Ox", "-Cr50", r.snmpd.Addr, subtree.String()))
		if before%2 == 1 || before != r.outage.Load() {
			return errAway // who walks while snmpd is restarted may see anything
		}
		rows, disorder := ascending(out)
		if ctx.Err() != nil {
			return disorder
		}
		if err == nil && rows < fewestRows {
			err = fmt.Errorf("%d rows", rows)
		}
		return errors.Join(err, disorder)
	})
}

// ascending counts the variables in the output of a walk. The error says that one does not come after the one before.
func ascending(out string) (rows int, err error) {
	var last mib.OID
	for line := range strings.Lines(out) {
		name, _, ok := strings.Cut(line, " = ")
		if !ok || !strings.HasPrefix(line, ".") {
			continue // of a value that needs several lines
		}
		id, err := mib.ParseOID(name)
		if err != nil {
			return rows, err
		}
		if last.Compare(id) >= 0 {
			return rows, fmt.Errorf("%v comes after %v", id, last)
		}
		last = id
		rows++
	}
	return rows, nil
}

// ask reads an answer of the control socket to its end.
func (r *rig) ask(ctx context.Context, path string) {
	r.attempt(ctx, path, func() error {
		return r.vmond.Ask(path, func(answer *http.Response) error {
			_, err := io.Copy(io.Discard, answer.Body)
			return err
		})
	})
}

// show runs vmond show.
func (r *rig) show(ctx context.Context) {
	r.attempt(ctx, "show", func() error {
		out, err := r.vmond.Run(r.t, "show", "vm", "--control", r.vmond.Control)
		if lines := strings.Count(out, "\n"); err == nil && lines < vms*9/10 {
			err = fmt.Errorf("%d lines", lines)
		}
		return err
	})
}

// standstill is how long a reader stands still, which is longer than vmond bears.
const standstill = 8 * time.Second

// offend connects to the control socket, says something that calls for no answer or for one that is not read for a while, and
// goes when vmond has ended the connection.
func (r *rig) offend(ctx context.Context, what, says string, still time.Duration) {
	r.attempt(ctx, what, func() error {
		c, err := net.Dial("unix", r.vmond.Control)
		if err != nil {
			return err
		}
		defer c.Close()
		stop := context.AfterFunc(ctx, func() { c.Close() })
		defer stop()
		if err := c.SetDeadline(time.Now().Add(settle)); err != nil {
			return err
		}
		_, err = io.WriteString(c, says)
		pause(ctx, still)
		if err == nil {
			_, err = io.Copy(io.Discard, c)
		}
		// That vmond breaks off is right; that it never does is not.
		if broken, ok := errors.AsType[net.Error](err); ok && broken.Timeout() {
			return fmt.Errorf("vmond does not end the connection: %w", err)
		}
		return nil
	})
}

// restart ends snmpd with a signal and starts it again. It is back when it serves VM-MIB.
func (r *rig) restart(ctx context.Context, with syscall.Signal) {
	r.attempt(ctx, "restarts of snmpd", func() error {
		r.outage.Add(1)
		defer r.outage.Add(1)
		r.snmpd.Signal(with)
		<-r.snmpd.Done()
		if err := r.snmpd.Start(ctx); err != nil {
			return err
		}
		return until(ctx, r.visible)
	})
}

// visible returns nil once snmpd serves VM-MIB.
func (r *rig) visible() error {
	out, err := r.snmpd.Tool(exec.Command("snmpget", "-v2c", "-c", lab.Public, "-m", "", "-Oqv", "-Oe", r.snmpd.Addr,
		served.PerVMNotificationsEnabled.String()))
	if err == nil && strings.TrimSpace(out) != on {
		err = fmt.Errorf("the switch of the notifications is %q", out)
	}
	return err
}

// The values of the switches (TruthValue, RFC 2579).
const on, off = "1", "2"

// turn turns the switches off and on again. While that of single virtual machines is off the story has a gap, which is none
// of vmond's.
func (r *rig) turn(ctx context.Context) {
	set := func(object mib.OID, value string) error { return r.snmpd.Set(r.t, object.String(), "i", value) }
	r.attempt(ctx, "turns of the switches", func() error {
		err := errors.Join(set(served.BulkNotificationsEnabled, off), set(served.PerVMNotificationsEnabled, off))
		before := uint64(0)
		quiet := until(ctx, func() error {
			now := r.sink.count()
			err := r.drained()
			if err == nil && now != before {
				err = fmt.Errorf("%d notifications have come since the last look", now-before)
			}
			before = now
			return err
		})
		r.sink.forget()
		return errors.Join(err, quiet, set(served.PerVMNotificationsEnabled, on), set(served.BulkNotificationsEnabled, on))
	})
}
