package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/daemon"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
)

// anybody is no user: who reads the configuration has not to be who runs vmond.
const anybody = -1

// checkTimeout is how long each of the live checks may take.
const checkTimeout = 20 * time.Second

func newCheck() *cobra.Command {
	var file, dir string
	var live bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Validate the configuration and print what is in effect",
		Long: "Validate the configuration and print what is in effect. It takes the flags of \"vmond serve\", which go before the\n" +
			"configuration file: give it those that serve has.\n\n" +
			"With --live, also try the hypervisor, the master agent and the permissions, as the user who asks. Nothing is\n" +
			"registered at the master, so a running vmond is not disturbed. Of bhyve, it is told which sources were found, and\n" +
			"what each lacks.\n\n" +
			"With --record, what is read of bhyve is written into a directory instead, for those who develop vmond. Passwords\n" +
			"are masked.",
		Args: noArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			from := loader{cmd, file}
			c, err := from.load()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("record") {
				return from.locate(record(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), c.Hypervisor, dir))
			}
			if err := understood(c.Hypervisor); err != nil {
				return from.locate(err)
			}
			uid := anybody
			if live {
				uid = os.Geteuid()
			}
			for _, concern := range from.concerns(uid, c) {
				warn(cmd.ErrOrStderr(), concern.String())
			}
			out := cmd.OutOrStdout()
			if _, err := fmt.Fprintf(out, "# %s\n\n%s", origin(file), c.String()); err != nil || !live {
				return err
			}
			return checkLive(cmd.Context(), out, c)
		}),
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (default "+config.DefaultFile()+")")
	cmd.Flags().BoolVar(&live, "live", false, "also try the hypervisor, the master and the permissions")
	cmd.Flags().StringVar(&dir, "record", "", "write what is read of bhyve into this directory, which is to be empty")
	addSettings(cmd, settingsOfServe()...)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("record") && live {
			return errors.New("--record does not go with --live: it tries nothing")
		}
		if cmd.Flags().Changed("record") && dir == "" {
			return errors.New("--record needs a directory")
		}
		return nil
	}
	return cmd
}

// origin says where the configuration is from.
func origin(file string) string {
	if file != "" {
		return printable(file) + ", and the defaults"
	}
	if _, err := os.Stat(config.DefaultFile()); errors.Is(err, fs.ErrNotExist) {
		return "the defaults: there is no " + config.DefaultFile()
	}
	return config.DefaultFile() + ", and the defaults"
}

// A trial is one of the live checks.
type trial struct {
	name string
	// try returns what was found, or an error that says why it failed.
	try func(ctx context.Context) (string, error)
	// more writes lines about what was found, if it is not nil.
	more func(ctx context.Context, out io.Writer) error
}

// checkLive tries everything and writes a line about each.
func checkLive(ctx context.Context, out io.Writer, c config.Config) error {
	trials := []trial{
		{
			name: "hypervisor",
			try:  func(ctx context.Context) (string, error) { return tryHypervisor(ctx, c.Hypervisor) },
			more: func(ctx context.Context, out io.Writer) error { return checkSources(ctx, out, c.Hypervisor) },
		},
		{
			name: "master",
			try:  func(ctx context.Context) (string, error) { return tryMaster(ctx, c.AgentX.Address) },
			more: func(ctx context.Context, out io.Writer) error { return checkDocument(ctx, out, c, snmpdconf.Extends) },
		},
		{name: "state", try: func(context.Context) (string, error) { return tryState(c.State.Dir) }},
		{name: "control", try: func(ctx context.Context) (string, error) { return tryControl(ctx, c.Control) }},
	}
	if file := c.LibreNMS.File; file != "" {
		trials = append(trials, trial{name: "librenms", try: func(context.Context) (string, error) { return tryDocument(file) }})
	}
	fmt.Fprintln(out)
	failed := 0
	for _, t := range trials {
		ok, err := t.write(ctx, out)
		if err != nil {
			return err
		}
		if !ok {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(trials))
	}
	return nil
}

// write tries it, writes what came of it, and reports whether all is well.
func (t trial) write(ctx context.Context, out io.Writer) (ok bool, err error) {
	result := "ok"
	within, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	verdict, trouble := t.try(within)
	if trouble != nil {
		result, verdict = "failed", trouble.Error()
	}
	_, err = fmt.Fprintf(out, "%-10s  %-6s  %s\n", t.name, result, oneLine(verdict))
	if err != nil || t.more == nil {
		return trouble == nil, err
	}
	within, cancel = context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return trouble == nil, t.more(within, out)
}

// tryHypervisor asks the hypervisor for itself and its virtual machines.
func tryHypervisor(ctx context.Context, c config.Hypervisor) (string, error) {
	h, err := openHypervisor(c, zap.NewNop())
	if err != nil {
		return "", err
	}
	defer h.close()
	host, err := h.source.Host(ctx)
	if err != nil {
		return "", err
	}
	vms, err := h.source.States(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %s %s with %s", h.uri, host.Software, host.Version, plural(len(vms), "virtual machine")), nil
}

// tryMaster connects to the master, and says nothing to it.
func tryMaster(ctx context.Context, address string) (string, error) {
	network, addr, err := agentx.ParseAddress(address)
	if err != nil {
		return "", err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil {
		conn.Close()
		return address + ": connected", nil
	}
	if network != "unix" {
		return "", err
	}
	return "", noMaster(addr, err)
}

// noMaster returns err, which came of connecting to the socket at addr, with what to do about it.
func noMaster(addr string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w (see agentXPerms in snmpd.conf)", daemon.Denied(addr, fs.ErrPermission))
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w (is snmpd running, and has snmpd.conf \"master agentx\" and this agentXSocket?)", err)
	}
	return err
}

// tryControl asks a running vmond how it fares. That there is none is no failure.
func tryControl(ctx context.Context, c config.Control) (string, error) {
	if err := tryGroup(c.Group); err != nil {
		return "", err
	}
	path := c.Path
	client := control.NewClient(path)
	defer client.Close()
	h, err := client.Health(ctx)
	if errors.Is(err, control.ErrNotRunning) {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
			return "", fmt.Errorf("%s: is in the way, it is not a socket", path)
		}
		if _, err := tryDir(filepath.Dir(path), runtimeDir()); err != nil {
			return "", err
		}
		return path + ": no vmond is running", nil
	}
	if err != nil {
		return "", err
	}
	verdict := fmt.Sprintf("%s: vmond %s has been running for %s, %s", path, h.Version, span(h.Uptime), statusLine(h))
	if trouble := unreadable(h.Hypervisor); trouble != "" {
		verdict += "; " + trouble
	}
	return verdict, nil
}
