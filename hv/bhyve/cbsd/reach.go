package cbsd

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Reach is how a virtual machine is reached, as far as CBSD was told or has chosen. What is not known of it is zero.
type Reach struct {
	// Addresses are those of the guest that somebody has set, the first first. One that DHCP gives is not among them.
	Addresses []netip.Addr
	// VNC is where its frame buffer is reached while it runs, such as "127.0.0.1:5901".
	VNC string
}

// A reached is what was last read of how a virtual machine is reached.
type reached struct {
	of    stamp
	reach Reach
}

// Reach reads how a virtual machine is reached that Guests returned.
func (r *Reader) Reach(ctx context.Context, g Guest) (Reach, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.stamp(g)
	if err != nil {
		return Reach{}, fmt.Errorf("failed to read how virtual machine %q of CBSD is reached: %w", g.Name, err)
	}
	if last, ok := r.reaches[g.Dir]; ok && last.of == now {
		return last.reach, nil
	}
	rows, err := r.ask(ctx, queryReach(g), g.tables(), count(reachColumns))
	if err != nil {
		return Reach{}, fmt.Errorf("failed to read how virtual machine %q of CBSD is reached: %w", g.Name, err)
	}
	var reach Reach
	if len(rows) > 0 {
		reach = parseReach(rows[0])
	}
	r.reaches[g.Dir] = reached{of: now, reach: reach}
	return reach, nil
}

// parseReach reads one row of reachColumns.
func parseReach(row []string) Reach {
	reach := Reach{Addresses: parseAddresses(row[0])}
	bind, port, frameBuffer := valued(row[1]), row[2], row[3]
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || frameBuffer == none {
		return reach
	}
	if strings.Contains(bind, ":") {
		bind = "[" + bind + "]"
	}
	reach.VNC = bind + ":" + port
	return reach
}

// parseAddresses reads a list of addresses with commas between them, each with or without the length of its prefix. What is
// no address is left out, such as "DHCP" or "REALDHCP" (cbsd.conf(5), ip4_addr), and so is one that is nobody's. A zone is
// of the guest, and would be any text: it is dropped.
func parseAddresses(list string) []netip.Addr {
	var addresses []netip.Addr
	for text := range strings.SplitSeq(list, ",") {
		text, _, _ = strings.Cut(strings.TrimSpace(text), "/")
		address, err := netip.ParseAddr(text)
		address = address.WithZone("")
		if err == nil && !address.IsUnspecified() && !address.IsLoopback() {
			addresses = append(addresses, address)
		}
	}
	return addresses
}
