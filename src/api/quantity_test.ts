import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliUnits,
  parseQuantity,
  QuantityError,
  subtractQuantities,
  wholeUnits,
} from "./quantity.ts";

/** From the tables of Kubernetes' documentation of quantities. */
const CANONICAL: readonly (readonly [string, string])[] = [
  ["0", "0"],
  ["0n", "0"],
  ["00", "0"],
  ["1000m", "1"],
  ["0.1", "100m"],
  ["100m", "100m"],
  ["1.5", "1500m"],
  ["1.5Gi", "1536Mi"],
  ["0.5Gi", "512Mi"],
  ["1024Mi", "1Gi"],
  ["1001Mi", "1001Mi"],
  ["1024", "1024"],
  ["1000", "1k"],
  ["123456", "123456"],
  ["1e3", "1e3"],
  ["1000e0", "1e3"],
  ["12E6", "12e6"],
  ["1E", "1E"],
  ["0.5Ki", "512"],
  ["1.1", "1100m"],
  ["-5", "-5"],
  ["-1024Ki", "-1Mi"],
  [".5", "500m"],
  ["5.", "5"],
  ["1.25m", "1250u"],
  ["1n", "1n"],
  ["0.1n", "1n"],
  ["9223372036854775807Ei", "9223372036854775807"],
];

for (const [text, canonical] of CANONICAL) {
  Deno.test(`formatQuantity() answers ${canonical} when it was ${text}`, () => {
    assert.equal(formatQuantity(parseQuantity(text)), canonical);
  });
}

for (
  const text of ["", "a", "1.1.1", "1x", "1mi", "+-1", "1 Gi", "--1", "1Ki5"]
) {
  Deno.test(`parseQuantity() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseQuantity(text), QuantityError);
  });
}

Deno.test("parseQuantity() tells a wrong suffix and a wrong form apart, in Kubernetes' words", () => {
  assert.throws(() => parseQuantity("1mi"), {
    message: "unable to parse quantity's suffix",
  });
  assert.throws(() => parseQuantity("x"), {
    message:
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  });
});

Deno.test("parseQuantity() refuses exponents that would fill the memory", () => {
  assert.throws(() => parseQuantity("1e100000000"), QuantityError);
  assert.throws(() => parseQuantity("9".repeat(2000)), QuantityError);
});

Deno.test("parseQuantity() refuses long nonsense without trying all ways to read it", () => {
  for (const part of ["0", "1", "1.", "e", "0e", "+"]) {
    assert.throws(
      () => parseQuantity(`${part.repeat(200_000)}x`),
      QuantityError,
    );
  }
});

Deno.test("canonicalQuantity() takes numbers and keeps texts that need no other suffix", () => {
  assert.equal(canonicalQuantity(2), "2");
  assert.equal(canonicalQuantity(0.5), "500m");
  assert.equal(canonicalQuantity(" 1Gi "), "1Gi");
  assert.equal(canonicalQuantity("1.500"), "1.500");
  assert.equal(canonicalQuantity("2048Mi"), "2Gi");
});

Deno.test("wholeUnits() and milliUnits() round away from zero", () => {
  assert.equal(wholeUnits("1.5Ki"), 1536);
  assert.equal(wholeUnits("100m"), 1);
  assert.equal(milliUnits("0.0001"), 1);
  assert.equal(milliUnits("250m"), 250);
  assert.equal(wholeUnits("-100m"), -1);
});

Deno.test("addQuantities() writes the first one's format, or the second's when the first is zero", () => {
  assert.equal(addQuantities("1Gi", "1024Mi"), "2Gi");
  assert.equal(addQuantities("0", "1Gi"), "1Gi");
  assert.equal(addQuantities("900m", "100m"), "1");
});

const amounts = fc.tuple(
  fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
  fc.constantFrom("BinarySI", "DecimalSI", "DecimalExponent"),
).map(([nano, format]) => ({ nano, format }) as const);

Deno.test("formatQuantity() loses nothing: what it writes parses to the same amount", () => {
  fc.assert(fc.property(amounts, (amount) => {
    assert.equal(parseQuantity(formatQuantity(amount)).nano, amount.nano);
  }));
});

Deno.test("formatQuantity() is canonical: writing what was read changes nothing more", () => {
  fc.assert(fc.property(amounts, (amount) => {
    const text = formatQuantity(amount);
    assert.equal(formatQuantity(parseQuantity(text)), text);
  }));
});

Deno.test("canonicalQuantity() never changes the amount and is stable", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.constantFrom("", "n", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3"),
      (digits, suffix) => {
        const text = `${digits}${suffix}`;
        const canonical = canonicalQuantity(text);
        assert.equal(compareQuantities(text, canonical), 0);
        assert.equal(canonicalQuantity(canonical), canonical);
      },
    ),
  );
});

Deno.test("addQuantities() and subtractQuantities() undo each other", () => {
  fc.assert(fc.property(amounts, amounts, (a, b) => {
    const [left, right] = [formatQuantity(a), formatQuantity(b)];
    const sum = addQuantities(left, right);
    assert.equal(compareQuantities(subtractQuantities(sum, right), left), 0);
    assert.equal(compareQuantities(sum, addQuantities(right, left)), 0);
  }));
});
