package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
)

// tensor is an entry of a safetensors header; offsets count from the header's end.
type tensor struct {
	Type    string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// model is a safetensors file: a length (8 bytes, little-endian), a JSON header, the tensors.
type model struct {
	bytes   []byte
	data    []byte
	tensors map[string]tensor
}

func readModel(path string) (*model, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(bytes) < 8 {
		return nil, fmt.Errorf("%s: too short", path)
	}
	end := 8 + int(binary.LittleEndian.Uint64(bytes))
	entries := map[string]json.RawMessage{}
	if err := json.Unmarshal(bytes[8:end], &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	delete(entries, "__metadata__")
	tensors := map[string]tensor{}
	for name, entry := range entries {
		var one tensor
		if err := json.Unmarshal(entry, &one); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		tensors[name] = one
	}
	return &model{bytes, bytes[end:], tensors}, nil
}

// place is where the tensor's bytes are.
func (m *model) place(name string) []byte {
	at := m.tensors[name].Offsets
	return m.data[at[0]:at[1]]
}

// floats are the numbers of a float32 tensor.
func (m *model) floats(name string) []float32 {
	bytes := m.place(name)
	floats := make([]float32, len(bytes)/4)
	for i := range floats {
		floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
	}
	return floats
}

// put rounds once to float32 and writes.
func (m *model) put(name string, numbers []float64) {
	bytes := m.place(name)
	for i, number := range numbers {
		binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(float32(number)))
	}
}
