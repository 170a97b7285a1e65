import assert from "node:assert/strict";
import { type CopyCommand, copyCommand } from "./copy_command.ts";

const KNOWN: readonly (readonly [string, CopyCommand])[] = [
  ["test -d /data", { type: "test", path: "/data" }],
  ["tar -xmf - -C /data", { type: "unpack", folder: "/data" }],
  ["tar xmf - -C /data", { type: "unpack", folder: "/data" }],
  ["tar xf - -C /data", { type: "unpack", folder: "/data" }],
  ["tar -xmf -", { type: "unpack", folder: "." }],
  [
    "tar --no-same-permissions --no-same-owner -xmf - -C /data",
    { type: "unpack", folder: "/data" },
  ],
  ["tar cf - /data/x", { type: "pack", path: "/data/x", offset: 0 }],
];

for (const [line, wanted] of KNOWN) {
  Deno.test(`copyCommand() knows "${line}"`, () => {
    assert.deepEqual(copyCommand(line.split(" ")), wanted);
  });
}

Deno.test("copyCommand() knows a copy that is taken up again", () => {
  const script = (text: string) => copyCommand(["sh", "-c", text]);
  const path = "/data/two words";
  assert.deepEqual(script(`tar cf - ${path} | tail -c+0`), {
    type: "pack",
    path,
    offset: 0,
  });
  assert.deepEqual(script(`tar cf - ${path} | tail -c+513`), {
    type: "pack",
    path,
    offset: 512,
  });
});

for (
  const line of [
    "ls",
    "tar",
    "tar cf -",
    "tar cf - a b",
    "tar cf x /data",
    "tar xzf - -C /data",
    "tar -xmf - -C",
    "tar -xmf - -C /data more",
    "tar -xmf - --to-command=sh",
    "test -d",
    "test -f /data",
    "sh -c ls",
    "sh",
  ]
) {
  Deno.test(`copyCommand() takes "${line}" for another command`, () => {
    assert.equal(copyCommand(line.split(" ")), undefined);
  });
}
