package config

import (
	"runtime"
	"time"

	"go.uber.org/zap/zapcore"
)

// Config is what vmond serve works with. Make one with [Default], [Parse] or [Load].
type Config struct {
	Hypervisor    Hypervisor
	AgentX        AgentX
	Notifications Notifications
	LibreNMS      LibreNMS
	State         State
	Control       Control
	Log           Log
}

// Hypervisor says what is read, and how often.
type Hypervisor struct {
	// URI is [Auto] or names the hypervisor, such as "qemu:///system" or "sim:///?vms=10".
	URI string
	// States, Statistics and Definitions are the times from one reading to the next.
	States, Statistics, Definitions time.Duration
	// StatisticsUnread is that of the statistics while nobody has looked at them for as long as Attention.
	StatisticsUnread, Attention time.Duration
	// Surveys is the time from one reading to the next of what only LibreNMS is told, while somebody looks at that.
	Surveys time.Duration
	// ProcessorBase is the hrDeviceIndex that the host's snmpd gives to physical CPU 0.
	ProcessorBase int32
	// ObjectID is served as vmHvObjectID. It is nil to serve what the hypervisor's driver tells.
	ObjectID []uint32
}

// AgentX says where the master agent is and how to register with it.
type AgentX struct {
	// Address is "unix:" and an absolute path, or "tcp:" and a host and a port.
	Address string
	// Priority is that of the registration, from 1 to 255; the lowest wins (RFC 2741, section 6.2.3).
	Priority uint8
	// Context is the SNMPv3 context to serve in. It is empty for the default one.
	Context string
	// Poll is how long at most the master's next request is awaited awake after an answer. With 0 the master is not followed to
	// its CPU either.
	Poll time.Duration
}

// Notifications says what the managers are told without asking.
type Notifications struct {
	// PerVM and Bulk are the values that the two switches of VM-MIB start with. A SET changes a switch, not these.
	PerVM, Bulk bool
	// Window is how long the changes of one kind are gathered for one bulk notification.
	Window time.Duration
	// Missed says that what changed while vmond did not look is told, too.
	Missed bool
	// MessageSize is how many octets the largest SNMP message may have that all managers and the way to them take.
	MessageSize int32
	// MaxIndex is the highest vmIndex that a bulk notification must have room for. Whether it does is not checked here:
	// that takes one who knows VM-MIB.
	MaxIndex int32
	// Queue is how many notifications may wait for the master.
	Queue int32
}

// LibreNMS says how the document of LibreNMS' application hv-monitor gets there.
type LibreNMS struct {
	// AgentX says that the document is served below NET-SNMP-EXTEND-MIB.
	AgentX bool
	// File is the path of the file that has the document, and beside which another has it compressed. It is empty for none.
	File string
}

// State says where vmond remembers what has to outlive it.
type State struct {
	Dir string
}

// Control says where vmond show finds the running vmond.
type Control struct {
	Path string
	// Group owns the socket. It is empty for the group that vmond runs as.
	Group string
}

// Log says what is logged, and in which form.
type Log struct {
	Level  zapcore.Level
	Format Format
}

// Format is a form of the log.
type Format string

// The forms of the log: for people, for machines, and for both.
const (
	Console Format = "console"
	JSON    Format = "json"
	Logfmt  Format = "logfmt"
)

// Auto is the URI that stands for the hypervisor of this machine, whatever it is.
const Auto = "auto"

// The defaults.
const (
	defaultStates      = 5 * time.Second
	defaultStatistics  = 15 * time.Second
	defaultDefinitions = 2 * time.Minute
	defaultSurveys     = 5 * time.Minute
	// defaultAttention outlasts the 5 minutes from one poll of a manager to the next, and one that went amiss.
	defaultStatisticsUnread = 5 * time.Minute
	defaultAttention        = 15 * time.Minute
	// defaultProcessorBase is net-snmp's: device type 3 in the upper half (hrDeviceProcessor), the CPU in the lower.
	defaultProcessorBase = 3 << 16
	defaultAddress       = "unix:/var/agentx/master"
	defaultPriority      = 127
	defaultPoll          = 50 * time.Microsecond
	defaultWindow        = 2 * time.Second
	// defaultMessageSize is the most that UDP over IPv4 carries.
	defaultMessageSize = maxMessageSize
	defaultMaxIndex    = 100_000
	defaultQueue       = 10_000
)

// Default returns the configuration of an empty file.
func Default() Config { return defaultOn(runtime.GOOS) }

// defaultOn is Default for an operating system.
func defaultOn(goos string) Config {
	there := placesOn(goos)
	return Config{
		Hypervisor: Hypervisor{
			URI:           Auto,
			States:        defaultStates,
			Statistics:    defaultStatistics,
			Definitions:   defaultDefinitions,
			ProcessorBase: defaultProcessorBase,

			StatisticsUnread: defaultStatisticsUnread,
			Attention:        defaultAttention,
			Surveys:          defaultSurveys,
		},
		AgentX: AgentX{Address: defaultAddress, Priority: defaultPriority, Poll: defaultPoll},
		Notifications: Notifications{
			Window:      defaultWindow,
			Missed:      true,
			MessageSize: defaultMessageSize,
			MaxIndex:    defaultMaxIndex,
			Queue:       defaultQueue,
		},
		LibreNMS: LibreNMS{AgentX: true},
		State:    State{Dir: there.state},
		Control:  Control{Path: there.control},
		Log:      Log{Level: zapcore.InfoLevel, Format: Console},
	}
}
