package agentx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestWalk walks with GetNext and with GetBulk, and wants each instance once, in order.
func TestWalk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  func(start mib.OID) agentxtest.PDU
	}{
		{
			name: "walk_by_getnext_meets_every_instance_once",
			ask:  func(start mib.OID) agentxtest.PDU { return next(agentxtest.Range{Start: start}) },
		},
		{
			name: "walk_by_getbulk_meets_every_instance_once",
			ask:  func(start mib.OID) agentxtest.PDU { return bulk(0, 6, agentxtest.Range{Start: start}) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			var got []mib.Varbind
			start := subtree
			for ended := false; !ended; {
				for _, v := range r.session.Do(tt.ask(start)).Varbinds {
					ended = v.Value.Type() == mib.TypeEndOfMIBView
					if ended {
						break
					}
					got, start = append(got, v), v.Name
				}
			}
			if diff := cmp.Diff(testTree().Instances, got); diff != "" {
				t.Errorf("unexpected walk (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWalkWhileRowsComeAndGo serves another tree with each request: of 200 rows some are always there, some now and then.
// A walk must come to its end, meet the rows that stay exactly once and in order, and no name twice.
func TestWalkWhileRowsComeAndGo(t *testing.T) {
	const rows, columns = 200, 3
	tests := []struct {
		name string
		ask  func(start mib.OID) agentxtest.PDU
	}{
		{
			name: "walk_by_getnext_only_goes_forward_while_rows_come_and_go",
			ask:  func(start mib.OID) agentxtest.PDU { return next(agentxtest.Range{Start: start}) },
		},
		{
			name: "walk_by_getbulk_only_goes_forward_while_rows_come_and_go",
			ask:  func(start mib.OID) agentxtest.PDU { return bulk(0, 10, agentxtest.Range{Start: start}) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				random := rand.New(rand.NewPCG(1, 0))
				stays := func(row int) bool { return row%7 == 0 }
				r.sub.dispatch.tree = func() mib.Tree {
					var tree agentxtest.Tree
					for column := range columns {
						for row := range rows {
							if stays(row) || random.IntN(2) == 0 {
								name := at("4.1").Append(uint32(column), uint32(row))
								tree.Instances = append(tree.Instances, mib.Varbind{Name: name, Value: mib.Integer(int32(row))})
							}
						}
					}
					return &tree
				}
				r.run(t)
				s := r.master.Session()
				var got, want []string
				for column := range uint32(columns) {
					for row := range rows {
						if stays(row) {
							want = append(want, at("4.1").Append(column, uint32(row)).String())
						}
					}
				}
				for start, ended := subtree, false; !ended; {
					for _, v := range s.Do(tt.ask(start)).Varbinds {
						ended = v.Value.Type() == mib.TypeEndOfMIBView
						if ended {
							break
						}
						if v.Name.Compare(start) <= 0 {
							t.Fatalf("%q comes after %q", v.Name, start)
						}
						if stays(int(v.Value.Int())) {
							got = append(got, v.Name.String())
						}
						start = v.Name
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("unexpected walk (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestNextFromAllAround asks from each name beside, above and below each instance, and up to each of them.
func TestNextFromAllAround(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  func(agentxtest.Range) agentxtest.PDU
	}{
		{
			name: "getnext_from_all_around_each_instance_finds_what_follows",
			ask:  func(r agentxtest.Range) agentxtest.PDU { return next(r) },
		},
		{
			name: "getbulk_from_all_around_each_instance_finds_what_follows",
			ask:  func(r agentxtest.Range) agentxtest.PDU { return bulk(0, 1, r) },
		},
	}
	all := testTree().Instances
	follows := func(r agentxtest.Range) mib.Varbind {
		for _, v := range all {
			order := v.Name.Compare(r.Start)
			if order > 0 || order == 0 && r.Include {
				if len(r.End) == 0 || v.Name.Compare(r.End) < 0 {
					return v
				}
				break
			}
		}
		return mib.Varbind{Name: r.Start, Value: mib.EndOfMIBView}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t).session
			var ranges []agentxtest.Range
			for i, v := range all {
				for _, start := range around(v.Name) {
					for _, include := range []bool{false, true} {
						for _, end := range []mib.OID{nil, start, v.Name, all[(i+1)%len(all)].Name} {
							ranges = append(ranges, agentxtest.Range{Start: start, Include: include, End: end})
						}
					}
				}
			}
			var reqs []agentxtest.PDU
			var want, got []string
			for _, r := range ranges {
				reqs = append(reqs, tt.ask(r))
				want = append(want, fmt.Sprintf("%+v: %v", r, []mib.Varbind{follows(r)}))
			}
			for i, p := range s.Send(reqs...) {
				got = append(got, fmt.Sprintf("%+v: %v", ranges[i], s.Response(p).Varbinds))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected answers (-want +got):\n%s", diff)
			}
		})
	}
}

// around are the names next to name, itself among them.
func around(name mib.OID) []mib.OID {
	last := len(name) - 1
	names := []mib.OID{name, name.Append(0), name.Append(math.MaxUint32), name[:last], name[:last-1], name[:last].Append(math.MaxUint32)}
	names = append(names, name[:last].Append(name[last]+1))
	if name[last] > 0 {
		names = append(names, name[:last].Append(name[last]-1), name[:last].Append(name[last]-1, math.MaxUint32))
	}
	return names
}

// TestReadBeyondTheRegion has but a part of the tree registered. Where a search ends is said by its end alone (RFC 2741,
// section 7.2.3.2), and an instance is found where it is.
func TestReadBeyondTheRegion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		req  agentxtest.PDU
		want []mib.Varbind
	}{
		{
			name: "getnext_goes_on_beyond_the_region_that_is_registered",
			req:  next(after("4.1.5.7")),
			want: []mib.Varbind{bind("9.1.0", mib.Integer(-2147483648))},
		},
		{
			name: "getnext_finds_what_is_before_the_region_that_is_registered",
			req:  next(after("")),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
		{
			name: "getbulk_goes_on_beyond_the_region_that_is_registered",
			req:  bulk(0, 2, after("4.1.5.2")),
			want: []mib.Varbind{bind("4.1.5.7", mib.Integer(4)), bind("9.1.0", mib.Integer(-2147483648))},
		},
		{
			name: "get_finds_what_is_outside_of_the_region_that_is_registered",
			req:  get("1.1.0"),
			want: []mib.Varbind{bind("1.1.0", mib.Text("sim"))},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(c *Config) { c.Subtree = at("4") })
			if diff := cmp.Diff(tt.want, r.session.Do(tt.req).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIndexOfTwo searches a table with an index of two sub-identifiers.
func TestIndexOfTwo(t *testing.T) {
	t.Parallel()
	instance := func(s string) mib.Varbind { return bind(s, mib.Text(s)) }
	first, last, other, beside := instance("5.1.2.1.1"), instance("5.1.2.1.4294967295"), instance("5.1.2.3.2"), instance("5.1.3.1.1")
	tree := agentxtest.Tree{Objects: []mib.OID{at("5.1.2"), at("5.1.3")}, Instances: []mib.Varbind{first, last, other, beside}}
	tests := []struct {
		name string
		req  agentxtest.PDU
		want mib.Varbind
	}{
		{name: "getnext_of_half_an_index_finds_the_first_row_under_it", req: next(after("5.1.2.1")), want: first},
		{name: "getnext_of_half_an_index_without_rows_finds_those_behind_it", req: next(after("5.1.2.2")), want: other},
		{name: "getnext_of_an_index_and_more_finds_the_next_row", req: next(after("5.1.2.1.1.7")), want: last},
		{name: "getnext_of_the_largest_second_half_finds_the_next_first_half", req: next(after("5.1.2.1.4294967295")), want: other},
		{name: "getnext_of_the_largest_first_half_finds_the_next_column", req: next(after("5.1.2.4294967295")), want: beside},
		{name: "get_of_half_an_index_is_noSuchInstance", req: get("5.1.2.1"), want: bind("5.1.2.1", mib.NoSuchInstance)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := prepare(t, agentxtest.New(t))
			r.sub.dispatch.tree = func() mib.Tree { return &tree }
			r.run(t)
			if diff := cmp.Diff([]mib.Varbind{tt.want}, r.master.Session().Do(tt.req).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		})
	}
}
