package freebsd

// readme says to whoever finds a recording what it is.
const readme = `This is a recording of vmond: what a FreeBSD host answered when vmond read its bhyve
virtual machines. vmond's tests replay it.

index   has one line for each question, in fields with tabs between them: what was asked, "->",
        and what was answered. A field that has tabs or other odd characters is quoted as in Go.

        sysctl    NAME [NUMBER...]   sysctl(3)               -> file=F
        affinity  THREAD             cpuset_getaffinity(2)   -> file=F
        read      FILE               the whole file          -> file=F
        tail      FILE               the end of the file     -> file=F
        run       PROGRAM [ARG...]   its standard output     -> file=F
        list      DIRECTORY          readdir(3)              -> name=N ...
        stat      FILE               stat(2)                 -> path=P mode=M size=OCTETS allocated=OCTETS modified=TIME
        clock                        clock_gettime(2)        -> now=TIME zone=Z up=DURATION
        exits, exit PROCESS          kqueue(2)               -> only where it failed
        devices                      devd(8)                 -> only where it failed

        path is where the file is when symbolic links are followed, if that is elsewhere. An answer that
        is an error, or a program that failed, has error=KIND and text=TEXT. The kinds are not-exist,
        permission, no-process, deadline and failed.

others  are the octets, as they were answered, in files that are named after the question.

What is left out
        Values of what is called password, passphrase, secret, token or key, and what is before the @ of a
        URL: in their place is "***".
        Of NAME.conf, system.conf and rc.conf: all keys that vmond does not read.
        Of the system's log: all lines but those of CBSD, and of these the command lines.
        Of the processes: all but those of bhyve, of what has started them, and of sh, lockf, cbsd, vm and
        libvirt; and of all of these who has them. The arguments of all but bhyve and its managers.
        Of mount, zfs, kstat and kern.geom.conftxt: what is of no virtual machine, as far as the rest tells.
        Of ifconfig and netstat: all but names, groups, members, link addresses, counters, and the
        descriptions that vm-bhyve and CBSD write.

What is here
        The names of the virtual machines, of their datastores, switches, disks and interfaces, and of the
        files beside them. The host's name. Paths, and the names of datasets and pools. UUIDs. The link
        addresses (MAC) of virtual network cards and of the host. The names of all interfaces, and of the
        programs that have started bhyve. The release of FreeBSD, how long the host is up, and all times.
        What vm-bhyve writes to vm-bhyve.log, and the setting bhyve_options. The addresses that CBSD has of
        virtual machines, and those at which their screens are shown (VNC). The names of their snapshots.

Look through it before you give it away.

To change a name: lines and files may be changed by hand, but the index names the files, so that they have
to be renamed as well. OLD becomes NEW everywhere with these lines of sh(1), run in this directory. NEW has to
be as long as OLD, since the lengths of files are in the index, and OLD a word that is in nothing else: not
"vm" or "disk". Both are letters, digits, "-" and "_", and a dot in OLD is written as "[.]".

        umask 077
        find . -type f ! -name README | sort | while read -r f; do
            LC_ALL=C sed 's/OLD/NEW/g' "$f" >"$f.new" && mv "$f.new" "$f"
        done
        find . -depth -name '*OLD*' | while read -r f; do
            mv "$f" "$(dirname "$f")/$(basename "$f" | sed 's/OLD/NEW/g')"
        done

This shows what vmond makes of it then:

        vmond show --direct --hypervisor "bhyve:///?recorded=$PWD" vm
`
