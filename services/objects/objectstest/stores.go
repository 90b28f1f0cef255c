package objectstest

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"clusterzone/services/objects"
)

// NewDisk returns a prepared Disk in a folder of the test, and serves its upload
// addresses on a local port until the test ends.
func NewDisk(t testing.TB) *objects.Disk {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	disk, err := objects.NewDisk(objects.DiskConfig{
		Dir: t.TempDir(), BaseURL: server.URL, Secret: []byte(rand.Text()),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc(objects.UploadPath, disk.ServeUpload)
	mux.HandleFunc(objects.PartPath, disk.ServePart)
	if err := disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return disk
}

// NewMinIO returns a prepared store in a bucket of the test, which is emptied and removed
// at its end. The server is the one the environment names; without one the test is
// skipped, or fails when CI is "true". change may alter the settings first.
func NewMinIO(t testing.TB, change ...func(*objects.MinIOConfig)) *objects.MinIO {
	t.Helper()
	config := minioConfig(t)
	for _, f := range change {
		f(&config)
	}
	store, err := objects.NewMinIO(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeBucket(t, store, config) })
	return store
}

// minioConfig returns the settings of the server that the environment names, with a
// bucket name of the test's own that does not exist yet.
func minioConfig(t testing.TB) objects.MinIOConfig {
	t.Helper()
	endpoint := os.Getenv("CLUSTERZONE_TEST_MINIO_ENDPOINT")
	access := os.Getenv("CLUSTERZONE_TEST_MINIO_ACCESS_KEY")
	secret := os.Getenv("CLUSTERZONE_TEST_MINIO_SECRET_KEY")
	if endpoint == "" || access == "" || secret == "" {
		const reason = "no MinIO to test with: run deploy/services.sh up, then eval \"$(deploy/services.sh env)\""
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	return objects.MinIOConfig{
		Endpoint: endpoint, AccessKey: access, SecretKey: secret, PathStyle: true,
		Bucket: "test-" + strings.ToLower(rand.Text()),
	}
}

func removeBucket(t testing.TB, store *objects.MinIO, c objects.MinIOConfig) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := store.List(ctx, "", func(o objects.Info) error { return store.Delete(ctx, o.Key, o.Version) })
	if err != nil {
		t.Errorf("empty the bucket: %v", err)
	}
	client, err := minio.New(c.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.RemoveBucket(ctx, c.Bucket); err != nil {
		t.Errorf("remove the bucket: %v", err)
	}
}
