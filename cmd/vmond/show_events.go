package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/control"
	"github.com/vmond/vmond/cmd/internal/events"
	"github.com/vmond/vmond/hv"
)

const (
	// eventsName is what shows the events: they are no view of a snapshot.
	eventsName = "events"
	// momentForm is how a moment is written that is compared with others close by.
	momentForm = "2006-01-02 15:04:05.000"
)

// wantsEvents reports whether the arguments of show ask for the events.
func wantsEvents(args []string) bool { return slices.Equal(args, []string{eventsName}) }

// fetchEvents asks the running vmond. The trouble is why there may be no newer ones, if anything.
func fetchEvents(ctx context.Context, c config.Config) (all []events.Event, trouble string, err error) {
	client := control.NewClient(c.Control.Path)
	defer client.Close()
	all, err = client.Events(ctx)
	if errors.Is(err, control.ErrNotRunning) {
		return nil, "", fmt.Errorf(`%w: start "vmond serve", which remembers the events`, err)
	}
	if err != nil {
		return nil, "", err
	}
	h, err := client.Health(ctx)
	return all, unreadable(h.Hypervisor), err
}

// writeEvents writes them in one of the two forms.
func writeEvents(out io.Writer, all []events.Event, form string) error {
	if form == asJSON {
		return writeJSON(out, all)
	}
	return eventsTable(all).write(out)
}

// eventsTable has a line for each event, the oldest first.
func eventsTable(all []events.Event) table {
	columns := append([]column{{"TIME", left}}, ownerColumns()...)
	t := table{columns: append(columns,
		column{"FROM", left}, column{"TO", left}, column{"CAUSE", left}, column{"PER-VM", left}, column{"BULK", left})}
	for _, e := range all {
		row := append([]string{e.At.Local().Format(momentForm)}, owner{e.Index, e.Name}.cells()...)
		t.rows = append(t.rows, append(row,
			cell(e.From, hv.OperState.String), cell(e.To, hv.OperState.String), cause(e), outcome(e.PerVM), outcome(e.Bulk)))
	}
	return t
}

// cause returns how vmond learned of the event, and whether late.
func cause(e events.Event) string {
	if e.Missed {
		return e.Cause + ", missed"
	}
	return e.Cause
}

// outcome returns what became of a notification, or unknown where there is none.
func outcome(f events.Fate) string {
	if f.Outcome == events.Off {
		return unknown
	}
	return f.Outcome.String()
}
