package inbox

// Version is how far a client knows what changed for its person: memberships,
// marks and blocks (wire, A person). Versions are told now and then, and lost now
// and then; what lies between is read. The zero Version knows nothing.
type Version struct {
	known, told int64
	reading     bool
}

// Attached takes the version that the heads of a new connection show, and
// returns after which one changes are to be read, if any are: heads say nothing
// of blocks, and changes that were being read on another connection may be lost.
// A client that knew nothing begins there.
func (v *Version) Attached(version int64) (after int64, read bool) {
	v.reading = false
	if v.known == 0 {
		v.known = version
	}
	return v.Moved(version)
}

// Moved takes a version that the server told, and returns after which one
// changes are to be read now, if any are.
func (v *Version) Moved(version int64) (after int64, read bool) {
	v.told = max(v.told, version)
	if v.reading || v.told <= v.known {
		return 0, false
	}
	v.reading = true
	return v.known, true
}

// Read takes the version that the changes after one go up to, and tells whether
// they are news, to be taken: another reading may have been faster. Moved(0) then
// says whether there is more.
func (v *Version) Read(after, version int64) (news bool) {
	if after != v.known {
		return false
	}
	v.reading = false
	if version <= after { // the server knows of nothing more
		v.told = after
		return false
	}
	v.known = version
	return true
}
