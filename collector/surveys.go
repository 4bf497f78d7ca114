package collector

import (
	"reflect"
	"time"

	"github.com/vmond/vmond/hv"
)

// A finding is what one reading of the surveys told of one virtual machine, in the run that it was read in.
type finding struct {
	key    string
	run    int64
	survey hv.Survey
	err    error
}

// surveys takes over what a reading told. What could not be found out this time is as it was, and what is of a run that has
// ended meanwhile, or of one that nobody has told of yet, is of no use.
func (v *inventory) surveys(list []finding) {
	for _, f := range list {
		vm := v.byKey[f.key]
		switch {
		case vm == nil:
		case !vm.ofRun(f.run, f.survey.Run):
			delete(v.resurvey, f.key)
		case f.err != nil && reflect.DeepEqual(f.survey, hv.Survey{}):
		case f.err != nil:
			v.put(survey(*vm, supplement(f.survey, vm.Survey)))
		case vm.Survey == nil || !reflect.DeepEqual(*vm.Survey, f.survey):
			v.put(survey(*vm, f.survey))
		}
	}
}

// supplement returns s, of which not all could be found out, with what was known before if there was anything.
func supplement(s hv.Survey, before *hv.Survey) hv.Survey {
	if before == nil {
		return s
	}
	if len(s.Addresses) == 0 {
		s.Addresses = before.Addresses
	}
	s.Snapshots = first(s.Snapshots, before.Snapshots)
	s.SnapshotsSize = first(s.SnapshotsSize, before.SnapshotsSize)
	return s
}

// toSurvey returns the virtual machines that are to be surveyed at the moment now, with their runs. Those that are found for
// the first time in their present run are to be so after settle.
func (v *inventory) toSurvey(now time.Time, settle time.Duration) map[string]int64 {
	runs := map[string]int64{}
	for key, vm := range v.byKey {
		due, known := v.resurvey[key]
		if !known {
			due = now.Add(settle)
			v.resurvey[key] = due
		}
		if !now.Before(due) {
			runs[key] = vm.Run
		}
	}
	return runs
}

// surveyAgain notes when virtual machines are to be surveyed again, unless they began another run since they were asked for.
func (v *inventory) surveyAgain(runs map[string]int64, at time.Time) {
	for key := range runs {
		if _, same := v.resurvey[key]; same {
			v.resurvey[key] = at
		}
	}
}
