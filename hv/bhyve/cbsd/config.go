package cbsd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A configured is what was last read of how a virtual machine is configured.
type configured struct {
	of stamp
	// data is where its disks were.
	data   string
	config Config
}

// A stamp tells whether a database was written since. What was written last is in a file beside it for a while.
type stamp struct {
	size, ahead         int64
	modified, aheadTime time.Time
}

// ahead is what a database's name has behind it for the file of what was written last (SQLite, write-ahead log).
const ahead = "-wal"

// ErrOdd is the error if a virtual machine's tables were read, and some disks or network interfaces make no sense.
var ErrOdd = errors.New("rows were left out")

// Config reads how a virtual machine is configured that Guests returned. With an error it is what is known
// nevertheless: with ErrOdd all but these rows, and without its tables what bls said of it, and no disks and network
// interfaces.
func (r *Reader) Config(ctx context.Context, g Guest) (Config, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.stamp(g)
	if err == nil {
		if c, ok := r.configs[g.Dir]; ok && c.of == now && c.data == g.Data {
			return c.config.clone(), nil
		}
	}
	config, err := r.config(ctx, g)
	if err != nil {
		delete(r.configs, g.Dir)
		return config, fmt.Errorf("failed to read how virtual machine %q of CBSD is configured: %w", g.Name, err)
	}
	r.configs[g.Dir] = configured{of: now, data: g.Data, config: config}
	return config.clone(), nil
}

// clone returns a copy that shares nothing.
func (c Config) clone() Config {
	c.Disks, c.NICs = slices.Clone(c.Disks), slices.Clone(c.NICs)
	return c
}

// stamp returns the stamp of a virtual machine's tables.
func (r *Reader) stamp(g Guest) (stamp, error) {
	stat, err := r.system.Stat(g.tables())
	if err != nil {
		return stamp{}, err
	}
	s := stamp{size: stat.Size, modified: stat.Modified.UTC()}
	if wal, err := r.system.Stat(g.tables() + ahead); err == nil {
		s.ahead, s.aheadTime = wal.Size, wal.Modified.UTC()
	}
	return s, nil
}

// config asks for all three tables.
func (r *Reader) config(ctx context.Context, g Guest) (Config, error) {
	if !quotable(g.Name) {
		return Config{}, errors.New("its name cannot be used")
	}
	var config Config
	if g.Row != nil {
		config = g.Row.clone()
	}
	settings, err := r.ask(ctx, querySettings(g), g.tables(), count(settingColumns))
	if len(settings) > 0 {
		config = parseSettings(settings[0])
	}
	errs, whole := []error{err}, err == nil
	rows, err := r.ask(ctx, queryDisks(g), g.tables(), count(diskColumns))
	whole = whole && rows != nil
	disks, odd := parseDisks(rows, g.Data)
	config.Disks = disks
	errs = append(errs, err, odd)
	rows, err = r.ask(ctx, queryNICs(g), g.tables(), count(nicColumns))
	whole = whole && rows != nil
	nics, odd := parseNICs(rows)
	slices.SortStableFunc(nics, func(a, b NIC) int { return cmp.Compare(a.Order, b.Order) })
	config.NICs = nics
	if err = errors.Join(append(errs, err, odd)...); err != nil && whole {
		err = fmt.Errorf("%w: %w", ErrOdd, err)
	}
	return config, err
}
