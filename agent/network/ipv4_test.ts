import assert from "node:assert/strict";
import { formatIpv4, parseCidr, parseIpv4 } from "./ipv4.ts";

Deno.test("parseCidr() answers first address and size when the range is well formed", () => {
  assert.deepEqual(parseCidr("10.42.7.0/24"), {
    first: 0x0a2a0700,
    size: 256,
  });
  assert.deepEqual(parseCidr("255.255.255.255/32"), {
    first: 0xffffffff,
    size: 1,
  });
});

for (
  const text of [
    "10.42.0.0",
    "10.42.0.0/33",
    "10.42.0/24",
    "a/24",
    "10.0.0.256/32",
    "",
  ]
) {
  Deno.test(`parseCidr() throws when the text is "${text}"`, () => {
    assert.throws(() => parseCidr(text), /Can not read the address range/);
  });
}

Deno.test("parseCidr() throws when host bits are set", () => {
  assert.throws(() => parseCidr("10.42.7.1/24"), /does not begin/);
});

Deno.test("formatIpv4() answers what parseIpv4() read", () => {
  for (const text of ["0.0.0.0", "127.64.3.9", "255.255.255.255"]) {
    assert.equal(formatIpv4(parseIpv4(text) ?? -1), text);
  }
});
