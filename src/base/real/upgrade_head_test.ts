import assert from "node:assert/strict";
import { decodeText, encodeText } from "../bytes.ts";
import { withoutEmptyLength } from "./upgrade_head.ts";

function head(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join("") + "\r\n";
}

Deno.test("withoutEmptyLength() takes the length out of Go's request for SPDY, and nothing else", () => {
  const asked = head(
    "POST /exec HTTP/1.1",
    "Host: x",
    "Content-Length: 0",
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
  ) + "more";
  assert.equal(
    decodeText(withoutEmptyLength(encodeText(asked))),
    asked.replace("Content-Length: 0\r\n", ""),
  );
});

Deno.test("withoutEmptyLength() leaves every other request alone", () => {
  for (
    const text of [
      "",
      "POST",
      head("GET / HTTP/1.1", "Content-Length: 0", "Upgrade: SPDY/3.1"),
      head("POST / HTTP/1.1", "Content-Length: 0", "Upgrade: websocket"),
      head("POST / HTTP/1.1", "Content-Length: 10", "Upgrade: SPDY/3.1"),
      head("POST / HTTP/1.1", "Upgrade: SPDY/3.1"),
      head("POST / HTTP/1.1") + head("Content-Length: 0", "Upgrade: SPDY/3.1"),
      "POST / HTTP/1.1\r\nContent-Length: 0\r\nUpgrade: SPDY/3.1\r\n",
    ]
  ) {
    assert.equal(decodeText(withoutEmptyLength(encodeText(text))), text);
  }
});
