//go:build linux

// Guest is the first program of a guest: it runs vmond on a simulated hypervisor, sets the guest's clock time and again,
// notes what vmond tells and writes that to the console. It must not be run anywhere else.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vmond/vmond/test/faults/clock"
	"github.com/vmond/vmond/test/lab"
)

// steps returns by how much the clock is set, one after the other.
func steps() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{0, time.Hour, -time.Hour, day, -day, -day, day}
}

func main() {
	if err := alone(os.Getpid(), os.Getenv(lab.MachineEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
	report := clock.Report{}
	if err := furnish(); err != nil {
		report.Trouble = err.Error()
	} else if err := observe(&report); err != nil {
		report.Trouble = err.Error()
	}
	text, err := json.Marshal(report)
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Printf("\n%s\n%s\n%s\n", clock.Begin, text, clock.End)
	unix.Sync()
	err = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Println("guest: cannot power off:", err)
	select {}
}

// alone returns an error if the process of that ID, with that value of [lab.MachineEnv], has not the machine to itself, whose
// clock would be set.
func alone(pid int, machine string) error {
	if pid != 1 || machine == "" {
		return errors.New("this is not the first program of a machine of its own")
	}
	return nil
}

// furnish mounts what programs expect.
func furnish() error {
	return errors.Join(
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("dev", "/dev", "devtmpfs", 0, ""),
		unix.Mount("sysfs", "/sys", "sysfs", 0, ""),
		unix.Mount("tmpfs", "/run", "tmpfs", 0, ""),
		os.MkdirAll("/run/state", 0o700),
	)
}

// observe runs vmond and sets the clock.
func observe(r *clock.Report) (err error) {
	o, err := newObserver()
	if err != nil {
		return err
	}
	defer func() {
		if trouble := recover(); trouble != nil { // of the master
			err = fmt.Errorf("%v; vmond said:\n%s", trouble, o.process.Log())
		}
		r.Exit = o.stop()
		r.Violations = o.violations()
	}()
	if err := o.ready(); err != nil {
		return err
	}
	for _, d := range steps() {
		s, err := o.step(d)
		if err != nil {
			return fmt.Errorf("setting the clock by %v: %w", d, err)
		}
		r.Steps = append(r.Steps, s)
	}
	return nil
}
