package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// simulated is the hypervisor where there is no other: a few virtual machines, one of which changes now and then.
	simulated = "sim:///?vms=6&churn=0.2"
	// own is the machine's own hypervisor, in vmond's words.
	own = "auto"
	// conf turns all notifications on. A configuration of this machine, if there is one, is for its own vmond.
	conf = "[notifications]\nper_vm = true\nbulk = true\n"

	// patience is how long anything may take on a busy machine.
	patience = time.Minute
	// lastLines is how much of a log is shown of a program that has failed.
	lastLines = 20
)

// try starts everything, shows it, and stays until ctx is done.
func (t *tryout) try(ctx context.Context, addr string) (err error) {
	notices := &board{out: t.out}
	snmptrapd, manager, err := t.receive(ctx, notices)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snmptrapd.Stop()) }()
	snmpd, err := lab.NewSnmpd(t.in("snmpd"), addr, sink(manager))
	if err != nil {
		return err
	}
	if err := snmpd.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snmpd.Stop()) }()
	fmt.Fprintf(t.out, "snmpd answers on udp:%s, community %q.\n", addr, lab.Public)

	hypervisor := t.choose(ctx)
	vmond, err := t.serve(hypervisor, snmpd.AgentX)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vmond.Stop()) }()
	table, err := t.awaitTable(ctx, vmond)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\n$ %s\n%s", strings.Join(t.show(), " "), table)
	walk, err := t.awaitWalk(ctx, snmpd, vmond)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "\n$ snmpwalk %s\n%s", strings.Join(hypervisorWalk(addr), " "), walk)
	t.suggest(addr)
	notices.open()
	defer notices.close()

	select {
	case <-ctx.Done():
		notices.close()
		fmt.Fprintln(t.out, "\nEnding snmpd, snmptrapd and vmond.")
		return nil
	case <-snmptrapd.Done():
		return ended("snmptrapd", snmptrapd)
	case <-snmpd.Done():
		return ended("snmpd", snmpd.Process)
	case <-vmond.Done():
		return ended("vmond", vmond)
	}
}

// choose returns the URI of the machine's own hypervisor if it answers, or else of a simulated one, and says which.
func (t *tryout) choose(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.vmond, "show", "vm", "--direct", "--hypervisor", own)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if cmd.Run() == nil {
		fmt.Fprintln(t.out, "vmond reads this machine's own hypervisor.")
		return own
	}
	fmt.Fprintf(t.out, "vmond reads a simulated hypervisor, %s, because of this:\n  %s\n"+
		"Its virtual machines come, go and change their state by themselves.\n", simulated, strings.TrimSpace(complaint.String()))
	return simulated
}

// serve starts vmond.
func (t *tryout) serve(hypervisor, agentx string) (*lab.Process, error) {
	if err := os.WriteFile(t.in("vmond.toml"), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return lab.Start(exec.Command(t.vmond, "serve", "--config", t.in("vmond.toml"), "--hypervisor", hypervisor,
		"--agentx", agentx, "--state-dir", t.in("state"), "--control", t.in("control")))
}

// awaitTable returns what "vmond show vm" prints once vmond knows its hypervisor.
func (t *tryout) awaitTable(ctx context.Context, vmond *lab.Process) (string, error) {
	return await(ctx, vmond, func() (string, error) {
		show := t.show()
		out, err := exec.CommandContext(ctx, show[0], show[1:]...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%q: %w: %s", show, err, out)
		}
		return string(out), nil
	})
}

// show returns the command that prints the virtual machines.
func (t *tryout) show() []string {
	return []string{t.vmond, "show", "vm", "--control", t.in("control")}
}

// awaitWalk returns what snmpwalk prints of the hypervisor group once it is served.
func (t *tryout) awaitWalk(ctx context.Context, snmpd *lab.Snmpd, vmond *lab.Process) (string, error) {
	return await(ctx, vmond, func() (string, error) {
		out, err := snmpd.Tool(exec.CommandContext(ctx, "snmpwalk", hypervisorWalk(snmpd.Addr)...))
		if err == nil && !strings.Contains(out, "vmHvSoftware") {
			err = fmt.Errorf("snmpwalk says %q", out)
		}
		return out, err
	})
}

// hypervisorWalk returns the arguments of snmpwalk that print the hypervisor group.
func hypervisorWalk(addr string) []string {
	return append(client(), addr, "VM-MIB::vmHypervisor")
}

// client returns what every command of net-snmp begins with.
func client() []string { return append([]string{"-v2c", "-c", lab.Public}, mibs()...) }

// mibs has a program of net-snmp find the MIB files without anything being set, and what they import in the project first,
// whatever the system has.
func mibs() []string {
	dir := "mibs"
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return []string{"-M", filepath.Join(dir, "stubs") + ":" + dir, "-m", "VM-MIB"}
}

// suggest says what to try next.
func (t *tryout) suggest(addr string) {
	options := strings.Join(client(), " ")
	fmt.Fprintf(t.out, `
Try next, in another terminal:

  snmpwalk %[1]s %[2]s VM-MIB::vmTable
  snmpwalk %[1]s %[2]s VM-MIB::vmMIB
  %[3]s show storage --control %[4]s
  %[3]s show events --control %[4]s
  %[3]s show --help

Net-snmp leaves out the leading zero of each byte when it prints a UUID: b702 is shown as b72.

Ctrl-C ends it all and leaves nothing behind. Until then, snmptrapd shows below what vmond tells without being asked. In
vmOperState it tells the state before; vmAffectedVMs has a bit for each vmIndex: 80 is 1, 40 is 2, 20 is 3.

`, options, addr, t.vmond, t.in("control"))
}

// await asks f until it has an answer, ctx is done, vmond has ended or patience is over.
func await(ctx context.Context, vmond *lab.Process, f func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var answer string
	err := vmond.AwaitUp(ctx, func() (err error) {
		answer, err = f()
		return err
	})
	return answer, err
}

// ended returns the error of a program that ended by itself.
func ended(name string, p *lab.Process) error {
	return fmt.Errorf("%s has ended: %v\n%s", name, p.Err(), p.Log().Tail(lastLines))
}
