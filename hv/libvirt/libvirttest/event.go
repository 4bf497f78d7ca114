package libvirttest

// The events that can be emitted.
const (
	eventLifecycle          = 0
	eventReboot             = 1
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

// Reboot tells all who asked for it that a virtual machine's guest has started anew.
func (s *Server) Reboot(d Domain) {
	s.emit(RebootEvent, eventReboot, func(e *encoder) { e.domain(d) })
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

// A lateEvent is a packet that waits for answers to be sent before it.
type lateEvent struct {
	packet  []byte
	answers int
}

// emit sends an event, or puts it off.
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
		c.tell(lateEvent{packet(p, typeMessage, 0, statusOK, e), s.daemon.Late})
	}
}

// tell sends an event once its answers are sent, and those before it.
func (c *client) tell(e lateEvent) {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.late = append(c.late, e)
	c.writeEvents()
}

// reply sends an answer, and the events that have waited for it, with nothing between them.
func (c *client) reply(b []byte) {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.write(b)
	for i := range c.late {
		c.late[i].answers--
	}
	c.writeEvents()
}

// writeEvents sends the events that wait no more, in their order. c.sending is held.
func (c *client) writeEvents() {
	for len(c.late) > 0 && c.late[0].answers <= 0 {
		c.write(c.late[0].packet)
		c.late = c.late[1:]
	}
}

// Send sends octets to all clients.
func (s *Server) Send(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.tell(lateEvent{packet: b})
	}
}
