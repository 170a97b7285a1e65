import assert from "node:assert/strict";
import {
  dnsLabel,
  dnsSubdomain,
  isConfigKey,
  isDns1035Label,
  isDnsLabel,
  isDnsSubdomain,
  isEnvName,
  isLabelValue,
  isPercent,
  isPort,
  isPortName,
  isQualifiedName,
  pathSegment,
} from "./names.ts";

type Rule = (value: string) => string[];

const GOOD: readonly (readonly [string, Rule, readonly string[]])[] = [
  ["isDnsLabel", isDnsLabel, ["a", "a-b", "1", "x".repeat(63)]],
  ["isDnsSubdomain", isDnsSubdomain, ["a", "a.b-c.1", "x".repeat(63)]],
  ["isDns1035Label", isDns1035Label, ["a", "a-1"]],
  ["isLabelValue", isLabelValue, ["", "A_b.c-1", "x".repeat(63)]],
  ["isQualifiedName", isQualifiedName, ["a", "A.b_c", "example.com/Name"]],
  ["isConfigKey", isConfigKey, ["a", ".a", "A_b-c.d"]],
  ["isEnvName", isEnvName, ["A", "a b", "1", "a.b-c"]],
  ["isPortName", isPortName, ["http", "a-1", "1a"]],
  ["isPercent", isPercent, ["0%", "100%"]],
];

for (const [name, rule, values] of GOOD) {
  Deno.test(`${name}() accepts ${values.map((v) => v.slice(0, 12)).join(", ")}`, () => {
    for (const value of values) assert.deepEqual(rule(value), [], value);
  });
}

const BAD: readonly (readonly [string, Rule, readonly string[]])[] = [
  ["isDnsLabel", isDnsLabel, ["", "A", "-a", "a-", "a.b", "x".repeat(64)]],
  ["isDnsSubdomain", isDnsSubdomain, ["", "a..b", "a_b", ".", "x".repeat(254)]],
  ["isDns1035Label", isDns1035Label, ["1a", "-", "A"]],
  ["isLabelValue", isLabelValue, ["-a", "a b", "x".repeat(64)]],
  ["isQualifiedName", isQualifiedName, ["", "/a", "a/", "a/b/c", "A.com/x"]],
  ["isConfigKey", isConfigKey, ["", ".", "..", "..a", "a/b", "x".repeat(254)]],
  ["isEnvName", isEnvName, ["", "a=b", "ä", "a\n"]],
  ["isPortName", isPortName, ["", "1", "a--b", "-a", "A", "x".repeat(16)]],
  ["isPercent", isPercent, ["1", "%", "-1%", "1.5%"]],
];

for (const [name, rule, values] of BAD) {
  Deno.test(`${name}() refuses ${values.map((v) => JSON.stringify(v.slice(0, 12))).join(", ")}`, () => {
    for (const value of values) assert.notEqual(rule(value).length, 0, value);
  });
}

Deno.test("isPort() takes 1 to 65535", () => {
  assert.deepEqual([1, 65535].flatMap(isPort), []);
  assert.deepEqual(isPort(0), ["must be between 1 and 65535, inclusive"]);
  assert.equal(isPort(65536).length, 1);
});

Deno.test("isDnsLabel() tells length and form apart, in Kubernetes' words", () => {
  assert.deepEqual(isDnsLabel(`${"x".repeat(63)}.`), [
    "must be no more than 63 characters",
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
});

Deno.test("name rules allow a dash at the end of what more characters follow", () => {
  assert.deepEqual(dnsSubdomain("web-", true), []);
  assert.notDeepEqual(dnsSubdomain("web-", false), []);
  assert.deepEqual(dnsLabel("web-", true), []);
});

Deno.test("pathSegment() keeps names out of other paths", () => {
  assert.deepEqual(pathSegment("system:admin", false), []);
  for (const name of [".", "..", "a/b", "a%2fb"]) {
    assert.notEqual(pathSegment(name, false).length, 0, name);
  }
});

Deno.test("rules answer quickly however long a broken name is", () => {
  const long = `${"a-".repeat(500_000)}!`;
  for (
    const rule of [isDnsLabel, isDnsSubdomain, isQualifiedName, isLabelValue]
  ) {
    assert.notEqual(rule(long).length, 0);
  }
});
