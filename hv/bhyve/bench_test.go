package bhyve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// onDisk is a machine whose files below a directory are read from the disk, for what reading them costs.
type onDisk struct {
	*machine
	dir string
}

func (o *onDisk) ours(path string) bool { return len(path) >= len(o.dir) && path[:len(o.dir)] == o.dir }

func (o *onDisk) ReadDir(path string) ([]string, error) {
	if !o.ours(path) {
		return o.machine.ReadDir(path)
	}
	entries, err := os.ReadDir(path)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (o *onDisk) ReadFile(path string) ([]byte, error) {
	if !o.ours(path) {
		return o.machine.ReadFile(path)
	}
	return os.ReadFile(path)
}

func (o *onDisk) Tail(path string, n int) ([]byte, error) {
	if !o.ours(path) {
		return o.machine.Tail(path, n)
	}
	octets, err := os.ReadFile(path)
	return octets[max(0, len(octets)-n):], err
}

func (o *onDisk) Stat(path string) (freebsd.Stat, error) {
	if !o.ours(path) {
		return o.machine.Stat(path)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return freebsd.Stat{}, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return freebsd.Stat{}, err
	}
	return freebsd.Stat{Path: target, Mode: info.Mode(), Size: info.Size(), Modified: info.ModTime()}, nil
}

// crowd returns a host with n virtual machines of vm-bhyve, all of which run, among as many other processes.
func crowd(tb testing.TB, n int) *onDisk {
	tb.Helper()
	m := newMachine()
	dir := tb.TempDir()
	m.setRC(fmt.Sprintf("vm_enable=YES\nvm_dir=%q\nhostname=hv1\n", dir))
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	var names []string
	for i := range n {
		name := fmt.Sprintf("vm%04d", i)
		names = append(names, name)
		home := filepath.Join(dir, name)
		if err := os.Mkdir(home, 0o700); err != nil {
			tb.Fatal(err)
		}
		write(filepath.Join(home, name+".conf"), fmt.Sprintf("loader=\"uefi\"\ncpu=2\nmemory=4G\nuuid=%q\n", uuidOf(name[2:])))
		write(filepath.Join(home, "run.lock"), "hv1\n")
		write(filepath.Join(home, "vm-bhyve.log"), "2026-08-20T09:07:53+00:00: initialising\n2026-08-20T09:07:54+00:00: starting bhyve (run 1)\n")
		watcher, bhyve := 10000+3*i, 10001+3*i
		m.processes[watcher] = freebsd.Process{PID: watcher, Parent: 1, Name: "sh", Start: booted}
		m.SetSysctl([]byte("/bin/sh\x00/usr/local/sbin/vm\x00_run\x00"+name+"\x00"), argsVariable, watcher)
		m.processes[bhyve] = freebsd.Process{PID: bhyve, Parent: watcher, Name: "bhyve", Start: booted}
		m.SetSysctl([]byte("bhyve: "+name+"\x00"), argsVariable, bhyve)
		m.processes[bhyve+1] = freebsd.Process{PID: bhyve + 1, Parent: 1, Name: "nginx", Start: booted}
	}
	m.publish()
	m.node(names...)
	return &onDisk{machine: m, dir: dir}
}

// BenchmarkLook measures a look at a host with a thousand virtual machines, whose files have been read before.
func BenchmarkLook(b *testing.B) {
	s := newSource(crowd(b, 1000), "bhyve:///", quiet())
	defer s.Close()
	look := func() {
		all, err := s.States(context.Background())
		if err != nil || len(all) != 1000 {
			b.Fatalf("%d virtual machines, error %v", len(all), err)
		}
	}
	look()
	for b.Loop() {
		look()
	}
}

// BenchmarkFirstLook measures the first look, which reads every file.
func BenchmarkFirstLook(b *testing.B) {
	host := crowd(b, 1000)
	for b.Loop() {
		s := newSource(host, "bhyve:///", quiet())
		all, err := s.States(context.Background())
		if err != nil || len(all) != 1000 {
			b.Fatalf("%d virtual machines, error %v", len(all), err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// A thousand virtual machines are told apart.
func TestCrowd(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, crowd(t, 1000))
	running := 0
	for key, vm := range summaries(t, s) {
		if !managed(key) || vm.Run == 0 || vm.UUID.IsZero() {
			t.Errorf("unexpected virtual machine %+v", vm)
		}
		running++
	}
	if running != 1000 {
		t.Errorf("%d virtual machines run, want 1000", running)
	}
}
