module mydocker.example/day2-cgroups

go 1.25.0

require (
	github.com/docker/go-units v0.5.0
	github.com/guptarohit/asciigraph v0.10.0
	github.com/spf13/pflag v1.1.0
	mydocker.example/shared v0.0.0
)

require (
	github.com/creack/pty v1.1.24 // indirect
	github.com/fatih/color v1.19.0 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/sys v0.44.0 // indirect
	golang.org/x/term v0.43.0 // indirect
)

replace mydocker.example/shared => ../shared
