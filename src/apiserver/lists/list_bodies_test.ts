import assert from "node:assert/strict";
import type { Row } from "../../store/store.ts";
import { ListBodies } from "./list_bodies.ts";

const row = (key: string, revision: number): Row => ({
  key,
  revision,
  text: "{}",
});

/** Asks, and tells whether the text was needed. */
function ask(bodies: ListBodies, question: string, rows: Row[]): boolean {
  let encoded = false;
  const tail = bodies.tailOf(question, rows, () => {
    encoded = true;
    return question + JSON.stringify(rows);
  });
  assert.equal(tail.plainBytes, (question + JSON.stringify(rows)).length);
  return encoded;
}

Deno.test("ListBodies.tailOf() compresses again only when rows have changed", () => {
  const bodies = new ListBodies();
  const [a, b] = [row("a", 1), row("b", 2)];
  assert.ok(ask(bodies, "q", [a, b]));
  assert.ok(!ask(bodies, "q", [a, b]));
  assert.ok(ask(bodies, "q", [a]));
  assert.ok(ask(bodies, "q", [a, row("b", 3)]));
  assert.ok(ask(bodies, "q", [a, row("c", 4)]));
  assert.ok(!ask(bodies, "q", [a, row("c", 4)]));
  assert.ok(ask(bodies, "other", [a, row("c", 4)]));
});

Deno.test("ListBodies.tailOf() forgets what was wanted longest ago", () => {
  const rows = Array.from({ length: 50 }, (_, i) => row(`${Math.sin(i)}`, i));
  const one = new ListBodies();
  const { length } = one.tailOf("a", rows, () => "a" + JSON.stringify(rows))
    .blocks;
  const bodies = new ListBodies((length + 50 * 8) * 2 + 20);
  for (const question of ["a", "b", "a", "c"]) ask(bodies, question, rows);
  assert.ok(!ask(bodies, "a", rows));
  assert.ok(!ask(bodies, "c", rows));
  assert.ok(ask(bodies, "b", rows));
});

Deno.test("ListBodies.tailOf() does not remember what is larger than all it may", () => {
  const bodies = new ListBodies(4);
  assert.ok(ask(bodies, "a", [row("a", 1)]));
  assert.ok(ask(bodies, "a", [row("a", 1)]));
});
