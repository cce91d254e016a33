// Judge: lets Go's own sumdb packages say whether our notes, proofs and tiles are what they claim.
//
// It shares no line with the code it judges. Input, on standard input, is JSON (type Case below);
// output is one JSON object that names, for each item, what was wrong, or "" where it was accepted.
// Run it with Debian's golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run .ci/judge/main.go < case.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// Case is what is to be judged; every []byte is base64 in JSON.
type Case struct {
	Vkey        string
	Checkpoints map[string][]byte
	Records     []Record
	Trees       []Tree
	Tilings     []Tiling
}

// Record claims that Leaf stands at Index under the named checkpoint.
type Record struct {
	Name, Checkpoint string
	Index            int64
	Leaf             []byte
	Proof            [][]byte
}

// Tree claims that checkpoint New extends checkpoint Old.
type Tree struct {
	Name, Old, New string
	Proof          [][]byte
}

// Tiling claims that Tiles, by path, hold the leaf hashes of the named checkpoint.
type Tiling struct {
	Name, Checkpoint string
	Tiles            map[string][]byte
	Leaves           [][]byte
}

// open verifies a checkpoint's signature and reads its size and root.
func open(vkey string, signed []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("the note's text is no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hashes(proof [][]byte) ([]tlog.Hash, error) {
	var result []tlog.Hash
	for _, raw := range proof {
		if len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(raw))
		}
		var one tlog.Hash
		copy(one[:], raw)
		result = append(result, one)
	}
	return result, nil
}

func (c *Case) checkpoint(name string) (tlog.Tree, error) {
	signed, known := c.Checkpoints[name]
	if !known {
		return tlog.Tree{}, fmt.Errorf("no checkpoint %q", name)
	}
	return open(c.Vkey, signed)
}

func (c *Case) judgeRecord(r Record) error {
	tree, err := c.checkpoint(r.Checkpoint)
	if err != nil {
		return err
	}
	proof, err := hashes(r.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, r.Index, tlog.RecordHash(r.Leaf))
}

func (c *Case) judgeTree(t Tree) error {
	older, err := c.checkpoint(t.Old)
	if err != nil {
		return err
	}
	newer, err := c.checkpoint(t.New)
	if err != nil {
		return err
	}
	proof, err := hashes(t.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash)
}

// tileReader serves our tiles under the paths that tlog uses: "tile/8/..." for our "tile/...".
type tileReader map[string][]byte

func (tileReader) Height() int { return tileHeight }

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var result [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
		data, known := r[path]
		if !known {
			return nil, fmt.Errorf("no tile %s", path)
		}
		result = append(result, data)
	}
	return result, nil
}

func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (c *Case) judgeTiling(t Tiling) error {
	tree, err := c.checkpoint(t.Checkpoint)
	if err != nil {
		return err
	}
	if int64(len(t.Leaves)) != tree.N {
		return fmt.Errorf("%d leaves under a checkpoint over %d", len(t.Leaves), tree.N)
	}
	var indexes []int64
	for number := range t.Leaves {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(number)))
	}
	found, err := tlog.TileHashReader(tree, tileReader(t.Tiles)).ReadHashes(indexes)
	if err != nil {
		return err
	}
	for number, leaf := range t.Leaves {
		if found[number] != tlog.RecordHash(leaf) {
			return fmt.Errorf("leaf %d isn't the one in its tile", number)
		}
	}
	return nil
}

func describe(err error) string {
	if err == nil {
		return ""
	}
	return "refused: " + err.Error()
}

func main() {
	var judged Case
	if err := json.NewDecoder(os.Stdin).Decode(&judged); err != nil {
		fmt.Fprintln(os.Stderr, "the case can't be read:", err)
		os.Exit(2)
	}
	verdicts := map[string]string{}
	for name, signed := range judged.Checkpoints {
		_, err := open(judged.Vkey, signed)
		verdicts["checkpoint "+name] = describe(err)
	}
	for _, record := range judged.Records {
		verdicts["record "+record.Name] = describe(judged.judgeRecord(record))
	}
	for _, tree := range judged.Trees {
		verdicts["tree "+tree.Name] = describe(judged.judgeTree(tree))
	}
	for _, tiling := range judged.Tilings {
		verdicts["tiling "+tiling.Name] = describe(judged.judgeTiling(tiling))
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
