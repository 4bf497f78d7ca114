package freebsd

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ParseTraffic parses what `netstat -ibn --libxo json` prints (netstat(1)), by the names of the interfaces. Of the rows of an
// interface, one is about its link and has "<Link#N>" for a network: that one counts. One in which a number is missing or
// negative is left out, since a missing one is not none; but for the collisions, without which the others are as good.
func ParseTraffic(text []byte) (map[string]Traffic, error) {
	var report struct {
		Statistics struct {
			Rows []trafficRow `json:"interface"`
		} `json:"statistics"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("netstat: %w", err)
	}
	traffic := newUnique[Traffic]()
	for _, row := range report.Statistics.Rows {
		if t, ok := row.traffic(); ok && row.Name != "" {
			traffic.add(row.Name, t)
		}
	}
	return traffic.believed(), nil
}

// A trafficRow is a row of netstat(1).
type trafficRow struct {
	Name       string `json:"name"`
	Network    string `json:"network"`
	InPackets  figure `json:"received-packets"`
	InErrors   figure `json:"received-errors"`
	InDrops    figure `json:"dropped-packets"`
	InBytes    figure `json:"received-bytes"`
	OutPackets figure `json:"sent-packets"`
	OutErrors  figure `json:"send-errors"`
	OutBytes   figure `json:"sent-bytes"`
	Collisions figure `json:"collisions"`
}

// traffic returns what the row counts, if it is about a link and complete.
func (r trafficRow) traffic() (Traffic, bool) {
	index, ok := parseLink(r.Network)
	for _, f := range []figure{r.InPackets, r.InErrors, r.InDrops, r.InBytes, r.OutPackets, r.OutErrors, r.OutBytes} {
		ok = ok && f.known
	}
	if !ok {
		return Traffic{}, false
	}
	return Traffic{
		Index:     index,
		InPackets: r.InPackets.n, InErrors: r.InErrors.n, InDrops: r.InDrops.n, InBytes: r.InBytes.n,
		OutPackets: r.OutPackets.n, OutErrors: r.OutErrors.n, OutBytes: r.OutBytes.n,
		Collisions: r.Collisions.n, CollisionsTold: r.Collisions.known,
	}, true
}

// parseLink returns the N of "<Link#N>", which is the index of an interface.
func parseLink(network string) (int, bool) {
	inner, ok := strings.CutPrefix(network, "<Link#")
	digits, closed := strings.CutSuffix(inner, ">")
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && closed && err == nil && n > 0
}
