package bhyve

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// Record asks the host of that URI (see [New]) all that a Source asks, of all its virtual machines, and writes the answers to the
// directory, which is made. "bhyve:///?recorded=DIR" answers the same of them. Secrets, and what is of no virtual machine, are left
// out, as [freebsd.Recorder] says.
//
// What cannot be read is recorded as that, and is no error. The error is that of ctx, of the URI, or that of the directory (see
// [freebsd.Recording.Save]), which is looked at before anything is asked.
func Record(ctx context.Context, uri, dir string, log *zap.Logger) error {
	sys, err := open(uri)
	if err != nil {
		return err
	}
	if err := freebsd.Vacant(dir); err != nil {
		return err
	}
	recorder := freebsd.NewRecorder(sys)
	if err := askAll(ctx, recorder, uri, log); err != nil {
		return err
	}
	return recorder.Recording().Save(dir)
}

// askAll asks all there is to ask. What the answers are does not matter, only that ctx lets them come.
func askAll(ctx context.Context, sys freebsd.System, uri string, log *zap.Logger) error {
	s := newSource(sys, uri, log)
	_, err := s.Host(ctx)
	states, statesErr := s.States(ctx)
	var keys []string
	for _, vm := range states {
		keys = append(keys, vm.Key)
	}
	defsErr := s.Definitions(ctx, keys, func(string, hv.Definition, error) {})
	statsErr := s.Statistics(ctx, keys, func(string, hv.Statistics, error) {})
	surveysErr := s.Surveys(ctx, keys, func(string, hv.Survey, error) {})
	_, inspectErr := s.Inspect(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := errors.Join(err, statesErr, defsErr, statsErr, surveysErr, inspectErr); err != nil {
		log.Warn("the recording is not whole", zap.Error(err))
	}
	return s.Close()
}
