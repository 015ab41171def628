package gormstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore"
)

// TestWritesShareATransaction lets packages with tables of their own write at the same time as the chart, some of them in vain: what
// failed leaves nothing behind, everything else is there, and each is told what became of it.
func TestWritesShareATransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		server := openServer(t, db.config(time.Now))
		s, err := server.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		site := siteDB(t, server, "a")
		type note struct {
			ID   string `gorm:"primaryKey"`
			Text string
		}
		if err := site.Writer.Exec("CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT)").Error; err != nil {
			t.Fatal(err)
		}
		errRegret := errors.New("regret")
		const rounds = 40
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i := range rounds {
			for name, write := range map[string]func() error{
				"good": func() error {
					return site.Write(context.Background(), func(tx *gorm.DB) error { return tx.Create(&note{fmt.Sprint("good", i), ""}).Error })
				},
				"raw": func() error {
					return site.Write(context.Background(), func(tx *gorm.DB) error {
						if err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", fmt.Sprint("raw", i), "x").Error; err != nil {
							return err
						}
						var seen note
						if err := tx.Take(&seen, "id = ?", fmt.Sprint("raw", i)).Error; err != nil || seen.Text != "x" {
							return fmt.Errorf("its own row is %+v: %w", seen, err)
						}
						return nil
					})
				},
				"chart": func() error {
					return s.Write(context.Background(), nil, func(tx chart.Tx) error {
						_, err := tx.Put(context.Background(), minimal(fmt.Sprint("p", i)))
						return err
					})
				},
			} {
				wg.Go(func() {
					<-begin
					if err := write(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			wg.Go(func() {
				<-begin
				err := site.Write(context.Background(), func(tx *gorm.DB) error {
					if err := tx.Create(&note{fmt.Sprint("regretted", i), ""}).Error; err != nil {
						return err
					}
					return errRegret
				})
				if !errors.Is(err, errRegret) {
					t.Errorf("a write that gave up is told %v", err)
				}
			})
			wg.Go(func() {
				<-begin
				err := site.Write(context.Background(), func(tx *gorm.DB) error {
					return tx.Create([]note{{fmt.Sprint("twice", i), ""}, {fmt.Sprint("twice", i), ""}}).Error
				})
				if !errors.Is(err, gorm.ErrDuplicatedKey) {
					t.Errorf("a write of two rows with one key is told %v", err)
				}
			})
		}
		close(begin)
		wg.Wait()
		var n, regretted int64
		if err := site.Reader.Model(&note{}).Count(&n).Error; err != nil || n != 2*rounds {
			t.Errorf("%d rows, %v; want %d", n, err, 2*rounds)
		}
		if err := site.Reader.Model(&note{}).Where("id LIKE 'regretted%' OR id LIKE 'twice%'").Count(&regretted).Error; err != nil || regretted != 0 {
			t.Errorf("%d rows of failed writes, %v", regretted, err)
		}
		for i := range rounds {
			if _, err := s.Read(t.Context(), chart.Key{Type: "Patient", ID: fmt.Sprint("p", i)}); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestWriteOfNobody is neither run for a caller that has left, nor when the server is closed.
func TestWriteOfNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		server, err := gormstore.Open(t.Context(), db.config(time.Now))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Add(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		site := siteDB(t, server, "a")
		none := func(tx *gorm.DB) error {
			return tx.Exec("UPDATE auth_setting SET value = '' WHERE name = 'none'").Error
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := site.Write(gone, none); err == nil {
			t.Error("written for a caller that has left")
		}
		if err := site.Write(t.Context(), none); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		if err := site.Write(t.Context(), none); err == nil {
			t.Error("written to a server that is closed")
		}
	})
}
