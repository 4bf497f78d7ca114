package config

import (
	"math"
	"time"
)

// The ranges.
const (
	minInterval    = time.Second
	maxStates      = 10 * time.Minute
	maxStatistics  = time.Hour
	minDefinitions = 10 * time.Second
	maxDefinitions = 24 * time.Hour
	// maxProcessorBase leaves room for 65,536 CPUs after it in an Integer32.
	maxProcessorBase = math.MaxInt32 - math.MaxUint16
	maxPriority      = math.MaxUint8
)

// keys returns all that a file may say, in the order of reference.toml.
func keys() []key {
	return []key{
		text("hypervisor.uri", func(c *Config) *string { return &c.Hypervisor.URI }, parseURI, same),
		span("hypervisor.states", func(c *Config) *time.Duration { return &c.Hypervisor.States }, minInterval, maxStates),
		span("hypervisor.statistics", func(c *Config) *time.Duration { return &c.Hypervisor.Statistics }, minInterval, maxStatistics),
		span("hypervisor.definitions", func(c *Config) *time.Duration { return &c.Hypervisor.Definitions }, minDefinitions, maxDefinitions),
		number("hypervisor.processor_base", func(c *Config) *int32 { return &c.Hypervisor.ProcessorBase }, 1, maxProcessorBase),
		text("hypervisor.object_id", func(c *Config) *[]uint32 { return &c.Hypervisor.ObjectID }, parseObjectID, formatObjectID),

		text("agentx.address", func(c *Config) *string { return &c.AgentX.Address }, parseAddress, same),
		number("agentx.priority", func(c *Config) *uint8 { return &c.AgentX.Priority }, 1, maxPriority),
		text("agentx.context", func(c *Config) *string { return &c.AgentX.Context }, parseContext, same),

		text("state.dir", func(c *Config) *string { return &c.State.Dir }, parsePath, same),

		text("control.path", func(c *Config) *string { return &c.Control.Path }, parseSocket, same),
		text("control.group", func(c *Config) *string { return &c.Control.Group }, parseGroup, same),

		text("log.level", func(c *Config) *level { return &c.Log.Level }, parseLevel, level.String),
		text("log.format", func(c *Config) *Format { return &c.Log.Format }, parseFormat, Format.String),
	}
}
