import assert from "node:assert/strict";
import { alignTabs } from "./tabs.ts";

Deno.test("alignTabs() makes a column as wide as its widest cell", () => {
  assert.equal(
    alignTabs("Name:\tweb\nNamespace:\tdefault\n"),
    "Name:       web\nNamespace:  default\n",
  );
});

Deno.test("alignTabs() starts anew behind a line that lacks the column", () => {
  assert.equal(
    alignTabs("A:\t1\nSection:\n  Long Title:\t2\n  B:\t3\n"),
    "A:  1\nSection:\n  Long Title:  2\n  B:           3\n",
  );
});

Deno.test("alignTabs() leaves no blanks at the end of a line", () => {
  assert.equal(
    alignTabs("Image ID:\t\nPort:\t80\n"),
    "Image ID:\nPort:      80\n",
  );
});
