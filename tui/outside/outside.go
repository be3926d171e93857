// Package outside is what the chat client does beside its screen: it copies to
// the terminal's clipboard, opens links, and knows whether a shell waits for it.
// Copying and opening is for commands; nothing here waits for a person.
package outside

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os/exec"
)

// mostCopied is what terminals take as one OSC 52 (xterm and tmux cut above it).
const mostCopied = 74_994

// Copyable reports whether s is not too long to be copied.
func Copyable(s string) bool { return base64.StdEncoding.EncodedLen(len(s)) <= mostCopied }

// Copy asks the terminal behind w to put s in the clipboard (OSC 52), in one
// write. Terminals do not answer whether they did.
func Copy(w io.Writer, s string) error {
	if _, err := io.WriteString(w, "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(s))+"\x1b\\"); err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	return nil
}

// Browse opens an address with a program, which gets it as its last argument and
// never through a shell.
func Browse(ctx context.Context, opener []string, url string) error {
	argv := append(opener[:len(opener):len(opener)], url)
	if err := exec.CommandContext(ctx, argv[0], argv[1:]...).Run(); err != nil {
		return fmt.Errorf("opening the link with %s: %w", argv[0], err)
	}
	return nil
}
