import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkFieldSelector,
  formatLabels,
  formatLabelSelector,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
  selectorOf,
  selectorOfLabels,
  validateLabelSelector,
} from "./selector.ts";

const MATCHES: readonly (readonly [string, Record<string, string>, boolean])[] =
  [
    ["", {}, true],
    ["x=y", { x: "y" }, true],
    ["x=y", { x: "z" }, false],
    ["x==y,z=w", { x: "y", z: "w" }, true],
    ["x!=y", {}, true],
    ["x!=y", { x: "y" }, false],
    ["x in (a,b)", { x: "b" }, true],
    ["x in (a,b)", {}, false],
    ["x notin (a,b)", {}, true],
    ["x notin (a,b)", { x: "a" }, false],
    ["x", { x: "" }, true],
    ["x", {}, false],
    ["!x", {}, true],
    ["!x", { x: "1" }, false],
    ["x>1", { x: "2" }, true],
    ["x>1", { x: "a" }, false],
    ["x<10", { x: "9" }, true],
    ["x in ()", { x: "" }, true],
    ["x in (,a)", { x: "" }, true],
    ["x=", { x: "" }, true],
    [" x = y ", { x: "y" }, true],
    ["in in (in,notin)", { in: "notin" }, true],
    ["example.com/a=b", { "example.com/a": "b" }, true],
  ];

for (const [text, labels, expected] of MATCHES) {
  Deno.test(`parseLabelSelector() ${expected ? "selects" : "leaves"} ${JSON.stringify(labels)} when it is "${text}"`, () => {
    assert.equal(parseLabelSelector(text).matches(labels), expected);
  });
}

const WRONG: readonly (readonly [string, string])[] = [
  ["x==a==b", "found '==', expected: ',' or 'end of string'"],
  [",x", "found ',', expected: !, identifier, or 'end of string'"],
  ["x,", "found '', expected: identifier after ','"],
  ["x in", "unable to parse requirement: found '' expected: '('"],
  ["x in (a", "unable to parse requirement: found '', expected: ',' or ')'"],
  ["!", "unable to parse requirement: found '', expected: identifier"],
  [
    "x ~ y",
    "unable to parse requirement: found '~', expected: in, notin, =, ==, !=, gt, lt",
  ],
  [
    "-x=1",
    'unable to parse requirement: <nil>: Invalid value: "-x": name part',
  ],
  ["x=-1-", 'unable to parse requirement: values[0][x]: Invalid value: "-1-"'],
  ["x>a", 'unable to parse requirement: values[0]: Invalid value: "a"'],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseLabelSelector() refuses "${text}" in Kubernetes' words`, () => {
    assert.throws(
      () => parseLabelSelector(text),
      (error) => {
        assert.ok(error instanceof SelectorError);
        assert.ok(error.message.startsWith(message), error.message);
        return true;
      },
    );
  });
}

const names = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((w) =>
  w !== "in" && w !== "notin"
);
const requirements = fc.record({
  key: names,
  operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist"),
  values: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
}).map(({ key, operator, values }) =>
  operator.endsWith("In") ? { key, operator, values } : { key, operator }
);

Deno.test("selectorOf() selects the same as its text form read again", () => {
  fc.assert(
    fc.property(
      fc.array(requirements, { maxLength: 4 }),
      fc.dictionary(names, names),
      (matchExpressions, labels) => {
        const selector = selectorOf({ matchExpressions });
        const again = parseLabelSelector(selector.toString());
        assert.equal(again.matches(labels), selector.matches(labels));
        assert.equal(again.toString(), selector.toString());
      },
    ),
  );
});

Deno.test("selectorOfLabels() selects every superset of its labels", () => {
  fc.assert(
    fc.property(
      fc.dictionary(names, names),
      fc.dictionary(names, names),
      (wanted, more) => {
        assert.ok(selectorOfLabels(wanted).matches({ ...more, ...wanted }));
      },
    ),
  );
});

Deno.test("selectorOf() selects nothing when it is absent and everything when it is empty", () => {
  assert.equal(selectorOf(undefined).matches({}), false);
  assert.equal(selectorOf(undefined).isEverything, false);
  assert.equal(selectorOf({}).matches({}), true);
});

Deno.test("Selector does not see properties of Object.prototype as labels", () => {
  assert.equal(parseLabelSelector("constructor").matches({}), false);
});

Deno.test("formatLabelSelector() prints as kubectl does", () => {
  assert.equal(
    formatLabelSelector({ matchLabels: { b: "2", a: "1" } }),
    "a=1,b=2",
  );
  assert.equal(formatLabelSelector({}), "<none>");
  assert.equal(
    formatLabelSelector({ matchExpressions: [{ key: "a", operator: "x" }] }),
    "<error>",
  );
  assert.equal(formatLabels({ b: "2", a: "1" }), "a=1,b=2");
  assert.equal(formatLabels(undefined), "<none>");
});

Deno.test("validateLabelSelector() names each wrong part", () => {
  const found = validateLabelSelector({
    matchLabels: { "a b": "ok" },
    matchExpressions: [
      { key: "a", operator: "In" },
      { key: "b", operator: "Exists", values: ["x"] },
      { key: "c", operator: "Near" },
    ],
  }, "spec.selector");
  assert.deepEqual(found.map((f) => f.field), [
    "spec.selector.matchLabels",
    "spec.selector.matchExpressions[0].values",
    "spec.selector.matchExpressions[1].values",
    "spec.selector.matchExpressions[2].operator",
  ]);
});

Deno.test("parseFieldSelector() reads terms, operators and escapes", () => {
  const selector = parseFieldSelector(
    "spec.nodeName!=n1,status.phase==Running,a=x\\,y",
  );
  assert.equal(selector.exact("status.phase"), "Running");
  assert.equal(selector.exact("spec.nodeName"), undefined);
  assert.ok(selector.matches({ "status.phase": "Running", a: "x,y" }));
  assert.ok(
    !selector.matches({
      "status.phase": "Running",
      a: "x,y",
      "spec.nodeName": "n1",
    }),
  );
  assert.equal(
    parseFieldSelector(selector.toString()).toString(),
    selector.toString(),
  );
});

Deno.test("parseFieldSelector() refuses what it cannot understand", () => {
  assert.throws(() => parseFieldSelector("metadata.name"), {
    message:
      "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  });
  assert.throws(() => parseFieldSelector("a=\\x"), SelectorError);
});

Deno.test("checkFieldSelector() refuses fields that the kind does not know", () => {
  const selector = parseFieldSelector("spec.foo=1");
  assert.throws(
    () => checkFieldSelector(selector, { fieldSelectors: ["spec.nodeName"] }),
    { message: "field label not supported: spec.foo" },
  );
  assert.throws(() => checkFieldSelector(selector, { fieldSelectors: [] }), {
    message:
      '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  });
  checkFieldSelector(parseFieldSelector("metadata.name=x"), {
    fieldSelectors: [],
  });
});
