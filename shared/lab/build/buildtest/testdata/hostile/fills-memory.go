// It takes all the memory that it can get.
package main

func main() {
	var all [][]byte
	for {
		page := make([]byte, 1<<20)
		for i := range page {
			page[i] = 1
		}
		all = append(all, page)
	}
}
