// Checks a ledger that mlo exported with the libraries of Go's own checksum database.
//
//	tlog VERIFIER-KEY-FILE TILES [OLDER-CHECKPOINT | PROOF]...
//
// TILES is a folder of C2SP tlog-tiles: its checkpoint's signature (sumdb/note), every tile and
// every entry are checked against the root (sumdb/tlog). An older checkpoint must be of the same
// log's beginning, and a proof (C2SP tlog-proof) must prove its entry.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) string {
	data, err := os.ReadFile(path)
	must(err)
	return string(data)
}

func open(text string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("no checkpoint of %s", verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: hash}
}

// folder serves tiles as tlog asks for them; C2SP's paths have no height in them.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(f folder, size int64) [][]byte {
	var all [][]byte
	for from := int64(0); from < size; from += 256 {
		width := size - from
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: -1, N: from / 256, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		data := []byte(read(filepath.Join(string(f), path)))
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func checkProof(text string, verifier note.Verifier) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("no proof"))
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		path = append(path, hash)
	}
	tree := open(checkpoint, verifier)
	must(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	fmt.Printf("entry %d is in the tree of %d\n", index, tree.N)
}

func main() {
	verifier, err := note.NewVerifier(strings.TrimSpace(read(os.Args[1])))
	must(err)
	tiles := folder(os.Args[2])
	tree := open(read(filepath.Join(os.Args[2], "checkpoint")), verifier)
	hashes := tlog.TileHashReader(tree, tiles)
	records := entries(tiles, tree.N)
	if int64(len(records)) != tree.N {
		must(fmt.Errorf("%d entries, but the tree has %d", len(records), tree.N))
	}
	for index, record := range records {
		hash, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		must(err)
		if hash[0] != tlog.RecordHash(record) {
			must(fmt.Errorf("entry %d is not the one in the tree", index))
		}
		proof, err := tlog.ProveRecord(tree.N, int64(index), hashes)
		must(err)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), hash[0]))
	}
	fmt.Printf("%d entries are those of the tree\n", tree.N)
	for _, path := range os.Args[3:] {
		text := read(path)
		if strings.HasPrefix(text, "c2sp.org/tlog-proof@v1\n") {
			checkProof(text, verifier)
			continue
		}
		older := open(text, verifier)
		proof, err := tlog.ProveTree(tree.N, older.N, hashes)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
		fmt.Printf("the tree of %d is the beginning\n", older.N)
	}
}
