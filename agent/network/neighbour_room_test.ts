import assert from "node:assert/strict";
import type { Host } from "../../src/base/host.ts";
import { NeighbourRoom } from "./neighbour_room.ts";

/** A machine with the bounds as files, the queue's last. */
function machine(values: number[]) {
  const folder = "/proc/sys/net/ipv4/neigh/default";
  const paths = [
    ...[1, 2, 3].map((i) => `${folder}/gc_thresh${i}`),
    "/proc/sys/net/core/netdev_max_backlog",
  ];
  const files = new Map([
    ["/proc/sys/kernel/random/boot_id", "boot-1\n"],
    ...values.map((value, i) => [paths[i]!, `${value}\n`] as const),
  ]);
  const logged: string[] = [];
  const host = {
    disk: {
      readText: (path: string) => {
        const text = files.get(path);
        if (text === undefined) throw new Error(`There is no ${path}`);
        return Promise.resolve(text);
      },
      writeAtomic: (path: string, text: string) => {
        files.set(path, text);
        return Promise.resolve();
      },
      remove: (path: string) => {
        files.delete(path);
        return Promise.resolve();
      },
    },
    processes: {
      run: (_program: string, { args }: { args: string[] }) => {
        const written = [...args[1]!.matchAll(/>(\S+)/g)].map(([, path]) =>
          path!
        );
        written.forEach((path, i) => files.set(path, `${args[3 + i]}\n`));
        return Promise.resolve({ code: 0, stdout: "", stderr: "" });
      },
    },
    log: (_level: string, message: string) => void logged.push(message),
  } as unknown as Pick<Host, "disk" | "processes" | "log">;
  const bounds = () => paths.map((path) => Number(files.get(path)));
  const room = () => new NeighbourRoom(host, { recordPath: "/data/record" });
  return { files, bounds, room, logged };
}

Deno.test("makeFor() leaves the bounds alone when the node's range is of the usual size, or they are large enough", async () => {
  const usual = machine([128, 512, 1024, 1000]);
  await usual.room().makeFor(256);
  assert.deepEqual(usual.bounds(), [128, 512, 1024, 1000]);
  const large = machine([9000, 9000, 9000, 9000]);
  await large.room().makeFor(1024);
  assert.equal(large.files.has("/data/record"), false);
});

Deno.test("makeFor() makes room for an entry in each direction, and disposal sets back what was there before the first", async () => {
  const { bounds, room } = machine([128, 512, 1024, 1000]);
  await room().makeFor(1024);
  assert.deepEqual(bounds(), [1024, 2048, 4096, 8192]);
  await room().makeFor(4096);
  await room()[Symbol.asyncDispose]();
  assert.deepEqual(bounds(), [128, 512, 1024, 1000]);
});

Deno.test("disposal does not touch the bounds of another boot", async () => {
  const { files, bounds, room } = machine([128, 512, 1024, 1000]);
  await room().makeFor(1024);
  files.set("/proc/sys/kernel/random/boot_id", "boot-2\n");
  await room()[Symbol.asyncDispose]();
  assert.deepEqual(bounds(), [1024, 2048, 4096, 8192]);
});

Deno.test("makeFor() says so when the kernel does not show the bounds, as in a namespace that is not the machine's", async () => {
  const { logged, room } = machine([]);
  await room().makeFor(1024);
  assert.match(logged.join(), /not all may be reached/);
});
