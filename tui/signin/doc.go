// Package signin is the forms before there is a session: log in, make an
// account, confirm its address with a code, set a forgotten password, and become
// the server's first administrator by its one-time token.
//
// It owns what is written in them and asks the server, in commands that end
// with the context of New. It promises that no password or code is shown or
// kept longer than its form. Where the development mailbox can be read, the code
// is fetched from there, by the function that is handed in. The session goes to
// the root as Done, the wish to leave as Leave; keeping the session is left to it. A Model is a value.
package signin
