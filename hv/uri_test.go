package hv

import (
	"strings"
	"testing"
)

func TestRedactURI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, uri, want string
	}{
		{"no secret", "qemu:///system", "qemu:///system"},
		{"a user", "qemu+ssh://root@host/system", "qemu+ssh://root@host/system"},
		{"a password", "qemu+ssh://root:secret@host:22/system", "qemu+ssh://root:xxxxx@host:22/system"},
		{"a password alone", "qemu+ssh://:secret@host/system", "qemu+ssh://:xxxxx@host/system"},
		{"a password in percent encoding", "qemu+ssh://root:se%40cr%2Fet@host/system", "qemu+ssh://root:xxxxx@host/system"},
		{"an empty password", "qemu+ssh://root:@host/system", "qemu+ssh://root:xxxxx@host/system"},
		{"a password with an at sign", "qemu+ssh://root:se@cret@host/system", "qemu+ssh://root:xxxxx@host/system"},
		{"a password with a slash", "qemu+ssh://root:12/secret@host/system", "qemu+ssh://xxxxx"},
		{"a password with a slash and no number", "qemu+ssh://root:se/cret@host/system", "qemu+ssh://xxxxx"},
		{"a password with a question mark", "qemu+ssh://root:12?secret@host/system", "qemu+ssh://xxxxx"},
		{"a password with a number sign", "qemu+ssh://root:12#secret@host/system", "qemu+ssh://xxxxx"},
		{"a password with a percent sign", "qemu+ssh://root:secret%@host/system", "qemu+ssh://xxxxx"},
		{"a password with a blank", "qemu+ssh://root:se cret@host/system", "qemu+ssh://xxxxx"},
		{"a password with a line", "qemu+ssh://root:se\ncret@host/system", "qemu+ssh://xxxxx"},
		{"a password without a host", "qemu+ssh://root:secret/system", "qemu+ssh://xxxxx"},
		{"a slash too few", "qemu+ssh:/root:secret@host/system", "xxxxx"},
		{"no slashes", "qemu+ssh:root:secret@host/system", "xxxxx"},
		{"no scheme", "root:secret@host/system", "xxxxx"},
		{"no scheme but slashes", "//root:secret@host/system", "xxxxx"},
		{"parameters that are known", "qemu+ssh://h/system?keyfile=/k&known_hosts=/n&no_verify=1&socket=/s&mode=auto", "qemu+ssh://h/system?keyfile=/k&known_hosts=/n&no_verify=1&socket=/s&mode=auto"},
		{"certificates", "qemu+tls://h/system?pkipath=/etc/pki", "qemu+tls://h/system?pkipath=/etc/pki"},
		{"a parameter that may be anything", "qemu+ssh://h/system?password=secret&mode=auto", "qemu+ssh://h/system?password=xxxxx&mode=auto"},
		{"one of another case", "qemu+ssh://h/system?Keyfile=secret", "qemu+ssh://h/system?Keyfile=xxxxx"},
		{"a parameter without a value", "qemu+ssh://h/system?secret", "qemu+ssh://h/system?xxxxx"},
		{"a recording", "bhyve:///?recorded=/tmp/a%20host", "bhyve:///?recorded=/tmp/a%20host"},
		{"a parameter that cannot be read", "qemu+ssh://h/system?socket=%zzsecret", "qemu+ssh://h/system?socket=xxxxx"},
		{"parameters between semicolons", "qemu+ssh://h/system?mode;password=secret", "qemu+ssh://h/system?mode;password=xxxxx"},
		{"a parameter that looks like a user", "qemu+ssh://h/system?socket=/s@secret", "qemu+ssh://xxxxx"},
		{"another URI in it", "qemu+ssh://h/system?name=test:///default", "qemu+ssh://h/system?name=test:///default"},
		{"a password in that", "qemu+ssh://h/system?name=test%3A%2F%2Fu%3Asecret%40h%2F", "qemu+ssh://h/system?name=xxxxx"},
		{"a fragment", "qemu+ssh://h/system#secret", "qemu+ssh://h/system"},
		{"a password and a parameter", "qemu+ssh://u:secret@h/system?token=secret", "qemu+ssh://u:xxxxx@h/system?token=xxxxx"},
		{"the simulation", "sim:///?vms=3&hang=states@web", "sim:///?vms=3&hang=states@web"},
		{"a password of the simulation", "sim://u:secret@h/?vms=3", "sim://u:xxxxx@h/?vms=xxxxx"},
		{"a word", "auto", "auto"},
		{"a path", "/run/libvirt", "/run/libvirt"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := RedactURI(tt.uri); got != tt.want {
				t.Errorf("unexpected text: %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzRedactURI puts a password where passwords are: none of it is to be seen, and what is redacted is not redacted again.
func FuzzRedactURI(f *testing.F) {
	for _, password := range []string{"secret", "p@ss", "12/34", "12?34", "12#34", "%zz", "a b", "\n", ":", ""} {
		f.Add(password)
	}
	// No part of what surrounds the password has this in it.
	const mark = "70717"
	f.Fuzz(func(t *testing.T, password string) {
		password = mark + password + mark
		for _, uri := range []string{
			"qemu+ssh://root:" + password + "@host/system?socket=/s", "qemu+ssh://:" + password + "@host/system",
			"qemu+ssh://root:1" + password + "@host/system", "qemu:root:" + password + "@host", "root:" + password + "@host",
			"qemu+ssh://host/system?password=" + password, "qemu+ssh://host/system#" + password,
		} {
			got := RedactURI(uri)
			if strings.Contains(got, mark) {
				t.Errorf("%q shows %q", uri, got)
			}
			if again := RedactURI(got); again != got {
				t.Errorf("%q becomes %q, and that %q", uri, got, again)
			}
		}
	})
}
