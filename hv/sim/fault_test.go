package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// ask calls what a depth is about once: for Watch it waits for one event.
func ask(ctx context.Context, s *Source, d Depth, keys []string) error {
	switch d {
	case Host:
		_, err := s.Host(ctx)
		return err
	case States:
		_, err := s.States(ctx)
		return err
	case Definitions:
		return s.Definitions(ctx, keys, func(string, hv.Definition, error) {})
	case Statistics:
		return s.Statistics(ctx, keys, func(string, hv.Statistics, error) {})
	case Surveys:
		return s.Surveys(ctx, keys, func(string, hv.Survey, error) {})
	case State:
		_, err := s.State(ctx, "nobody")
		if errors.Is(err, hv.ErrGone) {
			return nil // so the hypervisor says
		}
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := false
	err := s.Watch(ctx, func(hv.Event) {
		got = true
		cancel()
	})
	if err == nil && !got {
		return errors.New("the watch ended without an event")
	}
	return err
}

func eachDepth(t *testing.T, test func(t *testing.T, d Depth)) {
	t.Helper()
	for d := range depths {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, d) })
		})
	}
}

func TestHangEndsWithTheContext(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, fmt.Sprintf("sim:///?hang=%s", d))
		keys := []string{"nobody"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin := time.Now()
		err := ask(ctx, s, d, keys)
		if took := time.Since(begin); took != time.Hour {
			t.Fatalf("returned after %v, want an hour", took)
		}
		if d == Watch {
			if err == nil || !strings.Contains(err.Error(), "without an event") {
				t.Fatalf("unexpected end %v of the watch", err)
			}
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func TestHangEndsWithTheFault(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, "sim:///")
		s.Fault(Fault{Depth: d, Mode: Hang})
		done := make(chan error)
		go func() { done <- ask(t.Context(), s, d, nil) }()
		time.Sleep(time.Minute)
		s.Fault(Fault{Depth: (d + 1) % depths, Mode: Hang}) // another one changes nothing
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("returned while the fault was on: %v", err)
		default:
		}
		s.Fault(Fault{Depth: d})
		if err := <-done; err != nil {
			t.Fatalf("unexpected error %v after the fault was lifted", err)
		}
	})
}

func TestHangEndsWithClose(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, fmt.Sprintf("sim:///?hang=%s", d))
		done := make(chan error)
		go func() { done <- ask(t.Context(), s, d, nil) }()
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, errClosed) {
			t.Fatalf("unexpected error %v", err)
		}
		if err := ask(t.Context(), s, d, nil); !errors.Is(err, errClosed) {
			t.Fatalf("unexpected error %v after Close", err)
		}
	})
}

func TestSlow(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, fmt.Sprintf("sim:///?slow=%s:200ms", d))
		begin := time.Now()
		if err := ask(t.Context(), s, d, nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 200*time.Millisecond {
			t.Fatalf("took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		begin = time.Now()
		if err := ask(ctx, s, d, nil); err == nil {
			t.Fatal("unexpected success")
		}
		if took := time.Since(begin); took != 50*time.Millisecond {
			t.Fatalf("took %v until the context was done", took)
		}
		s.Fault(Fault{Depth: d})
		begin = time.Now()
		if err := ask(t.Context(), s, d, nil); err != nil || time.Since(begin) != 0 {
			t.Fatalf("took %v after the fault was lifted: %v", time.Since(begin), err)
		}
	})
}

func TestFail(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, fmt.Sprintf("sim:///?fail=%s", d))
		if err := ask(t.Context(), s, d, nil); !errors.Is(err, ErrFault) {
			t.Fatalf("unexpected error %v, want ErrFault", err)
		}
		own := errors.New("the disk of the hypervisor is full")
		s.Fault(Fault{Depth: d, Mode: Fail, Err: own})
		if err := ask(t.Context(), s, d, nil); !errors.Is(err, own) {
			t.Fatalf("unexpected error %v, want the fault's own", err)
		}
		for other := range depths {
			if err := ask(t.Context(), s, other, nil); (err != nil) != (other == d) {
				t.Fatalf("unexpected error %v at depth %s", err, other)
			}
		}
		s.Fault(Fault{Depth: d})
		if err := ask(t.Context(), s, d, nil); err != nil {
			t.Fatalf("unexpected error %v after the fault was lifted", err)
		}
	})
}

func TestFlap(t *testing.T) {
	t.Parallel()
	eachDepth(t, func(t *testing.T, d Depth) {
		s := open(t, fmt.Sprintf("sim:///?flap=%s:3", d))
		var failed []int
		for call := 1; call <= 9; call++ {
			if err := ask(t.Context(), s, d, nil); err != nil {
				if !errors.Is(err, ErrFault) {
					t.Fatalf("unexpected error %v", err)
				}
				failed = append(failed, call)
			}
		}
		if diff := cmp.Diff([]int{3, 6, 9}, failed); diff != "" {
			t.Fatalf("unexpected failures (-want +got):\n%s", diff)
		}
	})
}

// Whoever watches when the watch begins to fail is told at once.
func TestFailEndsTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///")
		done := make(chan error)
		go func() { done <- s.Watch(t.Context(), func(hv.Event) {}) }()
		synctest.Wait()
		s.Fault(Fault{Depth: Watch, Mode: Fail})
		if err := <-done; !errors.Is(err, ErrFault) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

// One sick virtual machine costs its neighbours nothing.
func TestOneSickVirtualMachine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault Fault
		want  error // of the sick one
		late  time.Duration
	}{
		{"hang", Fault{Mode: Hang}, context.DeadlineExceeded, time.Hour},
		{"slow", Fault{Mode: Slow, Delay: time.Minute}, nil, time.Minute},
		{"slower than the context", Fault{Mode: Slow, Delay: 2 * time.Hour}, context.DeadlineExceeded, time.Hour},
		{"fail", Fault{Mode: Fail}, ErrFault, 0},
		{"flap", Fault{Mode: Flap, Every: 1}, ErrFault, 0},
		{"flap rarely", Fault{Mode: Flap, Every: 2}, nil, 0},
	}
	for _, tt := range tests {
		for _, d := range []Depth{Definitions, Statistics, Surveys} {
			t.Run(tt.name+" "+d.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := open(t, "sim:///?vms=20")
					asked := keys(t, s)
					sick := asked[3]
					tt.fault.Depth, tt.fault.Key = d, sick
					s.Fault(tt.fault)

					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					begin := time.Now()
					got := map[string]error{}
					note := func(key string, err error) {
						if _, twice := got[key]; twice {
							t.Errorf("%q is told twice", key)
						}
						got[key] = err
						want := time.Duration(0)
						if key == sick {
							want = tt.late
						}
						if took := time.Since(begin); took != want {
							t.Errorf("%q took %v, want %v", key, took, want)
						}
					}
					var err error
					switch d {
					case Definitions:
						err = s.Definitions(ctx, asked, func(key string, _ hv.Definition, err error) { note(key, err) })
					case Surveys:
						err = s.Surveys(ctx, asked, func(key string, _ hv.Survey, err error) { note(key, err) })
					default:
						err = s.Statistics(ctx, asked, func(key string, _ hv.Statistics, err error) { note(key, err) })
					}
					if err != nil {
						t.Fatalf("unexpected error %v of the whole reading", err)
					}
					for _, key := range asked {
						err, told := got[key]
						if !told {
							t.Fatalf("%q was left out", key)
						}
						if key == sick && !errors.Is(err, tt.want) || key != sick && err != nil {
							t.Fatalf("unexpected error %v of %q (sick is %q)", err, key, sick)
						}
					}
				})
			})
		}
	}
}

// Whose state cannot be read is unknown, not missing.
func TestOneSickState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=5&fail=states@"+drawName(1, 2))
		sick, ok := s.Key(drawName(1, 2))
		if !ok {
			t.Fatal("no second virtual machine")
		}
		for key, v := range states(t, s) {
			unknown := v.State == hv.StateUnknown && v.Admin == hv.AdminUnknown
			if unknown != (key == sick) || v.Name == "" {
				t.Fatalf("unexpected summary %+v (sick is %q)", v, sick)
			}
		}
		s.Fault(Fault{Depth: States, Key: sick, Mode: Slow, Delay: time.Second})
		begin := time.Now()
		if got := states(t, s)[sick].State; got == hv.StateUnknown || time.Since(begin) != time.Second {
			t.Fatalf("%s after %v", got, time.Since(begin))
		}
		s.Fault(Fault{Depth: States, Key: sick, Mode: Hang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if all, err := s.States(ctx); !errors.Is(err, context.DeadlineExceeded) || all != nil {
			t.Fatalf("unexpected states %v, error %v while one hangs", all, err)
		}
	})
}

// The state of one that is asked for is late or missing, and its neighbours' is not.
func TestOneSickAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0&slow=states:1h")
		sick, well := VM{Key: "sick"}, VM{Key: "well"}
		for _, spec := range []VM{sick, well} {
			if _, err := s.Create(spec); err != nil {
				t.Fatal(err)
			}
		}
		tests := []struct {
			fault Fault
			want  error
			late  time.Duration
		}{
			{Fault{Mode: Healthy}, nil, 0},
			{Fault{Mode: Slow, Delay: time.Second}, nil, time.Second},
			{Fault{Mode: Fail}, ErrFault, 0},
			{Fault{Mode: Hang}, context.DeadlineExceeded, time.Minute},
		}
		for _, tt := range tests {
			tt.fault.Depth, tt.fault.Key = State, sick.Key
			s.Fault(tt.fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			begin := time.Now()
			if got, err := s.State(ctx, well.Key); err != nil || got != hv.StateRunning || time.Since(begin) != 0 {
				t.Errorf("%s: neighbour is %s after %v: %v", tt.fault.Mode, got, time.Since(begin), err)
			}
			got, err := s.State(ctx, sick.Key)
			if took := time.Since(begin); !errors.Is(err, tt.want) || took != tt.late {
				t.Errorf("%s: unexpected error %v after %v, want %v after %v", tt.fault.Mode, err, took, tt.want, tt.late)
			}
			if want := map[bool]hv.OperState{true: hv.StateRunning}[tt.want == nil]; got != want {
				t.Errorf("%s: %s, want %s", tt.fault.Mode, got, want)
			}
			cancel()
		}
	})
}

// A fault of one virtual machine in the watch strikes at its events, not at those of others.
func TestOneSickWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		for _, name := range []string{"sick", "well"} {
			if _, err := s.Define(VM{Name: name, Key: name}); err != nil {
				t.Fatal(err)
			}
		}
		s.Fault(Fault{Depth: Watch, Key: "sick", Mode: Hang})
		var got []string
		done := make(chan error)
		go func() {
			done <- s.Watch(t.Context(), func(e hv.Event) { got = append(got, e.Key+" "+e.Kind.String()) })
		}()
		synctest.Wait()
		for _, key := range []string{"well", "sick", "well"} {
			if err := s.Undefine(key); err != nil {
				if _, err := s.Define(VM{Key: key}); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
		}
		want := []string{" connected", "well undefined"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("unexpected events while one hangs (-want +got):\n%s", diff)
		}
		s.Fault(Fault{Depth: Watch, Key: "sick"})
		synctest.Wait()
		want = append(want, "sick undefined", "well defined")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("unexpected events (-want +got):\n%s", diff)
		}
		s.Fault(Fault{Depth: Watch, Key: "well", Mode: Fail})
		if err := s.Undefine("well"); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, ErrFault) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func TestFaultPanicsOnNonsense(t *testing.T) {
	t.Parallel()
	for _, f := range []Fault{
		{Depth: depths}, {Mode: modes}, {Depth: Host, Key: "a"}, {Mode: Flap}, {Mode: Slow, Delay: -1},
	} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			t.Parallel()
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "sim: fault") {
					t.Fatalf("unexpected panic %q", text)
				}
			}()
			open(t, "sim:///").Fault(f)
			t.Error("no panic")
		})
	}
}

func TestFaultWords(t *testing.T) {
	t.Parallel()
	got := []string{Depth(9).String(), Mode(9).String(), Watch.String(), Flap.String()}
	if want := []string{"Depth(9)", "Mode(9)", "watch", "flap"}; !slices.Equal(got, want) {
		t.Fatalf("unexpected words %v, want %v", got, want)
	}
}
