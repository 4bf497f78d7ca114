package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/daemon"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/collector"
)

// defaultBase is where HV::Monitor writes its document.
const defaultBase = "/var/cache/hv_monitor.json"

// backends are those that HV::Monitor has.
func backends() []string { return []string{"CBSD", "Libvirt"} }

// A hvMonitor is what the flags of "vmond librenms" say, which are HV::Monitor's.
type hvMonitor struct {
	compress, write, quiet, direct bool
	base, backend                  string
}

func newLibreNMS() *cobra.Command {
	var m hvMonitor
	cmd := &cobra.Command{
		Use:   "librenms",
		Short: "Print the document that LibreNMS reads of its application hv-monitor",
		Long: "Print the document that LibreNMS reads of its application hv-monitor, as HV::Monitor's hv_monitor does, with the same\n" +
			"flags. The running vmond is asked or, with --direct, the hypervisor itself. LibreNMS needs no such\n" +
			"command where vmond serves the document itself, which it does unless librenms.agentx is false.\n\n" +
			"What goes wrong is told in the document: error 1 if there is nobody to ask, and the exit code is 1 then; error 2 if\n" +
			"the hypervisor cannot be read, and the exit code is 0. It is 2 for what cannot be asked for, and 255 for -q without -w.",
		Version: version(),
		Args:    noArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			c, err := loadForUser(cmd)
			if err != nil {
				return m.fail(cmd.OutOrStdout(), err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), showTimeout)
			defer cancel()
			return m.run(ctx, cmd.OutOrStdout(), c)
		}),
	}
	cmd.SetVersionTemplate("{{.Root.Name}} {{.Version}}\n")
	f := cmd.Flags()
	f.BoolVarP(&m.compress, "compress", "c", false, "print it compressed, in base64, as SNMP carries it")
	f.BoolVarP(&m.write, "write", "w", false, "write it into BASE, too, and compressed into BASE.snmp")
	f.BoolVarP(&m.quiet, "quiet", "q", false, "print nothing; needs -w")
	f.StringVarP(&m.base, "output", "o", defaultBase, "the BASE of -w, which it needs")
	f.StringVarP(&m.backend, "backend", "b", "", "CBSD or Libvirt, which changes nothing: vmond knows its hypervisor")
	f.BoolVar(&m.direct, "direct", false, "ask the hypervisor itself")
	f.BoolP("version", "v", false, "print the version")
	addSettings(cmd, "control", "hypervisor")
	complete(cmd, "backend", backends())
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if m.quiet && !m.write {
			return diedError{errors.New("-q must be used with -w")}
		}
		if cmd.Flags().Changed("output") && !m.write {
			return errors.New("-o goes with -w only: nothing is written without")
		}
		if m.base == "" {
			return errors.New("-o needs the path of a file")
		}
		return oneSource(cmd, m.direct)
	}
	return cmd
}

// run gives the document to whom the flags name.
func (m hvMonitor) run(ctx context.Context, out io.Writer, c config.Config) error {
	d, err := m.document(ctx, c)
	if err != nil {
		return m.fail(out, err)
	}
	return m.deliver(out, d)
}

// fail tells why there is no document, and returns that. HV::Monitor prints this one plain, whatever it was asked for.
// What is wrong with the arguments or the configuration is told only where files are written: they would go on telling
// of better times.
func (m hvMonitor) fail(out io.Writer, failure error) error {
	if exitCode(workError{error: failure}) == exitUsage && !m.write {
		return failure
	}
	m.compress = false
	text := plainly("load failed... " + failure.Error())
	return errors.Join(failure, m.deliver(out, librenms.Failed(librenms.CodeLoad, "", text)))
}

// document returns what there is to tell. An error says that there was nobody to ask.
func (m hvMonitor) document(ctx context.Context, c config.Config) (*librenms.Document, error) {
	if m.backend != "" && !slices.Contains(backends(), m.backend) {
		return nil, fmt.Errorf("there is no backend %q, only %s", m.backend, strings.Join(backends(), " and "))
	}
	if m.direct {
		return documentDirect(ctx, c)
	}
	return documentRunning(ctx, c)
}

// documentRunning asks the running vmond.
func documentRunning(ctx context.Context, c config.Config) (*librenms.Document, error) {
	s, h, err := askRunning(ctx, c)
	if err != nil {
		return nil, err
	}
	l := limits(c.Hypervisor)
	if why := untellable(h.Hypervisor, l.States); why != "" {
		return librenms.Failed(librenms.CodeRun, monitorName(h.Hypervisor.URI), plainly(why)), nil
	}
	return librenms.New(s, librenms.Limits{Statistics: l.Statistics}), nil
}

// documentDirect asks the hypervisor.
func documentDirect(ctx context.Context, c config.Config) (*librenms.Document, error) {
	h, err := openHypervisor(c.Hypervisor, zap.NewNop())
	if err != nil {
		return nil, err
	}
	defer h.close()
	s, err := collector.OnceCloser(ctx, h.source)
	if err != nil {
		return librenms.Failed(librenms.CodeRun, monitorName(h.uri), plainly(err.Error())), nil
	}
	return librenms.New(s, librenms.Limits{}), nil
}

// deliver writes the document to where the flags say.
func (m hvMonitor) deliver(out io.Writer, d *librenms.Document) error {
	var err error
	if m.write {
		err = librenms.WriteFiles(m.base, d)
	}
	if m.quiet {
		return err
	}
	text := daemon.AppendEscaped(nil, d.JSON())
	if m.compress {
		text = d.Compressed(librenms.MaxCompressed)
	}
	_, printing := out.Write(append(text, '\n'))
	return errors.Join(err, printing)
}

// plainly returns a text that JSON has as it is: of what comes plain, LibreNMS takes the backslashes away.
func plainly(text string) string {
	return strings.NewReplacer(`"`, "'", `\`, "/").Replace(oneLine(text))
}

const (
	// pollInterval is how often LibreNMS asks.
	pollInterval = 5 * time.Minute
	// forgiven is how old states may be without a gap in the graphs: a hypervisor's daemon is away for some seconds when it is
	// started anew.
	forgiven = time.Minute
	// readings is how many in a row have to be missing before what there is counts as old.
	readings = 3
)

// limits returns how old a document may be. Statistics that nobody has looked at may be as old as the last poll.
func limits(c config.Hypervisor) librenms.Limits {
	return librenms.Limits{
		States:     max(forgiven, readings*c.States),
		Statistics: max(2*pollInterval, readings*c.Statistics),
	}
}

// untellable says why what was last read of the hypervisor cannot be told as the present, or nothing if it can: it is
// older than limit, and the next reading failed or is not answered.
func untellable(h control.Hypervisor, limit time.Duration) string {
	trouble := unreadable(h)
	age, ok := h.Age.Get()
	if !ok {
		return neverRead(trouble)
	}
	if age <= limit {
		return ""
	}
	return trouble
}

// monitorName returns the name that HV::Monitor has for the hypervisor of a URI.
func monitorName(uri string) string {
	if isNativeBhyve(uri) {
		return librenms.CBSD
	}
	return librenms.Libvirt
}
