package password_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/gateway/account/password"
)

func TestDefaultCostsAreTheRequiredOnes(t *testing.T) {
	h := password.NewHasher(password.Default())
	turn, err := h.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer turn.End()
	hash := turn.Hash("correct horse")
	if !strings.HasPrefix(hash.Encode(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(hash.Encode())
	}
	read, err := password.Parse(hash.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if ok, again := turn.Verify(read, "correct horse"); !ok || again {
		t.Fatal("the right password", ok, again)
	}
	if ok, _ := turn.Verify(read, "correct horse "); ok {
		t.Fatal("a wrong password was taken")
	}
	if turn.Hash("correct horse").Encode() == hash.Encode() {
		t.Fatal("two hashes have one salt")
	}
}

func TestHashingIsBoundedAndItsQueueShort(t *testing.T) {
	h := password.NewHasher(password.Params{MemoryKiB: 8, Passes: 1, Threads: 1})
	var turns []password.Turn
	for range runtime.GOMAXPROCS(0) {
		turn, err := h.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		turns = append(turns, turn)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	waiting := 0
	for busy := false; !busy; { // fill the queue: nobody of it gets a turn
		go func() { _, err := h.Begin(ctx); ended <- err }()
		select {
		case err := <-ended:
			if busy = errors.Is(err, password.ErrBusy); !busy {
				t.Fatalf("begun beyond the bound: %v", err)
			}
		default:
			runtime.Gosched()
			if waiting++; waiting > 10_000 {
				t.Fatal("the queue has no bound")
			}
		}
	}
	cancel()
	for range waiting {
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, password.ErrBusy) {
			t.Fatal(err)
		}
	}
	for _, turn := range turns {
		turn.End()
	}
	turn, err := h.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	turn.End()
}

func TestPasswordsThatAreGuessedFirstAreRefused(t *testing.T) {
	for _, bad := range []string{"password", "PassWord123", "qwertyuiop", "12345678", "!qaz2wsx", "iloveyou", "zxcvbnm1", "1234567", "", strings.Repeat("x", 257)} {
		if password.Check(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"a long and dull sentence", "# Passwords that are", "password\n12345678", strings.Repeat("x", 256), "\xffé漢字漢字", "zzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		if err := password.Check(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func FuzzParseReadsOnlyWhatEncodeWrites(f *testing.F) {
	h := password.NewHasher(password.Params{MemoryKiB: 8, Passes: 1, Threads: 1})
	turn, err := h.Begin(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(turn.Hash("x").Encode())
	turn.End()
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2i$v=19$m=8,t=1,p=1$$")
	f.Add("$argon2id$v=19$m=08,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := password.Parse(s); err == nil && got.Encode() != s {
			t.Fatalf("%q read as %q", s, got.Encode())
		}
	})
}
