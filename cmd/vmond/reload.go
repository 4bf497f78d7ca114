package main

import (
	"slices"

	"go.uber.org/zap"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/collector"
)

// A reloader reads the configuration again while the daemon runs.
type reloader struct {
	from      loader
	now       config.Config // what is in effect
	level     zap.AtomicLevel
	collector *collector.Collector
	courier   *courier
	keeper    *librenms.Keeper
	exhibit   *exhibit
	log       *zap.Logger
	count     int // so far
}

// live are the keys that change at run time.
func live() []string {
	return []string{
		"hypervisor.states", "hypervisor.statistics", "hypervisor.definitions",
		"hypervisor.statistics_unread", "hypervisor.attention", "hypervisor.surveys", "log.level",
		"notifications.per_vm", "notifications.bulk", "notifications.window", "notifications.missed",
		"notifications.message_size", "notifications.max_index", "librenms.agentx", "librenms.file",
	}
}

// reload reads the configuration and lets what can change at run time change. The log names what cannot. If the new
// configuration is bad, the old one stays in effect.
func (r *reloader) reload() {
	// The count makes each line another: whoever sends a HUP is not to wait for the answer because it is the one of before.
	r.count++
	log := r.log.With(zap.Int("reload", r.count))
	next, err := r.from.load()
	if err == nil && next.Hypervisor.URI != r.now.Hypervisor.URI {
		err = r.from.locate(understood(next.Hypervisor))
	}
	if err != nil {
		log.Error("configuration is bad, the old one stays in effect", zap.Error(err))
		return
	}
	var changed, waiting []string
	for _, key := range config.Changed(&r.now, &next) {
		if slices.Contains(live(), key) {
			changed = append(changed, key)
			continue
		}
		waiting = append(waiting, key)
	}
	r.now.Log.Level = next.Log.Level
	r.now.Hypervisor.States = next.Hypervisor.States
	r.now.Hypervisor.Statistics = next.Hypervisor.Statistics
	r.now.Hypervisor.Definitions = next.Hypervisor.Definitions
	r.now.Hypervisor.StatisticsUnread = next.Hypervisor.StatisticsUnread
	r.now.Hypervisor.Attention = next.Hypervisor.Attention
	r.now.Hypervisor.Surveys = next.Hypervisor.Surveys
	r.now.LibreNMS = next.LibreNMS
	queue := r.now.Notifications.Queue
	r.now.Notifications = next.Notifications
	r.now.Notifications.Queue = queue
	r.level.SetLevel(r.now.Log.Level)
	r.collector.SetIntervals(intervals(r.now))
	r.courier.notifications.Configure(notificationOptions(r.now.Notifications))
	r.keeper.Configure(keeping(r.now))
	r.exhibit.configure(r.now.LibreNMS.AgentX)
	log.Info("configuration read again", zap.Strings("changed", changed))
	if len(waiting) > 0 {
		log.Warn("some of the configuration waits for a restart", zap.Strings("keys", waiting))
	}
}
