package payment

import (
	"net/http"
	"time"
)

func decide(d interface{ Peer(string) int }) int {
	save()
	_ = time.Now()
	return d.Peer("casework") + http.StatusOK
}
