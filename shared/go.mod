module mydocker.example/shared

go 1.25
