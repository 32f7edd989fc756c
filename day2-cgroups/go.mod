module mydocker.example/day2-cgroups

go 1.25

require mydocker.example/shared v0.0.0

replace mydocker.example/shared => ../shared
