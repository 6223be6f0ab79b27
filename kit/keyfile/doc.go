// Package keyfile keeps the files on whose content everything rests: keys. A key is made once, by the installation, and written
// down (name and check value, never the key) in a record apart from the files. A key that once existed is never made anew: under
// a new one, what the old one protected would be lost in silence.
//
//	record   file      ─▶
//	none     none         made, written to the disk, recorded (first installation, or a new release's new key)
//	none     there        recorded, if it has the form of such a key (an installation from before the record)
//	there    none         refused: bring the file back
//	there    there        refused unless it is the recorded key, this user's alone
//
// The record is the database (kit.key_file, which no block's role can write) or, for what runs without one, a file (FileRecord).
package keyfile
