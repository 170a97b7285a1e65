import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  newObject,
} from "../testing/findings.ts";
import { controllerRevisions } from "./controller_revision.ts";

const WRONG: readonly (readonly [object, readonly string[]])[] = [
  [{ data: { a: 1 }, revision: 1 }, []],
  [{ revision: 1 }, ["data: Required value: data is mandatory"]],
  [
    { data: [1], revision: 1 },
    ["data: Required value: data must be a valid JSON object"],
  ],
  [
    { data: {}, revision: -1 },
    ["revision: Invalid value: -1: must be greater than or equal to 0"],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`controllerRevisions.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(controllerRevisions, more), expected);
  });
}

Deno.test("controllerRevisions.validateUpdate() keeps the data and lets the number move", () => {
  const before = { data: { a: 1 }, revision: 1 };
  assert.deepEqual(
    changeFindings(controllerRevisions, [before, { ...before, revision: 4 }]),
    [],
  );
  assert.deepEqual(
    changeFindings(controllerRevisions, [before, { ...before, data: {} }]),
    ["data: Invalid value: {}: field is immutable"],
  );
});

Deno.test("controllerRevisions.columns name the workload", () => {
  const object = newObject(controllerRevisions, {
    metadata: {
      ownerReferences: [{
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        name: "log",
        uid: "u",
        controller: true,
      }],
    },
    data: {},
    revision: 2,
  });
  assert.deepEqual(cellsOf(controllerRevisions, object), {
    Name: "a",
    Controller: "daemonset.apps/log",
    Revision: 2,
    Age: "<unknown>",
  });
});
