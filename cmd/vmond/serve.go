package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/daemon"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib/vmmib"
)

const (
	// stateFile is the name of the store in the state directory, stateMode that of the directory if it is made.
	stateFile = "vmond.db"
	stateMode = 0o750
	// signalBacklog is how many signals may wait.
	signalBacklog = 8
)

func newServe() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Read the hypervisor and serve VM-MIB below snmpd",
		Long: "Read the hypervisor and serve VM-MIB below snmpd, until TERM or INT.\n\n" +
			"vmond starts in any order: it goes on trying while the hypervisor or snmpd is not there. Only where it is to find a\n" +
			"hypervisor itself (\"auto\") and there is none yet, it exits with an error, and whoever started it has to try again,\n" +
			"as systemd and daemon(8) do. HUP has it read its configuration again. A flag goes before the configuration file.",
		Args: noArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), loader{cmd, file}, cmd.ErrOrStderr())
		}),
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (default "+config.DefaultFile()+")")
	addSettings(cmd, settingsOfServe()...)
	return cmd
}

// serve runs the daemon until a signal ends it.
func serve(ctx context.Context, from loader, stderr io.Writer) error {
	began := time.Now()
	saveMemory()
	tightenUmask()
	outliveReader()
	c, err := from.load()
	if err != nil {
		return err
	}
	level := zap.NewAtomicLevelAt(c.Log.Level)
	log, flush := newLogger(stderr, level, c.Log.Format)
	defer flush()
	err = serveWith(ctx, began, c, from, level, log)
	if err != nil && c.Log.Format != config.Console {
		// Whoever reads the log by a program would stumble over a line of another kind.
		log.Error("failed", zap.Error(err))
		return workError{error: err, logged: true}
	}
	return err
}

// tightenUmask keeps others from writing to what vmond makes, and from connecting to its socket before that is given to
// its group, whatever vmond was started with.
func tightenUmask() {
	const othersWrite = 0o022
	syscall.Umask(syscall.Umask(othersWrite) | othersWrite)
}

// serveWith is serve once there is a configuration and a log.
func serveWith(
	ctx context.Context, began time.Time, c config.Config, from loader, level zap.AtomicLevel, log *zap.Logger,
) error {
	// First of all: a HUP that comes while the rest is opened is not to kill.
	signals := make(chan os.Signal, signalBacklog)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	h, err := openHypervisor(c.Hypervisor, log)
	if err != nil {
		return from.locate(err)
	}
	defer h.close()
	store, err := openStore(c.State.Dir, log.Named("collector"))
	if err != nil {
		return err
	}
	defer store.Close()

	coll := collector.New(h.source, store, intervals(c), log.Named("collector"))
	k := newCourier(c.Notifications, log.Named("notifications"))
	view := vmmib.New(coll.Latest, vmmib.Options{
		ProcessorBase: c.Hypervisor.ProcessorBase, Switches: k.notifications.Switches(), Look: coll.Look,
	})
	keeper := librenms.NewKeeper(coll, monitorName(h.uri), keeping(c), log.Named("librenms"))
	var e *exhibit
	opened := func() { k.notifications.Reset(); e.meet() }
	sub, err := agentx.New(master(c, opened), view.Tree, log.Named("agentx"))
	if err != nil {
		return usageError{err}
	}
	k.master = sub
	e = newExhibit(sub, keeper.Tree, c.LibreNMS.AgentX, log.Named("librenms"))
	coll.Follow(k.follow)
	f := face{began: began, uri: h.uri, collector: coll, subagent: sub, courier: k, keeper: keeper, exhibit: e}
	door := control.New(c.Control.Path, c.Control.Group, f, log.Named("control"))
	if err := door.Listen(); err != nil {
		return err
	}

	r := reloader{from: from, now: c, level: level, collector: coll, courier: k, keeper: keeper, exhibit: e, log: log}
	greet(log, c, h.uri)
	for _, concern := range from.concerns(os.Geteuid(), c) {
		worry(log, concern)
	}
	// They end in this order: what happened is told before the master is left.
	return daemon.Serve(ctx, daemon.Options{
		Signals: signals,
		Reload:  r.reload,
		Status:  f.status,
		Manager: daemon.Systemd{Log: log},
		Log:     log,
	}, coll, k.notifications, keeper, e, subagent{sub}, door)
}

// newLogger returns the logger on stderr.
func newLogger(stderr io.Writer, level zap.AtomicLevel, format config.Format) (*zap.Logger, func()) {
	f, ok := stderr.(*os.File)
	plain := ok && daemon.UnderJournal(f, os.Getenv("JOURNAL_STREAM"))
	return daemon.NewLogger(zapcore.AddSync(stderr), level, format, plain)
}

// openStore opens the store, and makes its directory if need be.
func openStore(dir string, log *zap.Logger) (*collector.Store, error) {
	if err := os.MkdirAll(dir, stateMode); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	store, err := collector.OpenStore(filepath.Join(dir, stateFile), log)
	if errors.Is(err, collector.ErrStoreInUse) {
		return nil, fmt.Errorf("state directory %q is in use by another vmond", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("state directory %q: %w", dir, err)
	}
	return store, nil
}

// intervals returns the collector's part of the configuration.
func intervals(c config.Config) collector.Intervals {
	return collector.Intervals{
		States:      c.Hypervisor.States,
		Statistics:  c.Hypervisor.Statistics,
		Definitions: c.Hypervisor.Definitions,

		StatisticsUnread: c.Hypervisor.StatisticsUnread,
		Attention:        c.Hypervisor.Attention,
		Surveys:          c.Hypervisor.Surveys,
	}
}

// freshStates is how old the states in the document may be while somebody looks at it, however seldom statistics are read.
const freshStates = time.Minute

// keeping returns the part of the configuration that is for the document of LibreNMS.
func keeping(c config.Config) librenms.Options {
	return librenms.Options{
		Every:     min(c.Hypervisor.Statistics, freshStates),
		Unread:    c.Hypervisor.StatisticsUnread,
		Attention: c.Hypervisor.Attention,
		Limits:    limits(c.Hypervisor),
		File:      c.LibreNMS.File,
	}
}

// master returns the subagent's part of the configuration. Opened is called for each session.
func master(c config.Config, opened func()) agentx.Config {
	return agentx.Config{
		Address:     c.AgentX.Address,
		Description: "vmond " + version(),
		Subtree:     vmmib.Root(),
		Priority:    c.AgentX.Priority,
		Context:     c.AgentX.Context,
		Queue:       int(c.Notifications.Queue),
		Opened:      opened,
		Poll:        c.AgentX.Poll,
	}
}

// greet logs the beginning.
func greet(log *zap.Logger, c config.Config, uri string) {
	log.Info("starting", zap.String("version", version()), zap.String("hypervisor", uri),
		zap.String("master", c.AgentX.Address), zap.String("state", c.State.Dir), zap.String("control", c.Control.Path))
}

// worry logs a concern.
func worry(log *zap.Logger, c concern) {
	if c.file != "" {
		log = log.With(zap.String("file", c.file))
	}
	log.Warn(c.text)
}

// A subagent is the agentx.Subagent as a task. It is ready from the start: the master may come much later.
type subagent struct {
	*agentx.Subagent
}

// String names the task.
func (subagent) String() string { return "agentx" }

// Ready returns a closed channel.
func (subagent) Ready() <-chan struct{} { return atOnce() }
