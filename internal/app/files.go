package app

import (
	"context"
	"math"
)

const (
	// filesOfProcess and filesOfSite are how many files the program has open beside the connections of clients: what it runs on, and the
	// connections to the database of each site that is in use.
	filesOfProcess = 24
	filesOfSite    = 28
)

// connections is how many connections clients may have, of the files that the system lets this process have open: a quarter is left for the
// databases, or more where that is not enough for its sites; and a quarter is the clients' in any case.
func (a *App) connections(ctx context.Context) int {
	files, bounded := openFiles()
	if !bounded {
		return math.MaxInt32
	}
	sites, err := a.Sites.List(ctx)
	if err != nil {
		sites = []string{DefaultSite}
	}
	return connectionsOf(files, len(sites))
}

func connectionsOf(files, sites int) int {
	kept := max(files/4, filesOfProcess+sites*filesOfSite)
	return files - min(kept, files*3/4)
}
