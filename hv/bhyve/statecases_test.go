package bhyve

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// pid is of the process of a state case.
const pid = 4242

// stateCases are the rows of testdata/state_cases.tsv, played: each once for every way to come to it. A virtual machine that is not
// there in the end has no row any more.
func stateCases() map[string]map[string]func(p *play) {
	return map[string]map[string]func(p *play){
		"p1": {"": func(p *play) { p.look(plain(runs(p.process(pid)))) }},
		"p2": {"": func(p *play) { p.look(plain(runs(p.process(pid)), stopped)) }},
		"p4": {
			"asleep":  func(p *play) { p.look(plain(begins(p.process(pid)))) },
			"stopped": func(p *play) { p.look(plain(begins(p.process(pid)), stopped)) },
		},
		"p5": {"": func(p *play) { p.look(plain(node)) }},
		"p6": afterPlain(freebsd.Exited(3), freebsd.Exited(4), freebsd.Exited(100), freebsd.Killed(6), freebsd.Killed(9), freebsd.Killed(11)),
		"p7": afterPlain(freebsd.Exited(1), freebsd.Exited(2)),
		"p8": {
			"shutdown": func(p *play) {
				p.look(plain(runs(p.process(pid))))
				p.end(pid, freebsd.Exited(1))
				p.look()
			},
			"crash": func(p *play) {
				p.look(plain(runs(p.process(pid))))
				p.end(pid, freebsd.Exited(4))
				p.look()
			},
			"reboot that never came": func(p *play) {
				p.look(plain(runs(p.process(pid))))
				p.end(pid, freebsd.Exited(0))
				p.look()
				p.wait(graceTime)
				p.look()
			},
			"nobody knows": func(p *play) {
				p.look(plain(runs(p.process(pid))))
				p.look()
				p.wait(graceTime)
				p.look()
			},
		},
		"p9": afterPlain(freebsd.Exited(0)),
		"v1": {"": func(p *play) { p.look(underVM(locked(p.clock.Now), watched, runs(p.process(pid)))) }},
		"v2": {
			"node": func(p *play) { p.look(underVM(locked(p.clock.Now), watched, loads(p.process(pid)))) },
			"no node": func(p *play) {
				g := underVM(locked(p.clock.Now), watched, loads(p.process(pid)))
				g.node = false
				p.look(g)
			},
		},
		"v3": afterLog(0, 1, 2),
		"v4": afterLog(3, 4, 100, 134, 137, 139),
		"v5": {
			"alone":    func(p *play) { p.look(underVM(saved)) },
			"with log": func(p *play) { p.look(underVM(saved, logged(endedWith(p, 0)))) },
			"seen": func(p *play) {
				at := p.clock.Now
				p.look(underVM(locked(at), watched, runs(p.process(pid))))
				p.end(pid, freebsd.Exited(0))
				p.look(underVM(saved))
			},
		},
		"v6": {"": func(p *play) { p.look(underVM(locked(p.clock.Now), watched, suspending, runs(p.process(pid)))) }},
		"v7": {"": func(p *play) {
			at := p.clock.Now
			p.wait(29 * time.Second)
			q := p.process(pid)
			q.Start = at
			p.look(underVM(locked(at), watched, runs(q), logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true})))
		}},
		"v8": {
			"seen": func(p *play) {
				at := p.clock.Now
				p.look(underVM(locked(at), watched, runs(p.process(pid))))
				p.end(pid, freebsd.Exited(0))
				p.look(underVM(locked(at), watched))
				p.wait(2 * graceTime) // the watcher is what counts
				p.look(underVM(locked(at), watched))
			},
			"found": func(p *play) {
				l := endedWith(p, 0)
				l.Ended = false
				p.look(underVM(locked(l.Initialised), watched, logged(l)))
			},
		},
		"v9": {
			"found": func(p *play) { p.look(underVM(locked(p.clock.Now.Add(-2 * time.Hour)))) },
			"with the log of an earlier start": func(p *play) {
				p.look(underVM(locked(p.clock.Now.Add(-time.Minute)), logged(endedWith(p, 1))))
			},
		},
		"v10": {
			"found":    func(p *play) { p.look(underVM(foreign)) },
			"with log": func(p *play) { p.look(underVM(foreign, logged(endedWith(p, 4)))) },
		},
		"v11": {"": func(p *play) {
			p.look(underVM())
			p.look()
		}},
		"c1": {"": func(p *play) { p.look(underCBSD(noted(cbsd.On), runs(p.process(pid)))) }},
		"c2": {"": func(p *play) { p.look(underCBSD(noted(cbsd.On), runs(p.process(pid)), stopped)) }},
		"c3": {"": func(p *play) { p.look(underCBSD(stopping, runs(p.process(pid)))) }},
		"c4": afterCBSD(noted(cbsd.Off), freebsd.Exited(0), freebsd.Exited(1), freebsd.Exited(2)),
		"c5": afterCBSD(noted(cbsd.Off), freebsd.Exited(3), freebsd.Exited(4), freebsd.Killed(9), freebsd.Killed(11)),
		"c6": {
			"seen": func(p *play) {
				p.look(underCBSD(stopping, runs(p.process(pid))))
				p.end(pid, freebsd.Killed(9))
				p.look(underCBSD(noted(cbsd.Off)))
			},
			"at once": func(p *play) { // nobody looked after it was to stop and before it was killed
				p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
				p.end(pid, freebsd.Killed(9))
				p.look(underCBSD(stopping))
				p.wait(time.Second)
				p.look(underCBSD(noted(cbsd.Off)))
			},
		},
		"c7": {"": func(p *play) { p.look(underCBSD(noted(cbsd.Slave))) }},
		"c8": {
			"found": func(p *play) { p.look(underCBSD(noted(cbsd.Off), checkpointed)) },
			"seen": func(p *play) {
				p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
				p.end(pid, freebsd.Exited(0))
				p.look(underCBSD(noted(cbsd.Off), checkpointed))
			},
		},
	}
}

// afterPlain plays that the process of a plain virtual machine ended so, and left its node.
func afterPlain(statuses ...freebsd.WaitStatus) map[string]func(p *play) {
	plays := map[string]func(p *play){}
	for _, s := range statuses {
		plays[text(s)] = func(p *play) {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, s)
			p.look(plain(node))
		}
	}
	return plays
}

// afterCBSD plays that the process of CBSD's ended so, or had, and what CBSD says of it then.
func afterCBSD(then trait, statuses ...freebsd.WaitStatus) map[string]func(p *play) {
	plays := map[string]func(p *play){}
	for _, s := range statuses {
		plays["seen "+text(s)] = func(p *play) {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, s)
			p.look(underCBSD(then))
		}
		plays["found "+text(s)] = func(p *play) {
			at := p.clock.Now.Add(-time.Hour)
			p.exits = func(string) (freebsd.WaitStatus, time.Time, bool) { return s, at, true }
			p.look(underCBSD(then))
		}
	}
	if statuses[0] == freebsd.Exited(0) {
		plays["unknown"] = func(p *play) { p.look(underCBSD(then)) }
	}
	return plays
}

// afterLog plays that vm-bhyve's log has it that bhyve ended so.
func afterLog(statuses ...int) map[string]func(p *play) {
	plays := map[string]func(p *play){}
	for _, s := range statuses {
		plays["found "+text(shellEnd(s).status)] = func(p *play) { p.look(underVM(logged(endedWith(p, s)))) }
		plays["seen "+text(shellEnd(s).status)] = func(p *play) {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			p.end(pid, shellEnd(s).status)
			p.look(underVM())
		}
	}
	return plays
}

// endedWith is a log that says that bhyve ran for a minute an hour ago, and ended with the status.
func endedWith(p *play, status int) vmbhyve.Log {
	began := p.clock.Now.Add(-time.Hour)
	return vmbhyve.Log{Initialised: began, Started: began, Exited: true, Status: status, ExitedAt: began.Add(time.Minute), Ended: true}
}

// text returns a status for people.
func text(s freebsd.WaitStatus) string {
	if s.Signal() != 0 {
		return fmt.Sprintf("signal %d", s.Signal())
	}
	return fmt.Sprintf("exit %d", s.Code())
}

// TestStateCases plays every row of the file, and finds the state that the file has.
func TestStateCases(t *testing.T) {
	t.Parallel()
	cases := stateCases()
	seen := map[string]bool{}
	for _, row := range stateRows(t) {
		id, wantOper, wantAdmin := row[0], word(row[7]), word(row[8])
		seen[id] = true
		if id == "p3" {
			oper, admin := judge(situation{guest: plain(runs(newPlay(t).process(pid))), held: true})
			if oper.String() != wantOper || admin.String() != wantAdmin {
				t.Errorf("p3: unexpected state %v, %v", oper, admin)
			}
			continue
		}
		if len(cases[id]) == 0 {
			t.Errorf("row %q is not played", id)
		}
		for name, act := range cases[id] {
			t.Run(id+" "+name, func(t *testing.T) {
				t.Parallel()
				p := newPlay(t)
				act(p)
				all := p.memory.standings()
				if gone := wantAdmin == "-"; gone || len(all) != 1 {
					if !gone || len(all) != 0 {
						t.Fatalf("unexpected number of virtual machines: %d", len(all))
					}
					return
				}
				for _, s := range all {
					if s.oper.String() != wantOper || s.admin.String() != wantAdmin {
						t.Errorf("unexpected state %v, %v, want %v, %v", s.oper, s.admin, wantOper, wantAdmin)
					}
					if active(s.oper) != (s.run != 0) {
						t.Errorf("unexpected run %d in the state %v", s.run, s.oper)
					}
				}
			})
		}
	}
	for id := range cases {
		if !seen[id] {
			t.Errorf("%q is not in the file", id)
		}
	}
}

// stateRows returns the rows of the file.
func stateRows(t *testing.T) [][]string {
	t.Helper()
	file, err := os.Open("testdata/state_cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const columns, rows = 9, 28
	var all [][]string
	for s := bufio.NewScanner(file); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		row := strings.Split(s.Text(), "\t")
		if len(row) != columns {
			t.Fatalf("unexpected row %q", s.Text())
		}
		all = append(all, row)
	}
	if len(all) != rows {
		t.Fatalf("unexpected number of rows: %d", len(all))
	}
	return all
}

// word returns the first word of a state in the file, such as "running" of "running(4) unchanged".
func word(cell string) string {
	before, _, _ := strings.Cut(cell, "(")
	return before
}

// TestGraceEnds has the rest of row p9: the state after the grace time.
func TestGraceEnds(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.look(plain(runs(p.process(pid))))
	p.end(pid, freebsd.Exited(0))
	p.look(plain(node))
	p.wait(4999 * time.Millisecond)
	p.look(plain(node))
	if s := p.is(plainOne); s.oper != hv.StateRunning || s.admin != hv.AdminRunning || s.run == 0 {
		t.Errorf("unexpected state %v, %v, run %d", s.oper, s.admin, s.run)
	}
	p.wait(time.Millisecond)
	p.look(plain(node))
	if s := p.is(plainOne); s.oper != hv.StateShutdown || s.admin != hv.AdminShutdown || s.run != 0 {
		t.Errorf("unexpected state %v, %v, run %d", s.oper, s.admin, s.run)
	}
}
