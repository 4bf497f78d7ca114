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
	minSurveys     = 10 * time.Second
	maxSurveys     = 24 * time.Hour
	maxUnread      = 24 * time.Hour
	maxAttention   = 24 * time.Hour
	maxPoll        = time.Millisecond
	// maxProcessorBase leaves room for 65,536 CPUs after it in an Integer32.
	maxProcessorBase = math.MaxInt32 - math.MaxUint16
	maxPriority      = math.MaxUint8
	minWindow        = 100 * time.Millisecond
	maxWindow        = time.Minute
	// minMessageSize is what every SNMP entity takes (snmpEngineMaxMessageSize, RFC 3411), maxMessageSize the payload of
	// the largest UDP datagram over IPv4.
	minMessageSize = 484
	maxMessageSize = 65507
	// maxIndex is the highest vmIndex that a message of maxMessageSize has room for: it needs 348 octets for other things,
	// and has a bit for each index in the rest.
	maxIndex = 8 * (maxMessageSize - 348)
	// maxQueue keeps those of one virtual machine each within some 50 MB.
	maxQueue = 100_000
)

// keys returns all that a file may say, in the order of reference.toml.
func keys() []key {
	return []key{
		text("hypervisor.uri", func(c *Config) *string { return &c.Hypervisor.URI }, parseURI, same),
		span("hypervisor.states", func(c *Config) *time.Duration { return &c.Hypervisor.States }, minInterval, maxStates),
		span("hypervisor.statistics", func(c *Config) *time.Duration { return &c.Hypervisor.Statistics },
			minInterval, maxStatistics),
		span("hypervisor.statistics_unread", func(c *Config) *time.Duration { return &c.Hypervisor.StatisticsUnread },
			minInterval, maxUnread),
		span("hypervisor.attention", func(c *Config) *time.Duration { return &c.Hypervisor.Attention },
			minInterval, maxAttention),
		span("hypervisor.definitions", func(c *Config) *time.Duration { return &c.Hypervisor.Definitions },
			minDefinitions, maxDefinitions),
		span("hypervisor.surveys", func(c *Config) *time.Duration { return &c.Hypervisor.Surveys }, minSurveys, maxSurveys),
		number("hypervisor.processor_base", func(c *Config) *int32 { return &c.Hypervisor.ProcessorBase },
			1, maxProcessorBase),
		text("hypervisor.object_id", func(c *Config) *[]uint32 { return &c.Hypervisor.ObjectID },
			parseObjectID, formatObjectID),

		text("agentx.address", func(c *Config) *string { return &c.AgentX.Address }, parseAddress, same),
		number("agentx.priority", func(c *Config) *uint8 { return &c.AgentX.Priority }, 1, maxPriority),
		text("agentx.context", func(c *Config) *string { return &c.AgentX.Context }, parseContext, same),
		span("agentx.poll", func(c *Config) *time.Duration { return &c.AgentX.Poll }, 0, maxPoll),

		boolean("notifications.per_vm", func(c *Config) *bool { return &c.Notifications.PerVM }),
		boolean("notifications.bulk", func(c *Config) *bool { return &c.Notifications.Bulk }),
		span("notifications.window", func(c *Config) *time.Duration { return &c.Notifications.Window }, minWindow, maxWindow),
		boolean("notifications.missed", func(c *Config) *bool { return &c.Notifications.Missed }),
		number("notifications.message_size", func(c *Config) *int32 { return &c.Notifications.MessageSize },
			minMessageSize, maxMessageSize),
		number("notifications.max_index", func(c *Config) *int32 { return &c.Notifications.MaxIndex }, 1, maxIndex),
		number("notifications.queue", func(c *Config) *int32 { return &c.Notifications.Queue }, 1, maxQueue),

		boolean("librenms.agentx", func(c *Config) *bool { return &c.LibreNMS.AgentX }),
		text("librenms.file", func(c *Config) *string { return &c.LibreNMS.File }, parseNoPath, same),

		text("state.dir", func(c *Config) *string { return &c.State.Dir }, parsePath, same),

		text("control.path", func(c *Config) *string { return &c.Control.Path }, parseSocket, same),
		text("control.group", func(c *Config) *string { return &c.Control.Group }, parseGroup, same),

		text("log.level", func(c *Config) *level { return &c.Log.Level }, parseLevel, level.String),
		text("log.format", func(c *Config) *Format { return &c.Log.Format }, parseFormat, Format.String),
	}
}
