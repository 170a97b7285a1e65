import assert from "node:assert/strict";
import { ApiError } from "../api/status.ts";
import { checkListOptions, checkWatchOptions } from "./list_options.ts";

/** The fields and sorts of what is wrong; "" when nothing is. */
function wrong(
  check: (params: URLSearchParams) => void,
  query: string,
): string {
  try {
    check(new URLSearchParams(query));
    return "";
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status.code, 422);
    return (error.status.details?.causes ?? []).map(({ field, reason }) =>
      `${field} ${reason?.replace("FieldValue", "")}`
    ).join(", ");
  }
}

Deno.test("checkListOptions() refuses what does not go together", () => {
  const cases: [string, string][] = [
    ["", ""],
    ["resourceVersion=5&resourceVersionMatch=Exact", ""],
    ["resourceVersion=0&resourceVersionMatch=NotOlderThan", ""],
    ["sendInitialEvents=", ""],
    ["resourceVersionMatch=Exact", "resourceVersionMatch Forbidden"],
    [
      "resourceVersion=0&resourceVersionMatch=Exact",
      "resourceVersionMatch Forbidden",
    ],
    [
      "resourceVersion=5&resourceVersionMatch=x",
      "resourceVersionMatch NotSupported",
    ],
    [
      "resourceVersion=5&resourceVersionMatch=Exact&continue=x",
      "resourceVersionMatch Forbidden",
    ],
    ["sendInitialEvents=false", "sendInitialEvents Forbidden"],
    [
      "resourceVersionMatch=x&sendInitialEvents=true",
      "resourceVersionMatch Forbidden, resourceVersionMatch NotSupported, sendInitialEvents Forbidden",
    ],
  ];
  for (const [query, found] of cases) {
    assert.equal(wrong(checkListOptions, query), found, query);
  }
});

Deno.test("checkWatchOptions() refuses what does not go together", () => {
  const cases: [string, string][] = [
    ["resourceVersion=5", ""],
    ["sendInitialEvents=true&resourceVersionMatch=NotOlderThan", ""],
    ["sendInitialEvents=true", "resourceVersionMatch Forbidden"],
    ["resourceVersionMatch=NotOlderThan", "resourceVersionMatch Forbidden"],
    [
      "sendInitialEvents=true&resourceVersionMatch=Exact",
      "resourceVersionMatch Forbidden, resourceVersionMatch NotSupported",
    ],
    [
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x",
      "resourceVersionMatch Forbidden",
    ],
  ];
  for (const [query, found] of cases) {
    assert.equal(wrong(checkWatchOptions, query), found, query);
  }
});
