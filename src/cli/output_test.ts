import assert from "node:assert/strict";
import { CliFailure, EXIT_USAGE } from "./failure.ts";
import { formatObject, goJson, parseFormat } from "./output.ts";

Deno.test("formatObject() has keys in order and no managed fields", () => {
  const object = {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "a", managedFields: [], annotations: { b: "1", a: "2" } },
  };
  assert.equal(
    formatObject(object, "json"),
    `{
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "annotations": {
            "a": "2",
            "b": "1"
        },
        "name": "a"
    }
}
`,
  );
  assert.equal(
    formatObject(object, "yaml"),
    `apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    a: "2"
    b: "1"
  name: a
`,
  );
});

Deno.test("formatObject() quotes in YAML what would be read as something else", () => {
  const lines = (value: unknown) =>
    formatObject({ v: value }, "yaml").trimEnd();
  const double = ["yes", "on", "n", "1", "1e3", "0x1f", "0644", "~", "null"];
  const more = ["2026-01-02T03:04:05Z", "12:30:45", "", "=", "true"];
  for (const text of [...double, ...more]) {
    assert.equal(lines(text), `v: ${JSON.stringify(text)}`);
  }
  for (const text of ["a: b", "- a", "#c", "a #b", "*x", "%x", " a", "a "]) {
    assert.equal(lines(text), `v: '${text}'`);
  }
  for (const text of ["10m", "a:b", "it's", "-x", "1.2.3", "[", "a=b"]) {
    const expected = text === "[" ? "'['" : text;
    assert.equal(lines(text), `v: ${expected}`);
  }
  assert.equal(lines("a\nb\n"), "v: |\n  a\n  b");
  assert.equal(lines([1, { a: 2 }]), "v:\n- 1\n- a: 2");
  assert.equal(lines([]), "v: []");
});

Deno.test("goJson() escapes what Go escapes", () => {
  assert.equal(goJson({ a: "<b> & c" }), '{"a":"\\u003cb\\u003e \\u0026 c"}');
});

Deno.test("parseFormat() refuses a form that there is not, as misuse", () => {
  assert.equal(parseFormat("wide"), "wide");
  assert.throws(
    () => parseFormat("jsonn"),
    (error) => error instanceof CliFailure && error.exitCode === EXIT_USAGE,
  );
});
