import assert from "node:assert/strict";
import { Exposition } from "./exposition.ts";

Deno.test("text() writes names in order, each described once, and leaves out what has no value", () => {
  const out = new Exposition();
  out.describe("b_total", "counter", "Things");
  out.describe("a_bytes", "gauge", "A \\ and\na line");
  out.describe("c", "gauge", "Never said");
  out.add("b_total", 3, { labels: { pod: "x", why: 'a "b" \\ \n' } });
  out.add("b_total", 4.5, { labels: { pod: "y", why: "" }, at: 1_700.9 });
  out.add("a_bytes", 2 ** 40);
  out.add("c", undefined);
  assert.equal(
    out.text(),
    [
      "# HELP a_bytes A \\\\ and\\na line",
      "# TYPE a_bytes gauge",
      "a_bytes 1099511627776",
      "# HELP b_total Things",
      "# TYPE b_total counter",
      'b_total{pod="x",why="a \\"b\\" \\\\ \\n"} 3',
      'b_total{pod="y",why=""} 4.5 1700',
      "",
    ].join("\n"),
  );
  assert.throws(() => out.add("d", 1), /no metric "d"/);
});

Deno.test("text() writes what is no ordinary number as Prometheus reads it", () => {
  const out = new Exposition();
  out.describe("x", "gauge", "x");
  for (const value of [Infinity, -Infinity, NaN, 1e21, 1e-7]) {
    out.add("x", value);
  }
  assert.deepEqual(out.text().trim().split("\n").slice(2), [
    "x +Inf",
    "x -Inf",
    "x NaN",
    "x 1e+21",
    "x 1e-7",
  ]);
});
