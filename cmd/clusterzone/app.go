package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"clusterzone/services/agenda"
	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/evaluation"
	"clusterzone/services/identity"
	"clusterzone/services/jobs"
	"clusterzone/services/mail"
	"clusterzone/services/notice"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/registry"
	"clusterzone/services/reminder"
	"clusterzone/services/review"
	"clusterzone/services/scan"
	"clusterzone/services/steering"
	"clusterzone/services/tables"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// app is the whole product, wired; every verb and the tests use the same one.
type app struct {
	cfg    config
	log    *slog.Logger
	secret []byte

	db     *database.DB
	book   *policy.Book
	engine *casework.Engine
	store  objects.Store
	disk   *objects.Disk // nil with an object store
	queue  *jobs.Queue
	relay  *outbox.Relay
	words  *wording.Catalogue
	teller *problem.Teller
	press  *paper.Press
	clamd  *scan.Clamd // nil without a scanner

	identity       *identity.Service
	attachments    *attachment.Service
	reviews        *review.Service
	notices        *notice.Service
	zones          *registry.Service
	documents      *document.Service
	applications   *application.Service
	evaluations    *evaluation.Service
	rectifications *evaluation.Rectifications
	inbox          *reminder.Reminder
	tables         *tables.Service
	feeds          *agenda.Feeds
	cases          map[workflows.Kind]casework.Service
	steering       *steering.Service
}

// newApp opens the parts that the settings name and wires the services over them.
func newApp(ctx context.Context, cfg config, log *slog.Logger) (*app, error) {
	a := &app{cfg: cfg, log: log}
	for _, step := range []func(context.Context) error{a.openTexts, a.openDatabase, a.openStore, a.openQueue, a.wire} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

func (a *app) openTexts(context.Context) (err error) {
	if a.words, err = wording.New(); err != nil {
		return err
	}
	if a.press, err = paper.New(); err != nil {
		return err
	}
	data, err := policy.Load()
	if err != nil {
		return err
	}
	a.book, a.teller = policy.NewBook(data), problem.New(a.words, a.log)
	a.engine = casework.New(a.book)
	a.secret, err = a.cfg.secret()
	return err
}

func (a *app) openDatabase(ctx context.Context) (err error) {
	a.db, err = database.Open(ctx, database.Config{URL: a.cfg.DatabaseURL, Dir: a.cfg.DataDir, Conns: a.cfg.DatabaseConns, Now: a.cfg.clock()})
	return err
}

func (a *app) openStore(context.Context) error {
	if a.cfg.MinIOEndpoint == "" {
		disk, err := objects.NewDisk(objects.DiskConfig{Dir: filepath.Join(a.cfg.DataDir, "objects"), Secret: a.secret, Now: a.cfg.clock()})
		if err != nil {
			return fmt.Errorf("object folder: %w", err)
		}
		a.store, a.disk = disk, disk
		return nil
	}
	s3, err := objects.NewMinIO(objects.MinIOConfig{Endpoint: a.cfg.MinIOEndpoint, PublicEndpoint: a.cfg.MinIOPublic, AccessKey: a.cfg.MinIOAccessKey,
		SecretKey: a.cfg.MinIOSecretKey, Bucket: a.cfg.MinIOBucket, Secure: a.cfg.MinIOSecure, PathStyle: true})
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	a.store = s3
	return nil
}

func (a *app) openQueue(context.Context) (err error) {
	if a.queue, err = jobs.New(jobs.Config{RedisAddr: a.cfg.RedisAddr, DB: a.db, Name: a.cfg.Queue, Log: a.log}); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	a.relay = outbox.NewRelay(outbox.RelayConfig{DB: a.db, Enqueue: a.queue.Enqueue, Log: a.log})
	return nil
}

// wire builds the services; loaders that look upwards are closures over what is built last.
func (a *app) wire(context.Context) error {
	idc := identity.Config{DB: a.db, Issuer: "Clusterzone"}
	if a.cfg.demo {
		idc.Argon = identity.CheapArgon()
	}
	a.identity = identity.New(idc)
	a.wireShared()
	a.zones = registry.New(registry.Config{DB: a.db, Engine: a.engine, Book: a.book, Objects: a.store, Paper: a.press, PublicURL: a.cfg.publicURL()})
	a.applications = application.New(application.Config{DB: a.db, Engine: a.engine, Book: a.book, Files: attachment.List, Reviews: a.reviews,
		Notices: a.notices, Zones: a.zones})
	a.documents = document.New(document.Config{DB: a.db, Objects: a.store, Press: a.press, PublicURL: a.cfg.publicURL(),
		Sources: map[workflows.Kind]document.Source{workflows.Application.Kind: paperSource{a}}})
	a.tables = tables.New(tables.Config{DB: a.db, Applications: a.applications, Book: a.book, Words: a.words})
	a.wireEvaluations()
	if err := a.wireScan(); err != nil {
		return err
	}
	a.attachments = attachment.New(attachment.Config{DB: a.db, Store: a.store, Scan: a.scan(), MustScan: a.cfg.ScanRequired, Parents: map[workflows.Kind]attachment.Parent{
		workflows.Application.Kind: a.applications, workflows.Evaluation.Kind: a.evaluations, workflows.Rectification.Kind: a.rectifications,
		workflows.Condition.Kind: a.applications.ConditionFiles(), workflows.Objection.Kind: a.notices.Evidence()}})
	a.notices.Keep(a.attachments)
	a.cases = map[workflows.Kind]casework.Service{}
	for _, s := range []casework.Service{a.applications, a.applications.Opinions(), a.applications.Conditions(), a.reviews, a.notices, a.zones, a.evaluations, a.rectifications} {
		a.cases[s.Kind()] = s
	}
	a.steering = steering.New(steering.Config{DB: a.db, Book: a.book, Objects: a.store, Applications: a.applications, Cases: a.cases,
		Words: a.words, Teller: a.teller})
	return a.wireInbox()
}

func (a *app) wireShared() {
	a.reviews = review.New(review.Config{DB: a.db, Engine: a.engine, Book: a.book, Subjects: map[workflows.Kind]review.Subjects{
		workflows.Application.Kind: func(tx *database.Tx, c casework.Ref) (review.Subject, error) {
			return a.applications.ReviewSubject(tx, c)
		},
		workflows.Evaluation.Kind: func(tx *database.Tx, c casework.Ref) (review.Subject, error) {
			return a.evaluations.ReviewSubject(tx, c)
		},
	}})
	a.notices = notice.New(notice.Config{DB: a.db, Engine: a.engine, Book: a.book, PublicURL: a.cfg.publicURL(), Text: a.text, Subjects: map[workflows.Kind]notice.Subjects{
		workflows.Application.Kind: func(tx *database.Tx, c casework.Ref) (notice.Subject, error) {
			return a.applications.NoticeSubject(tx, c)
		},
		workflows.Evaluation.Kind: func(tx *database.Tx, c casework.Ref) (notice.Subject, error) {
			return a.evaluations.NoticeSubject(tx, c)
		},
	}})
}

func (a *app) wireEvaluations() {
	a.evaluations = evaluation.New(evaluation.Config{DB: a.db, Engine: a.engine, Book: a.book, Files: attachment.List, Reviews: a.reviews,
		Notices: a.notices, Zones: a.zones})
	a.rectifications = a.evaluations.Rectifications()
}

func (a *app) wireInbox() (err error) {
	var sender mail.Sender = mail.NewLog(a.log)
	if a.cfg.SMTPURL != "" {
		if sender, err = mail.NewSMTP(a.cfg.SMTPURL, a.cfg.MailFrom); err != nil {
			return err
		}
	}
	at, err := a.cfg.digestAt()
	if err != nil {
		return err
	}
	a.notices.Mail = sender
	a.inbox, err = reminder.New(reminder.Config{DB: a.db, Mail: sender, PublicURL: a.cfg.publicURL(), Link: casework.Path, Text: a.text,
		Calendars: a.book, Desks: a.desks, DigestAt: at})
	if err != nil {
		return err
	}
	a.feeds, err = agenda.New(agenda.Config{DB: a.db, Desks: a.desks, PublicURL: a.cfg.publicURL(), Text: a.text})
	return err
}

func (a *app) text(lang, key string, params map[string]any) string {
	return a.words.Text(wording.Lang(lang), key, params)
}

// desks are those of every kind of case that has a service.
func (a *app) desks() []casework.Desk {
	var out []casework.Desk
	for _, w := range workflows.All() {
		if s, ok := a.cases[w.Kind]; ok {
			out = append(out, s.Desk())
		}
	}
	return out
}

// prepare migrates the schema, readies the stores and loads the policy.
func (a *app) prepare(ctx context.Context) error {
	if err := a.db.Migrate(ctx); err != nil {
		return err
	}
	if err := a.store.Prepare(ctx); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	err := a.db.Update(ctx, func(tx *database.Tx) error {
		if err := document.Seed(tx); err != nil {
			return err
		}
		return a.seedPolicy(tx)
	})
	if err != nil {
		return err
	}
	return a.steering.Reindex(ctx)
}

func (a *app) close() error {
	var errs []error
	if a.queue != nil {
		errs = append(errs, a.queue.Close())
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}
