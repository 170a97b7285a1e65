import assert from "node:assert/strict";
import { HostError, type ProcessResult } from "../../src/base/host.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Mounts, parseMountTable } from "./mounts.ts";

const LINES = [
  "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
  "60 27 0:79 / /d/pods/u1/volumes/m rw - tmpfs tmpfs rw,size=4096k",
  "61 60 254:0 /x /d/pods/u1/with\\040blank rw shared:3 - ext4 /dev/vda rw",
  "62 27 0:80 / /d/pods/u10 rw - tmpfs tmpfs rw",
];

/** A machine with a mount table and scripted answers of its programs. */
function machine(
  answer: (command: string, table: string[]) => Partial<ProcessResult> | void,
) {
  const host = new VirtualHost();
  const table = [...LINES];
  const ran: string[] = [];
  const show = () => host.files.set("/proc/self/mountinfo", table.join("\n"));
  show();
  Object.assign(host.disk, {
    realPath: (path: string) => Promise.resolve(path),
  });
  Object.assign(host.processes, {
    run: (program: string, { args }: { args: string[] }) => {
      const command = [program, ...args].join(" ");
      ran.push(command);
      const result = answer(command, table);
      show();
      return Promise.resolve({ code: 0, stdout: "", stderr: "", ...result });
    },
  });
  return { host, ran, mounts: new Mounts(host) };
}

Deno.test("parseMountTable() reads paths with blanks, types and options", () => {
  const entries = parseMountTable(LINES.join("\n"));
  assert.deepEqual(entries[1], {
    path: "/d/pods/u1/volumes/m",
    type: "tmpfs",
    options: ["rw", "size=4096k"],
  });
  assert.equal(entries[2]!.path, "/d/pods/u1/with blank");
});

Deno.test("below() finds what lies in a folder and not beside it", async () => {
  const { mounts } = machine(() => {});
  const paths = (await mounts.below("/d/pods/u1")).map(({ path }) => path);
  assert.deepEqual(paths, ["/d/pods/u1/volumes/m", "/d/pods/u1/with blank"]);
  assert.equal((await mounts.at("/d/pods/u10"))?.type, "tmpfs");
  assert.equal(await mounts.at("/d/pods/u1"), undefined);
  assert.equal(await mounts.at("/none"), undefined);
});

Deno.test("unmountBelow() unmounts the newest first and leaves others alone", async () => {
  const { mounts, ran } = machine((_, table) => void table.splice(1, 2));
  await mounts.unmountBelow("/d/pods/u1");
  await mounts.unmountBelow("/d/pods/u1");
  assert.deepEqual(ran, [
    "umount /d/pods/u1/with blank /d/pods/u1/volumes/m",
  ]);
});

Deno.test("unmountBelow() takes what stays busy off its place, and throws when even that fails", async () => {
  const busy = { code: 32, stderr: "umount: /d: target is busy." };
  const { mounts, ran, host } = machine((command, table) => {
    if (!command.includes("-l")) return busy;
    table.splice(1, 2);
  });
  const done = mounts.unmountBelow("/d/pods/u1");
  await host.advance(10_000);
  await done;
  assert.equal(ran.length, 6);
  assert.match(ran[5]!, /^umount -l /);

  const stuck = machine(() => busy);
  const never = assert.rejects(stuck.mounts.unmountBelow("/d/pods/u1"), {
    code: "in-use",
  });
  await stuck.host.advance(10_000);
  await never;
});

Deno.test("tmpfs() goes without noswap, and bind() without --no-canonicalize, where the machine does not know them", async () => {
  const { mounts, ran } = machine((command) => {
    if (command.includes("noswap")) return { code: 32, stderr: "bad option" };
    if (command.includes("--no-canon")) {
      return { code: 1, stderr: "mount: unrecognized option: no-canonicalize" };
    }
  });
  await mounts.tmpfs("/t", ["size=1"]);
  await mounts.bind("/proc/1/fd/3", "/t/x");
  await mounts.bind("/proc/1/fd/4", "/t/y");
  assert.deepEqual(ran, [
    "mount -t tmpfs -o size=1,noswap tmpfs /t",
    "mount -t tmpfs -o size=1 tmpfs /t",
    "mount --no-canonicalize -o bind /proc/1/fd/3 /t/x",
    "mount -o bind /proc/1/fd/3 /t/x",
    "mount -o bind /proc/1/fd/4 /t/y",
  ]);
  const failing = machine(() => ({ code: 32, stderr: "no" }));
  await assert.rejects(
    failing.mounts.bind("/a", "/b"),
    (error) =>
      error instanceof HostError &&
      error.message === "mount failed: exit status 32: no",
  );
});
