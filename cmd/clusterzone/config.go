package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// config is every setting; the only reader of the environment. Absent settings choose the
// embedded part, see the README.
type config struct {
	Listen         string   `env:"LISTEN" envDefault:"127.0.0.1:8080"`
	DataDir        string   `env:"DATA_DIR" envDefault:"data"`
	PublicURL      string   `env:"PUBLIC_URL"`
	SecretKey      string   `env:"SECRET_KEY"`
	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	DatabaseURL    string   `env:"DATABASE_URL"`
	DatabaseConns  int      `env:"DATABASE_CONNS" envDefault:"16"`
	RedisAddr      string   `env:"REDIS_ADDR"`
	Queue          string   `env:"QUEUE_NAME"`
	MinIOEndpoint  string   `env:"MINIO_ENDPOINT"`
	MinIOPublic    string   `env:"MINIO_PUBLIC_ENDPOINT"`
	MinIOAccessKey string   `env:"MINIO_ACCESS_KEY"`
	MinIOSecretKey string   `env:"MINIO_SECRET_KEY"`
	MinIOBucket    string   `env:"MINIO_BUCKET" envDefault:"clusterzone-files"`
	MinIOSecure    bool     `env:"MINIO_SECURE"`
	SMTPURL        string   `env:"SMTP_URL"`
	ClamdAddr      string   `env:"CLAMD_ADDR"`
	ClamdMaxBytes  int64    `env:"CLAMD_MAX_BYTES" envDefault:"104857600"`
	ScanRequired   bool     `env:"SCAN_REQUIRED"`
	MailFrom       string   `env:"MAIL_FROM" envDefault:"clusterzone@localhost"`
	DigestAt       string   `env:"DIGEST_AT" envDefault:"08:30"` // hour of the daily digest, in Shanghai

	demo   bool // demo data, cheap password hashing, a banner on every page
	worker bool // run the job worker in this process
	hooks  hooks
	now    func() time.Time // the seeder's clock; nil: the product's
}

// readConfig reads the environment through getenv.
func readConfig(getenv func(string) string) (config, error) {
	vars := map[string]string{}
	for _, name := range settings() {
		if v := getenv(name); v != "" {
			vars[name] = v
		}
	}
	var c config
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		return c, fmt.Errorf("settings: %w", err)
	}
	c.hooks = readHooks(getenv)
	if c.MinIOEndpoint != "" && (c.MinIOAccessKey == "" || c.MinIOSecretKey == "") {
		return c, errors.New("settings: MINIO_ACCESS_KEY and MINIO_SECRET_KEY belong to MINIO_ENDPOINT")
	}
	if _, err := c.digestAt(); err != nil {
		return c, err
	}
	if c.ScanRequired && c.ClamdAddr == "" {
		return c, errors.New("settings: SCAN_REQUIRED needs CLAMD_ADDR")
	}
	c.worker = c.RedisAddr == ""
	return c, nil
}

// settings lists the names that are read.
func settings() []string {
	fields, err := env.GetFieldParams(&config{})
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range fields {
		if f.Key != "" {
			names = append(names, f.Key)
		}
	}
	return names
}

func (c config) clock() func() time.Time {
	if c.now != nil {
		return c.now
	}
	return c.hooks.clock()
}

func (c config) publicURL() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return "http://" + c.Listen
}

// digestAt is the hour of the daily digest since midnight.
func (c config) digestAt() (time.Duration, error) {
	if c.DigestAt == "" {
		return 0, nil // the seeder's settings: the default of the package
	}
	t, err := time.Parse("15:04", c.DigestAt)
	if err != nil || t.Hour() < 5 || t.Hour() >= 17 {
		return 0, fmt.Errorf("settings: DIGEST_AT %q: write an hour from 05:00 to 16:59, such as 08:30", c.DigestAt)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// secret is the key of upload addresses and audit checkpoints: SECRET_KEY, or one made once
// and kept in the data folder.
func (c config) secret() ([]byte, error) {
	if c.SecretKey != "" {
		if len(c.SecretKey) < 16 {
			return nil, errors.New("settings: SECRET_KEY needs at least 16 characters")
		}
		return []byte(c.SecretKey), nil
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(c.DataDir, "secret.key")
	if text, err := os.ReadFile(path); err == nil && len(text) >= 32 {
		return text, nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	text := []byte(hex.EncodeToString(raw))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return text, nil
}
