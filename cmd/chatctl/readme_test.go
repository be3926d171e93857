package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryCommandOfTheREADMEIsRunByAScript: a script may add flags behind a
// command of the README, but must run it as it is written there.
func TestEveryCommandOfTheREADMEIsRunByAScript(t *testing.T) {
	commands := readmeCommands(t)
	if len(commands) < 10 {
		t.Fatalf("only %d commands were found in the README", len(commands))
	}
	run := scriptLines(t)
	for _, c := range commands {
		if !slices.ContainsFunc(run, func(line string) bool { return line == c || strings.HasPrefix(line, c+" ") }) {
			t.Errorf("no script runs: %s", c)
		}
	}
}

// readmeCommands are the lines of the README's sh blocks that call chatctl, without what is piped into it.
func readmeCommands(t *testing.T) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			inside = line == "```sh"
			continue
		}
		if _, after, piped := strings.Cut(line, "| chatctl "); piped {
			line = "chatctl " + after
		}
		if inside && strings.HasPrefix(line, "chatctl ") {
			commands = append(commands, line)
		}
	}
	return commands
}

// scriptLines are the commands of all scripts, whatever status they want.
func scriptLines(t *testing.T) (lines []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if _, after, found := strings.Cut(line, "chatctl "); found {
				lines = append(lines, "chatctl "+strings.TrimSpace(after))
			}
		}
	}
	return lines
}
