// Package libvirttest is a libvirt daemon made of Go values, for tests of what real daemons do not do on demand: to
// hang in the middle, to lack a function, to answer nonsense, to hold virtual machines of any number and state.
//
// It speaks libvirt's protocol (https://libvirt.org/kbase/internals/rpc.html) as far as a monitor asks: it decodes each
// request and answers from its values. It does not authenticate, and nothing can be changed through it.
package libvirttest
