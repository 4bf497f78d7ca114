package libvirt

import "sync"

// sick are the virtual machines of which something, such as their statistics, did not come in time. They are asked last and one by
// one, so that the others do not wait for them.
type sick struct {
	mu   sync.Mutex
	keys map[string]bool
}

// set notes whether the virtual machine is sick.
func (s *sick) set(key string, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is {
		s.keys[key] = true
		return
	}
	delete(s.keys, key)
}

// split returns those of keys that are well, and those that are sick.
func (s *sick) split(keys []string) (well, ill []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		if s.keys[key] {
			ill = append(ill, key)
			continue
		}
		well = append(well, key)
	}
	return well, ill
}

// keep forgets those that are not there.
func (s *sick) keep(there map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.keys {
		if !there[key] {
			delete(s.keys, key)
		}
	}
}
