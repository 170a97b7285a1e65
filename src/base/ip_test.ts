import assert from "node:assert/strict";
import { parseIp } from "./ip.ts";
import { encodeHex } from "./bytes.ts";

const ADDRESSES: Readonly<Record<string, string>> = {
  "0.0.0.0": "00000000",
  "127.0.0.1": "7f000001",
  "255.255.255.255": "ffffffff",
  "::": "00000000000000000000000000000000",
  "::1": "00000000000000000000000000000001",
  "fe80::1": "fe800000000000000000000000000001",
  "2001:db8::8a2e:370:7334": "20010db8000000000000" + "8a2e03707334",
  "1:2:3:4:5:6:7:8": "00010002000300040005000600070008",
  "1::": "00010000000000000000000000000000",
  "::ffff:10.0.0.1": "00000000000000000000ffff0a000001",
};

for (const [text, hex] of Object.entries(ADDRESSES)) {
  Deno.test(`parseIp() reads ${text}`, () => {
    assert.equal(encodeHex(parseIp(text)!), hex);
  });
}

for (
  const text of [
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3.-4",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "fe80::1%eth0",
  ]
) {
  Deno.test(`parseIp() refuses "${text}"`, () => {
    assert.equal(parseIp(text), undefined);
  });
}
