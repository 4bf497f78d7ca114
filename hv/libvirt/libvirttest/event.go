package libvirttest

// The events that can be emitted.
const (
	eventLifecycle          = 0
	eventDeviceAdded        = 19
	eventMigrationIteration = 20
)

// firstCallback is the number of a connection's first callback.
const firstCallback = 1

// register returns the number of the callback for an event.
func (c *client) register(event int32) int32 {
	callback := int32(firstCallback + len(c.events))
	c.events[event] = callback
	return callback
}

// Lifecycle tells all who asked for it about an event in the life of a virtual machine.
func (s *Server) Lifecycle(d Domain, event, detail int32) {
	s.emit(LifecycleEvent, eventLifecycle, func(e *encoder) {
		e.domain(d)
		e.uint32(uint32(event))
		e.uint32(uint32(detail))
	})
}

// DeviceAdded tells all who asked for it that a virtual machine has a new device.
func (s *Server) DeviceAdded(d Domain, alias string) {
	s.emit(DeviceAddedEvent, eventDeviceAdded, func(e *encoder) {
		e.domain(d)
		e.string(alias)
	})
}

// MigrationIteration tells all who asked for it that a virtual machine's memory is being copied.
func (s *Server) MigrationIteration(d Domain, n int32) {
	s.emit(MigrationIterationEvent, eventMigrationIteration, func(e *encoder) {
		e.domain(d)
		e.uint32(uint32(n))
	})
}

// emit sends an event.
func (s *Server) emit(p Proc, event int32, body func(e *encoder)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		callback, ok := c.events[event]
		if !ok {
			continue
		}
		var e encoder
		e.uint32(uint32(callback))
		body(&e)
		c.send(packet(p, typeMessage, 0, statusOK, e))
	}
}
