package collector

import (
	"context"
	"maps"
	"time"

	"github.com/vmond/vmond/hv"
)

// Once reads src completely, one time, and returns what it told. The indices are those of this one reading. A virtual
// machine that could not be read in whole is Stale; the error says that the hypervisor itself could not be read.
func Once(ctx context.Context, src hv.Source) (*Snapshot, error) {
	inv, err := once(ctx, src)
	if err != nil {
		return nil, err
	}
	return inv.snapshot(), nil
}

// OnceCloser is Once, with the surveys too if src is an hv.Surveyor. One that could not be read is absent.
func OnceCloser(ctx context.Context, src hv.Source) (*Snapshot, error) {
	inv, err := once(ctx, src)
	if err != nil {
		return nil, err
	}
	surveyor, ok := src.(hv.Surveyor)
	if !ok {
		return inv.snapshot(), nil
	}
	runs := inv.toSurvey(time.Now(), 0)
	var findings []finding
	_ = surveyor.Surveys(ctx, inv.inOrder(runs), func(key string, s hv.Survey, err error) {
		findings = append(findings, finding{key, runs[key], s, err})
	})
	inv.surveys(findings)
	return inv.snapshot(), nil
}

// once reads the three depths of src.
func once(ctx context.Context, src hv.Source) (*inventory, error) {
	ledger, err := newLedger(nil)
	if err != nil {
		return nil, err
	}
	inv := newInventory(ledger, time.Now())
	host, err := src.Host(ctx)
	if err != nil {
		return nil, err
	}
	inv.setHost(host)
	at := time.Now()
	list, err := src.States(ctx)
	if err != nil {
		return nil, err
	}
	if err := inv.states(list, at); err != nil {
		return nil, err
	}

	runs := inv.toDefine()
	keys := inv.inOrder(runs)
	var definitions []definition
	_ = src.Definitions(ctx, keys, func(key string, d hv.Definition, err error) {
		definitions = append(definitions, definition{key, runs[key], d, err})
		delete(runs, key)
	})
	if err := inv.definitions(definitions); err != nil {
		return nil, err
	}
	maps.Copy(inv.undefined, inv.failed) // also those of another run than the states told
	maps.Copy(runs, inv.toDefine())
	inv.unread(runs)
	runs = inv.toMeasure(true)
	var measurements []measurement
	_ = src.Statistics(ctx, keys, func(key string, s hv.Statistics, err error) {
		measurements = append(measurements, measurement{key, runs[key], s, err})
		delete(runs, key)
	})
	inv.statistics(measurements)
	maps.Copy(runs, inv.toMeasure(false))
	inv.missed(runs)
	return inv, nil
}
