import assert from "node:assert/strict";
import { decodeContinue, encodeContinue, parseRevision } from "./revision.ts";

Deno.test("parseRevision() takes numbers only", () => {
  assert.equal(parseRevision("42"), 42);
  for (const text of ["", "-1", "+1", "1.5", "x", "1e3", " 1"]) {
    assert.equal(parseRevision(text), undefined);
  }
});

Deno.test("decodeContinue() reads what encodeContinue() wrote and nothing else", () => {
  for (
    const token of [{ revision: 7, after: "default/a" }, {
      revision: -1,
      after: "b",
    }]
  ) {
    assert.deepEqual(decodeContinue(encodeContinue(token)), token);
  }
  const base64 = (value: unknown) => btoa(JSON.stringify(value));
  const broken = [
    "",
    "!!!",
    base64(null),
    base64({ v: "v1", rv: 1, start: "a\0" }),
    base64({ v: "meta.k8s.io/v1", rv: 0, start: "a\0" }),
    base64({ v: "meta.k8s.io/v1", rv: 1.5, start: "a\0" }),
    base64({ v: "meta.k8s.io/v1", rv: 1, start: "a" }),
    base64({ v: "meta.k8s.io/v1", rv: 1, start: "../a\0" }),
  ];
  for (const text of broken) assert.equal(decodeContinue(text), undefined);
});
