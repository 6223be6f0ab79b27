package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// boundSpan is how long a bound is measured: less than the operation, whose span evens out garbage collection and checkpoints.
func (t Target) boundSpan() time.Duration { return min(t.Span, 2*time.Second) }

// signatures is how many ES256 signatures all cores make in a second.
func signatures(ctx context.Context, clients int, span time.Duration) (float64, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256([]byte("wasl"))
	s, err := load(ctx, clients, span, func(context.Context, int) error {
		_, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		return err
	})
	return s.rate, err
}

// checks is how many ES256 signatures all cores check in a second.
func checks(ctx context.Context, clients int, span time.Duration) (float64, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256([]byte("wasl"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return 0, err
	}
	s, err := load(ctx, clients, span, func(context.Context, int) error {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], sig) {
			return fmt.Errorf("bench: own signature refused")
		}
		return nil
	})
	return s.rate, err
}

// bare is a handler that reads the request and answers as many bytes as the measured operation does.
func bare(size int) http.Handler {
	body := strings.Repeat("x", size)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, body)
	})
}

// plain is how many requests a bare handler answers over HTTP/1.1 with kept connections.
func plain(ctx context.Context, clients, size int, span time.Duration) (float64, error) {
	s := httptest.NewServer(bare(size))
	defer s.Close()
	return drive(ctx, clients, s.URL, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}, span)
}

// mutualTLS is the same over mutual TLS 1.3 and HTTP/2.
func mutualTLS(ctx context.Context, clients, size int, span time.Duration) (float64, error) {
	cert, pool, err := selfSigned()
	if err != nil {
		return 0, err
	}
	s := httptest.NewUnstartedServer(bare(size))
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	s.StartTLS()
	defer s.Close()
	return drive(ctx, clients, s.URL, &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool},
	}}, span)
}

func drive(ctx context.Context, clients int, address string, client *http.Client, span time.Duration) (float64, error) {
	defer client.CloseIdleConnections()
	s, err := load(ctx, clients, span, func(ctx context.Context, _ int) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(strings.Repeat("x", 1024)))
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
	return s.rate, err
}

func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool, nil
}
