module mydocker.example/shared

go 1.25.0

require (
	github.com/docker/go-units v0.5.0
	golang.org/x/sys v0.44.0
)
