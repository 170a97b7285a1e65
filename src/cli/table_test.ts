import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { alignCells, tableCells } from "./table.ts";

const TABLE = {
  columnDefinitions: [
    { name: "Name" },
    { name: "Ready" },
    { name: "Node", priority: 1 },
  ],
  rows: [{
    cells: ["web", "1/1", null],
    object: { metadata: { namespace: "shop", labels: { b: "2", a: "1" } } },
  }],
};
const STYLE = {
  wide: false,
  headers: true,
  withNamespace: false,
  showLabels: false,
};

Deno.test("tableCells() leaves lesser columns to the wide form", () => {
  deepStrictEqual(tableCells(TABLE, STYLE), [["NAME", "READY"], [
    "web",
    "1/1",
  ]]);
  deepStrictEqual(tableCells(TABLE, { ...STYLE, wide: true }), [
    ["NAME", "READY", "NODE"],
    ["web", "1/1", "<none>"],
  ]);
});

Deno.test("tableCells() adds namespace, labels and the type before the name when asked", () => {
  deepStrictEqual(
    tableCells(TABLE, {
      ...STYLE,
      headers: false,
      withNamespace: true,
      showLabels: true,
      namePrefix: "pod/",
    }),
    [["shop", "pod/web", "1/1", "a=1,b=2"]],
  );
});

Deno.test("alignCells() sets columns three spaces apart without trailing blanks", () => {
  strictEqual(
    alignCells([["NAME", "AGE"], ["web-1", "3s"], ["w", ""]]),
    "NAME    AGE\nweb-1   3s\nw\n",
  );
});
