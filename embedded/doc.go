// Package embedded keeps the engines that live in this process and on this
// disk: one data directory with the databases, the log and the mailbox, for one
// process at a time.
//
// It promises that the directory is private, locked, of a layout this program
// knows, and on a file system on which a sync means something; and that new
// work is refused before the disk is full (promises, rule 9). What is stored in
// it belongs to the stores and the log; the disk under it is package disk's, what
// a machine will carry package machine's. Constructors start nothing; all methods
// may be called concurrently.
package embedded
