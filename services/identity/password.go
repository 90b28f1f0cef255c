package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"clusterzone/services/fault"
)

const (
	passwordMin = 10  // characters
	passwordMax = 128 // characters
	// passwordBytes bounds what is hashed at a login, whoever sent it.
	passwordBytes = 4 * passwordMax
)

// Hash returns the stored form of a password. It is slow on purpose: never call it inside a
// transaction that others wait for.
func (s *Service) Hash(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, &s.c.Argon)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// hashBounded is Hash under the bound on memory.
func (s *Service) hashBounded(ctx context.Context, password string) (hash string, err error) {
	err = s.bounded(ctx, func() error {
		hash, err = s.Hash(password)
		return err
	})
	return hash, err
}

// verdict is what a password is worth against a stored hash.
type verdict struct {
	ok      bool
	outdate bool // right, but stored at another cost than is set now
}

// verify compares a password with a stored hash; an empty hash costs the same work and never
// matches, so that the time does not tell whether an account exists or has a password.
func (s *Service) verify(ctx context.Context, password, hash string) (v verdict, err error) {
	known := hash != "" && len(password) <= passwordBytes
	if !known {
		password, hash = "", s.decoy()
	}
	err = s.bounded(ctx, func() error {
		match, params, err := argon2id.CheckHash(password, hash)
		if err != nil {
			return fmt.Errorf("check password: %w", err)
		}
		v = verdict{ok: match && known, outdate: *params != s.c.Argon}
		return nil
	})
	return v, err
}

// decoy is a well-formed hash of the current cost that belongs to no password.
func (s *Service) decoy() string {
	random := make([]byte, s.c.Argon.SaltLength+s.c.Argon.KeyLength)
	_, _ = rand.Read(random)
	salt, key := random[:s.c.Argon.SaltLength], random[s.c.Argon.SaltLength:]
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", s.c.Argon.Memory, s.c.Argon.Iterations,
		s.c.Argon.Parallelism, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// bounded runs work when one of the slots for hashing is free.
func (s *Service) bounded(ctx context.Context, work func() error) error {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return work()
	case <-ctx.Done():
		return &fault.Error{Kind: fault.Unavailable, Code: "unavailable", Err: ctx.Err()}
	}
}

// checkPassword says what is wrong with a new password of a login.
func checkPassword(path, password, login string) error {
	lower := strings.ToLower(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || n > passwordMax:
		return fault.BadField(path, "password_long", "Max", fmt.Sprint(passwordMax))
	case n < passwordMin:
		return fault.BadField(path, "password_short", "Min", fmt.Sprint(passwordMin))
	case lower == login || len(login) >= 4 && strings.Contains(lower, login):
		return fault.BadField(path, "password_login")
	case common(lower):
		return fault.BadField(path, "password_common")
	}
	return nil
}

// common reports whether a password is among the first that are guessed: a well-known one,
// one of fewer than five different characters, or a run along the alphabet or the digits.
func common(lower string) bool {
	known := []string{
		"qwertyuiop", "qwerty1234", "qwerty12345", "qwerty123456", "1q2w3e4r5t", "1qaz2wsx3edc", "1qaz@wsx3edc",
		"q1w2e3r4t5", "password12", "password123", "password1234", "password@123", "passw0rd123", "p@ssw0rd123",
		"admin12345", "admin123456", "admin@12345", "administrator", "woaini1314", "woaini1314520", "woaini123456",
		"a123456789", "a1234567890", "abc1234567", "abc123456789", "aa123456789", "1234567890a", "123456789a",
		"1234567890", "12345678910", "0987654321", "9876543210", "1029384756", "123qweasdzxc", "qweasdzxc123",
		"qazwsxedc123", "asdfghjkl123", "zxcvbnm123", "iloveyou123", "welcome123", "letmein123", "chongqing123",
		"chongqing2016", "clusterzone",
	}
	return slices.Contains(known, lower) || fewCharacters(lower) || isRun(lower)
}

func fewCharacters(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5
}

// isRun reports whether each character follows the one before, as in abcdefghij.
func isRun(s string) bool {
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		if runes[i]-runes[i-1] != 1 {
			return false
		}
	}
	return true
}

// oneTime makes a password to be read aloud and typed once: 80 random bits in groups of four.
func oneTime() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:16]}, "-")
}
