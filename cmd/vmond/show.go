package main

import (
	"bytes"
	"context"
	"encoding/json"
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
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// showTimeout is how long a snapshot may take to come, from vmond or from the hypervisor itself.
const showTimeout = time.Minute

// The forms of the output.
const (
	asTable = "table"
	asJSON  = "json"
)

func newShow() *cobra.Command {
	var form string
	var direct bool
	cmd := &cobra.Command{
		Use:   "show [" + strings.Join(showNames(), "|") + "]",
		Short: "Show what vmond knows",
		Long: "Show what the running vmond knows: the host and its virtual machines, or one table of all of them. The table\n" +
			"events has the last changes of their states, and what became of the notifications that tell them.\n\n" +
			"With --direct, the hypervisor itself is asked once, and no vmond need run. The index of a virtual machine is\n" +
			"then its place in this answer, not its vmIndex. In JSON, sizes are bytes, durations nanoseconds, moments RFC 3339,\n" +
			"and a bound of -1 is none; what is not known is left out.",
		ValidArgs: showNames(),
		Args:      oneView,
		RunE: work(func(cmd *cobra.Command, args []string) error {
			if form != asTable && form != asJSON {
				return usageError{fmt.Errorf("--output must be %q or %q, not %q", asTable, asJSON, form)}
			}
			c, err := loadForUser(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), showTimeout)
			defer cancel()
			if wantsEvents(args) {
				all, trouble, err := fetchEvents(ctx, c)
				if err != nil {
					return err
				}
				warn(cmd.ErrOrStderr(), trouble)
				return writeEvents(cmd.OutOrStdout(), all, form)
			}
			fetch := fetchControl
			if direct {
				fetch = fetchDirect
			}
			s, trouble, err := fetch(ctx, c)
			if err != nil {
				return err
			}
			warn(cmd.ErrOrStderr(), trouble)
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return write(cmd.OutOrStdout(), s, name, form)
		}),
	}
	cmd.Flags().StringVarP(&form, "output", "o", asTable, "table or json")
	cmd.Flags().BoolVar(&direct, "direct", false, "ask the hypervisor itself")
	addSettings(cmd, "control", "hypervisor")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if direct && wantsEvents(args) {
			return errors.New("--direct does not go with events: only the running vmond remembers them")
		}
		return oneSource(cmd, direct)
	}
	complete(cmd, "output", []string{asTable, asJSON})
	return cmd
}

// oneSource makes sure that the flags are of the running vmond, or of the hypervisor itself, but not of both.
func oneSource(cmd *cobra.Command, direct bool) error {
	if cmd.Flags().Changed("hypervisor") && !direct {
		return errors.New("--hypervisor goes with --direct only: the running vmond has its own")
	}
	if cmd.Flags().Changed("control") && direct {
		return errors.New("--control does not go with --direct, which asks no running vmond")
	}
	return nil
}

// oneView makes sure that there is one view at most, and that it is known.
func oneView(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s takes one of its tables at a time, not %d", cmd.CommandPath(), len(args))
	}
	if len(args) == 1 && !slices.Contains(showNames(), args[0]) {
		return fmt.Errorf("%s knows %s, not %q", cmd.CommandPath(), strings.Join(showNames(), ", "), hv.RedactURI(args[0]))
	}
	return nil
}

// warn says what trouble there is, if any, beside what is shown.
func warn(stderr io.Writer, trouble string) {
	if trouble != "" {
		fmt.Fprintf(stderr, "vmond: %s\n", oneLine(trouble))
	}
}

// askRunning asks the running vmond for what it knows, and how it fares.
func askRunning(ctx context.Context, c config.Config) (*collector.Snapshot, control.Health, error) {
	client := control.NewClient(c.Control.Path)
	defer client.Close()
	s, err := client.Snapshot(ctx)
	if errors.Is(err, control.ErrNotRunning) {
		return nil, control.Health{}, fmt.Errorf(`%w: start "vmond serve", or ask the hypervisor itself with --direct`, err)
	}
	if err != nil {
		return nil, control.Health{}, err
	}
	h, err := client.Health(ctx)
	return s, h, err
}

// fetchControl asks the running vmond. The trouble is what a reader of the snapshot has to know of its age, if anything.
func fetchControl(ctx context.Context, c config.Config) (s *collector.Snapshot, trouble string, err error) {
	s, h, err := askRunning(ctx, c)
	if err != nil {
		return nil, "", err
	}
	trouble = unreadable(h.Hypervisor)
	if s.StatesAt.IsZero() {
		return nil, "", errors.New(neverRead(trouble))
	}
	return s, trouble, nil
}

// neverRead says that nothing is known yet, and what the trouble is, if there is any.
func neverRead(trouble string) string {
	const text = "vmond has no complete reading of its hypervisor yet"
	if trouble == "" {
		return text
	}
	return text + ": " + trouble
}

// fetchDirect asks the hypervisor. There is no trouble that is not an error.
func fetchDirect(ctx context.Context, c config.Config) (*collector.Snapshot, string, error) {
	h, err := openHypervisor(c.Hypervisor, zap.NewNop())
	if err != nil {
		return nil, "", err
	}
	defer h.close()
	s, err := collector.Once(ctx, h.source)
	return s, "", err
}

// write writes the view of that name, or all that there is if it is empty. The ages are those of the moment at which vmond
// told them: the clock may have been set since.
func write(out io.Writer, s *collector.Snapshot, name, form string) error {
	now := s.Now()
	if form == asJSON {
		if name == "" {
			return writeJSON(out, s)
		}
		return writeJSON(out, viewOf(name).data(s))
	}
	if name != "" {
		return viewOf(name).table(s, now).write(out)
	}
	if err := hostTable(s, now).write(out); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return vmTable(s, now).write(out)
}

// writeJSON writes v, indented, without anything that a terminal would obey.
func writeJSON(out io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = out.Write(daemon.AppendEscaped(nil, b.Bytes()))
	return err
}
