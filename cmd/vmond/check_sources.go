package main

import (
	"context"
	"fmt"
	"io"

	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve"
)

// An inspector is a hypervisor that is read from several places, some of which may be absent or closed to us.
type inspector interface {
	Inspect(ctx context.Context) ([]bhyve.Finding, error)
}

// writeFindings writes a line about what was found in each place, or why nothing was, and one about each thing that it
// lacks. Scripts may look for them: a place, found, none or lacks, and a text for people.
func writeFindings(out io.Writer, findings []bhyve.Finding) error {
	for _, f := range findings {
		if err := writeFacts(out, f.Source, "found", f.Found); err != nil {
			return err
		}
		if err := writeFacts(out, f.Source, "none", f.None); err != nil {
			return err
		}
		if err := writeFacts(out, f.Source, "lacks", f.Lacks...); err != nil {
			return err
		}
	}
	return nil
}

// writeFacts writes a line for each of the texts that is not empty.
func writeFacts(out io.Writer, source, word string, texts ...string) error {
	for _, text := range texts {
		if text == "" {
			continue
		}
		if err := writeFinding(out, source, word, text); err != nil {
			return err
		}
	}
	return nil
}

func writeFinding(out io.Writer, source, word, text string) error {
	_, err := fmt.Fprintf(out, "  %-10s  %-6s  %s\n", printable(source), word, oneLine(text))
	return err
}

// checkSources writes which places a hypervisor is read from, if it is read from several. Where libvirt was found by itself, it
// writes what else is on this machine.
func checkSources(ctx context.Context, out io.Writer, c config.Hypervisor) error {
	h, err := openHypervisor(c, zap.NewNop())
	if err != nil {
		return nil // which is told already
	}
	defer h.close()
	if i, ok := original(h.source).(inspector); ok {
		findings, err := i.Inspect(ctx)
		if err != nil {
			return writeFinding(out, "sources", "failed", err.Error())
		}
		return writeFindings(out, findings)
	}
	if c.URI != config.Auto || !bhyve.Present() {
		return nil
	}
	others, err := bhyve.New(nativeBhyve, zap.NewNop())
	if err != nil {
		return writeFinding(out, nativeBhyve, "failed", err.Error())
	}
	defer others.Close()
	return writeStrangers(ctx, out, others)
}

// writeStrangers writes that bhyve has virtual machines that libvirt has not, if it has any.
func writeStrangers(ctx context.Context, out io.Writer, others hv.Source) error {
	vms, err := others.States(ctx)
	if err != nil {
		return writeFinding(out, nativeBhyve, "failed", err.Error())
	}
	if len(vms) == 0 {
		return nil
	}
	return writeFinding(out, nativeBhyve, "others", fmt.Sprintf(
		"%s not libvirt's, such as %q: hypervisor.uri = %q serves those, and not libvirt's", isOrAre(len(vms)), vms[0].Name, nativeBhyve))
}

// isOrAre returns "1 virtual machine is" or "3 virtual machines are".
func isOrAre(n int) string {
	if n == 1 {
		return plural(n, "virtual machine") + " is"
	}
	return plural(n, "virtual machine") + " are"
}

// original returns a source under its own name.
func original(src hv.Source) hv.Source {
	if r, ok := src.(interface{ original() hv.Source }); ok {
		return r.original()
	}
	return src
}
