import assert from "node:assert/strict";
import { enumsOf, moduleOf } from "./generate_enums.ts";

const SOURCE = `
// Color is what it looks like.
// +enum
type Color string

const (
	// Red is red.
	Red Color = "Red"
	Blue = Color("Blue")
	Sky = Color(v1.SkyColor)
)

// Size is free.
type Size string

const Large Size = "Large"

// +enum
// Hue is an old name.
type Hue = Color
`;

Deno.test("enumsOf() takes the values of marked types, sorted", () => {
  assert.deepEqual([...enumsOf(SOURCE, new Map([["SkyColor", "Azure"]]))], [
    ["Color", ["Azure", "Blue", "Red"]],
    ["Hue", ["Azure", "Blue", "Red"]],
  ]);
});

Deno.test("moduleOf() writes them by name", () => {
  const text = moduleOf(new Map([["core.v1.B", ["x"]], ["core.v1.A", ["y"]]]));
  assert.match(text, /"core\.v1\.A": \["y"\],\n {2}"core\.v1\.B": \["x"\]/);
});
