//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/test/faults/clock"
	"github.com/vmond/vmond/test/lab"
)

const (
	vmond      = "/bin/vmond"
	config     = "/run/vmond.toml"
	socket     = "/run/control"
	notify     = "/run/notify"
	configText = "[hypervisor]\nstates = \"1s\"\nstatistics = \"1s\"\ndefinitions = \"10s\"\n[notifications]\nper_vm = true\n"
	// hypervisor is one on which something happens all the time.
	hypervisor = "sim:///?vms=12&seed=5&churn=3"
	// watchdog is how often the service manager wants a sign of life at least.
	watchdog = 2 * time.Second
	// patience is how long vmond may take to start.
	patience = 2 * time.Minute
	// watching is how long at least what vmond does is watched after the clock was set, gap the time between two looks. One
	// look at a machine that has no hardware virtualisation takes seconds while others want its processors: so it is watched
	// until it was seen to go on, but never for longer than most.
	watching = 3500 * time.Millisecond
	most     = 20 * time.Second
	gap      = 250 * time.Millisecond
)

// An observer runs a vmond and looks at it from all sides.
type observer struct {
	began   time.Time
	master  *agentxtest.Master
	rules   *rules
	session *agentxtest.Session
	process *lab.Process
	fed     atomic.Int64
}

func newObserver() (*observer, error) {
	o := &observer{began: time.Now(), rules: &rules{}}
	c, err := net.ListenPacket("unixgram", notify)
	if err != nil {
		return nil, err
	}
	go o.hear(c)
	if err := os.WriteFile(config, []byte(configText), 0o600); err != nil {
		return nil, err
	}
	o.master = agentxtest.Listen(o.rules, "unix:/run/master")
	cmd := exec.Command(vmond, "serve", "--config", config, "--hypervisor", hypervisor, "--agentx", "unix:/run/master",
		"--state-dir", "/run/state", "--control", socket)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify, fmt.Sprintf("WATCHDOG_USEC=%d", watchdog.Microseconds()))
	o.process, err = lab.Start(cmd)
	return o, err
}

// hear counts the signs of life.
func (o *observer) hear(c net.PacketConn) {
	notice := make([]byte, 4<<10)
	for {
		n, _, err := c.ReadFrom(notice)
		if err != nil {
			return
		}
		if strings.Contains(string(notice[:n]), "WATCHDOG=1") {
			o.fed.Add(1)
		}
	}
}

// ready waits until vmond serves its virtual machines with their statistics.
func (o *observer) ready() error {
	o.session = o.master.Session()
	for limit := time.Now().Add(patience); ; time.Sleep(gap) {
		s, err := o.sample()
		measured := 0
		for _, vm := range s.VMs {
			if vm.StatsAge != nil {
				measured++
			}
		}
		if err == nil && measured > 0 && o.fed.Load() > 0 && s.Events > 0 {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("vmond is not ready: %d of %d measured, fed %d times, %d events: %w\n%s",
				measured, len(s.VMs), o.fed.Load(), s.Events, err, o.process.Log())
		}
	}
}

// step sets the clock and watches.
func (o *observer) step(d time.Duration) (clock.Step, error) {
	s := clock.Step{Set: d}
	var err error
	if s.Before, err = o.sample(); err != nil {
		return s, err
	}
	if d != 0 {
		now := unix.NsecToTimeval(time.Now().Add(d).UnixNano())
		if err := unix.Settimeofday(&now); err != nil {
			return s, fmt.Errorf("settimeofday: %w", err)
		}
	}
	out, err := exec.Command(vmond, "show", "--control", socket).CombinedOutput()
	if err != nil {
		return s, fmt.Errorf("vmond show: %w: %s", err, out)
	}
	s.Shown = string(out)
	var then clock.Sample
	if err := o.events(&lab.Vmond{Control: socket}, &then); err != nil {
		return s, err
	}
	s.Told = then.Events
	tick := time.NewTicker(gap)
	defer tick.Stop()
	enough := func(passed time.Duration) bool { return passed > most || passed > watching && s.GoesOn() }
	for began := time.Now(); !enough(time.Since(began)); <-tick.C {
		one, err := o.sample()
		if err != nil {
			return s, err
		}
		s.After = append(s.After, one)
	}
	return s, nil
}

// sample looks once.
func (o *observer) sample() (clock.Sample, error) {
	s := clock.Sample{VMs: map[uint32]clock.VM{}, Ages: map[string]time.Duration{}}
	now := time.Now()
	s.Wall, s.Elapsed, s.Fed, s.Worked = now, now.Sub(o.began), int(o.fed.Load()), o.process.CPU(o.rules)
	v := &lab.Vmond{Control: socket}
	h, err := v.TryHealth()
	if err != nil {
		return s, err
	}
	s.Uptime = h.Uptime
	for name, r := range h.Hypervisor.Readings {
		if r.Age != nil {
			s.Ages[name] = *r.Age
		}
	}
	return s, errors.Join(o.snapshot(v, &s), o.events(v, &s), o.mib(&s))
}

// snapshot adds what the control socket tells of the virtual machines.
func (o *observer) snapshot(v *lab.Vmond, s *clock.Sample) error {
	var told struct {
		ToldAt    time.Time     `json:"told_at"`
		StatesAt  time.Time     `json:"states_at"`
		StatesAge time.Duration `json:"states_age"`
		Host      struct {
			Started time.Time `json:"started"`
		} `json:"host"`
		VMs []struct {
			collector.VM
			StatsAge *time.Duration `json:"stats_age"`
		} `json:"vms"`
	}
	if err := v.Ask("/snapshot", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(&told) }); err != nil {
		return err
	}
	s.ToldAt, s.StatesAt, s.StatesAge, s.HostStarted = told.ToldAt, told.StatesAt, told.StatesAge, told.Host.Started
	for _, vm := range told.VMs {
		s.VMs[uint32(vm.Index)] = clock.VM{
			UUID: vm.UUID.String(), Active: vm.Active(), Stale: vm.Stale, StatsAt: vm.StatsAt, StatsAge: vm.StatsAge,
		}
	}
	return nil
}

// events adds what the control socket tells of the changes.
func (o *observer) events(v *lab.Vmond, s *clock.Sample) error {
	var all []struct {
		Number uint64    `json:"number"`
		At     time.Time `json:"at"`
	}
	err := v.Ask("/events", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(&all) })
	if err == nil && len(all) > 0 {
		last := all[len(all)-1]
		s.Events, s.LastEvent = last.Number, last.At
	}
	return err
}

// stop ends vmond and says how it ended.
func (o *observer) stop() string {
	err := errors.Join(o.process.Stop(), o.process.Err())
	if err != nil {
		return fmt.Sprintf("%v\n%s", err, o.process.Log())
	}
	return ""
}
