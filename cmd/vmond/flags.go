package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/vmond/vmond/cmd/internal/config"
)

// A setting is a flag that goes before a key of the configuration file.
type setting struct {
	flag, key, help string
	words           []string // what can be said, for completion
}

// settings returns all that a command may have.
func settings() []setting {
	return []setting{
		{
			"hypervisor", "hypervisor.uri",
			`"auto", or a URI such as qemu:///system, bhyve:///, "bhyve:///?recorded=DIR" or "sim:///?vms=100"`,
			[]string{config.Auto, "qemu:///system", nativeBhyve, "test:///default", "sim:///"},
		},
		{"agentx", "agentx.address", "the master agent, unix:PATH or tcp:HOST:PORT", nil},
		{"state-dir", "state.dir", "the directory that keeps the indices", nil},
		{"control", "control.path", "the socket of the running vmond", nil},
		{"log-level", "log.level", "debug, info, warn or error", []string{"debug", "info", "warn", "error"}},
		{"log-format", "log.format", "console, json or logfmt", []string{"console", "json", "logfmt"}},
	}
}

// settingsOfServe returns the names of all: those of the daemon, and of who checks what it would do with them.
func settingsOfServe() []string {
	var names []string
	for _, s := range settings() {
		names = append(names, s.flag)
	}
	return names
}

// addSettings gives a command the flags of that name.
func addSettings(cmd *cobra.Command, flags ...string) {
	for _, name := range flags {
		for _, s := range settings() {
			if s.flag != name {
				continue
			}
			cmd.Flags().String(s.flag, "", s.help)
			if s.words != nil {
				complete(cmd, s.flag, s.words)
			}
		}
	}
}

// complete has the shell complete the value of a flag.
func complete(cmd *cobra.Command, flag string, words []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("vmond: " + err.Error())
	}
}

// override has the flags that were given go before what the file says.
func override(cmd *cobra.Command, c *config.Config) error {
	for _, s := range settings() {
		f := cmd.Flags().Lookup(s.flag)
		if f == nil || !f.Changed {
			continue
		}
		err := c.Set(s.key, f.Value.String())
		if ce, ok := errors.AsType[*config.Error](err); ok {
			return usageError{fmt.Errorf("--%s %w", s.flag, ce.Err)}
		}
	}
	return nil
}

// A loader reads the configuration that a command is given: a file, and the flags that go before it.
type loader struct {
	cmd  *cobra.Command
	file string // as for config.Load
}

// load returns the configuration. Its error may be about keys that do not go together.
func (l loader) load() (config.Config, error) {
	c, err := config.Load(l.file)
	if err != nil {
		return config.Config{}, err
	}
	if err := override(l.cmd, &c); err != nil {
		return config.Config{}, err
	}
	if err := roomy(c.Notifications); err != nil {
		return config.Config{}, l.locateRoom(usageError{err})
	}
	return c, nil
}

// locateRoom returns err, which is of roomy, with the place in the file of one of the two keys that it is about.
func (l loader) locateRoom(err error) error {
	for _, key := range []string{"notifications.max_index", "notifications.message_size"} {
		located := config.Locate(l.file, key, err)
		if _, ok := errors.AsType[*config.Error](located); ok {
			return located
		}
	}
	return err
}

// locate returns err with its place in the file, if it is about the URI of the hypervisor and that is from the file.
func (l loader) locate(err error) error {
	var ue usageError
	if !errors.As(err, &ue) {
		return err
	}
	if f := l.cmd.Flags().Lookup("hypervisor"); f != nil && f.Changed {
		return err
	}
	return config.Locate(l.file, "hypervisor.uri", err)
}

// loadForUser is a loader's load for a user who may not be allowed to read the daemon's file, and need not be.
func loadForUser(cmd *cobra.Command) (config.Config, error) {
	c, err := config.Load("")
	if errors.Is(err, fs.ErrPermission) {
		c, err = config.Default(), nil
	}
	if err != nil {
		return config.Config{}, err
	}
	err = override(cmd, &c)
	return c, err
}
