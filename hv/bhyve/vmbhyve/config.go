package vmbhyve

import (
	"fmt"
	"path"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A confSeen is a NAME.conf as it was last read.
type confSeen struct {
	of     stamp
	config Config
}

// Config reads what defines a virtual machine that Guests returned. A definition that is being written is not taken: the one
// before it goes on, or if none is known the new one without its last line.
func (r *Reader) Config(g Guest) (Config, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	config, err := r.config(g)
	if err != nil {
		return Config{}, fmt.Errorf("failed to read the definition of virtual machine %q of datastore %q: %w", g.Name, g.Datastore.Name, err)
	}
	return config, nil
}

// config is Config without the lock.
func (r *Reader) config(g Guest) (Config, error) {
	root, err := r.system.Stat(g.Datastore.Path)
	if err != nil {
		return Config{}, err
	}
	name := path.Join(g.Dir, g.Name+confSuffix)
	stat, err := r.inside(root.Path, name)
	if err != nil {
		return Config{}, err
	}
	s := r.seen[g.Dir]
	if s == nil {
		s = &seen{guest: g}
		r.seen[g.Dir] = s
	}
	return r.readConf(&s.conf, name, stat)
}

// readConf reads a definition, if it was written since.
func (r *Reader) readConf(last *confSeen, name string, stat freebsd.Stat) (Config, error) {
	now := stampOf(stat)
	if last.of == now && now != (stamp{}) {
		return last.config, nil
	}
	text, err := r.system.ReadFile(name)
	if err != nil {
		return Config{}, err
	}
	switch {
	case settled(r.system, text, stat):
		*last = confSeen{of: now, config: ParseConf(text).Config()}
		return last.config, nil
	case last.of != (stamp{}):
		return last.config, nil
	case !finished(text):
		text = text[:lastLine(text)]
	}
	return ParseConf(text).Config(), nil
}
