// Package widget is how the screens look: the styles of each part, made for
// what the terminal can show and for a light or dark background.
//
// It owns the colours. Nobody else names one, so that no screen is unreadable
// on a terminal that this package knows of. A Theme is not changed once it is
// made and may be shared.
package widget
