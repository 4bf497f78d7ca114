package freebsd

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A member is one of a struct in C, or several of the same size in a row that are not asked for.
type member struct {
	name        string
	size, count int
}

// The sizes of what struct kinfo_proc consists of where pointers and long have 64 bits.
const (
	sizeChar, sizeShort, sizeInt, sizeLong = 1, 2, 4, 8

	longsOfSigset, longsOfTimeval, longsOfRusage = 2, 2, 18
)

// kinfoMembers are those of struct kinfo_proc since FreeBSD 12, in order (sys/user.h). Those without a name are not decoded.
func kinfoMembers() []member {
	return []member{
		{"ki_structsize", sizeInt, 1}, {"", sizeInt, 1}, // layout
		{"", sizeLong, 8},                                                 // pointers to args, proc, user, tracep, textvp, fd, vmspace, wchan
		{"ki_pid", sizeInt, 1}, {"ki_ppid", sizeInt, 1}, {"", sizeInt, 4}, // pgid, tpgid, sid, tsid
		{"", sizeShort, 2}, {"", sizeInt, 1}, // jobc and a spare one, tdev of FreeBSD 11
		{"", sizeInt, 4 * 2 * longsOfSigset},                    // siglist, sigmask, sigignore, sigcatch
		{"", sizeInt, 5}, {"", sizeShort, 2}, {"", sizeInt, 16}, // uids and gids, ngroups and a spare one, groups
		{"ki_size", sizeLong, 1}, {"ki_rssize", sizeLong, 1}, {"", sizeLong, 4}, {"", sizeShort, 2}, // other sizes, xstat and acflag
		{"", sizeInt, 4}, {"ki_cow", sizeInt, 1}, // pctcpu to swtime
		{"ki_runtime", sizeLong, 1}, {"ki_start", sizeLong, longsOfTimeval}, {"", sizeLong, longsOfTimeval}, // childtime
		{"", sizeLong, 2}, {"", sizeInt, 1}, {"ki_stat", sizeChar, 1}, // flag and kiflag, traceflag
		{"ki_nice", sizeChar, 1}, {"", sizeChar, 4}, // lock to lastcpu
		{"ki_tdname", sizeChar, 17}, {"", sizeChar, 9 + 18 + 9}, // wmesg, login, lockname
		{"ki_comm", sizeChar, 20}, {"", sizeChar, 17 + 18}, // emul, loginclass
		{"ki_moretdname", sizeChar, 4}, {"", sizeChar, 46}, // spare strings
		{"", sizeInt, 2}, {"", sizeLong, 1}, {"", sizeInt, 6}, // spare ints, tdev, oncpu to cr_flags
		{"ki_jid", sizeInt, 1}, {"", sizeInt, 1}, {"ki_tid", sizeInt, 1}, {"", sizeChar, 4}, // numthreads, pri
		{"ru_utime", sizeLong, longsOfTimeval}, {"ru_stime", sizeLong, longsOfTimeval}, {"", sizeLong, 4}, // maxrss to isrss
		{"ru_minflt", sizeLong, 1}, {"ru_majflt", sizeLong, 1}, {"ru_nswap", sizeLong, 1},
		{"ru_inblock", sizeLong, 1}, {"ru_oublock", sizeLong, 1}, {"", sizeLong, 3}, // msgsnd, msgrcv, nsignals
		{"ru_nvcsw", sizeLong, 1}, {"ru_nivcsw", sizeLong, 1},
		{"", sizeLong, longsOfRusage}, {"", sizeLong, 4}, // rusage_ch, pointers to pcb, kstack, udata, tdaddr
		{"", sizeLong, 6 + 12 + 2}, // spare pointers and longs, sflag, tdflags
	}
}

// TestKinfoLayout proves the offsets by the members of the struct: each is where its size allows next.
func TestKinfoLayout(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	at := 0
	for _, m := range kinfoMembers() {
		at = (at + m.size - 1) / m.size * m.size
		if m.name != "" {
			got[m.name] = at
		}
		at += m.size * m.count
	}
	want := map[string]int{
		"ki_structsize": offStructSize, "ki_pid": offPID, "ki_ppid": offParent, "ki_runtime": offRuntime, "ki_start": offStart,
		"ki_stat": offState, "ki_tdname": offThreadName, "ki_comm": offName, "ki_moretdname": offMoreName, "ki_jid": offJail,
		"ki_tid": offThread, "ki_size": offSize, "ki_rssize": offResident, "ki_cow": offCopyFaults, "ki_nice": offNice,
		"ru_utime": offUser, "ru_stime": offSystem, "ru_minflt": offMinorFaults, "ru_majflt": offMajorFaults,
		"ru_nswap": offSwaps, "ru_inblock": offBlockReads, "ru_oublock": offBlockWrites,
		"ru_nvcsw": offVoluntarySwitches, "ru_nivcsw": offInvoluntarySwitches,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected offsets (-want +got):\n%s", diff)
	}
	if at != kinfoSize {
		t.Errorf("the struct has %d octets, and not %d", at, kinfoSize)
	}
}
