package collector

// Health says how the collector fares.
type Health struct {
	States      ReadingHealth `json:"states"`
	Definitions ReadingHealth `json:"definitions"`
	Statistics  ReadingHealth `json:"statistics"`
	// Surveys are read only while somebody looks closer, if the source is an hv.Surveyor.
	Surveys ReadingHealth `json:"surveys"`
	// Watch is that of the hypervisor's events: a success for each connection, a failure for each that was lost.
	Watch ReadingHealth `json:"watch"`
	// Store is that of the state file.
	Store ReadingHealth `json:"store"`
}

// Health returns how the collector fares. It may be called at any time, from any goroutine.
func (c *Collector) Health() Health {
	return Health{
		States:      c.states.Health(),
		Definitions: c.definitions.Health(),
		Statistics:  c.statistics.Health(),
		Surveys:     c.surveys.Health(),
		Watch:       c.watch.Health(),
		Store:       c.store.Health(),
	}
}
