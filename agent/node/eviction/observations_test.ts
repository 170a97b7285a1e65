import assert from "node:assert/strict";
import type { DiskSpace } from "../../../src/base/host.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { NodeLooker } from "./observations.ts";
import type { Signal } from "./threshold.ts";

const KIB = 1024;

function space(capacityBytes: number): DiskSpace {
  return {
    capacityBytes,
    availableBytes: capacityBytes / 4,
    usedBytes: capacityBytes * 3 / 4,
    inodes: 1000,
    inodesFree: 100,
  };
}

function makeLooker(
  signals: Signal[] = [],
  spaces: Record<string, DiskSpace> = { "/data": space(1000) },
) {
  const host = new VirtualHost();
  host.files.set(
    "/proc/meminfo",
    "MemTotal:  1000 kB\nMemFree:  200 kB\nInactive(file):  50 kB\n",
  );
  host.files.set("/proc/loadavg", "0.1 0.2 0.3 2/345 999\n");
  host.files.set("/proc/sys/kernel/pid_max", "4194304\n");
  host.files.set("/proc/sys/kernel/threads-max", "1000\n");
  const reads: string[] = [];
  const disk = {
    ...host.disk,
    readText: (path: string) => {
      reads.push(path);
      return host.disk.readText(path);
    },
    space: (path: string) =>
      spaces[path]
        ? Promise.resolve(spaces[path])
        : Promise.reject(new Error("not there")),
  };
  const looker = new NodeLooker({ disk }, {
    dataDir: "/data",
    imageFolder: () => Promise.resolve(spaces["/images"] && "/images"),
    signals: new Set(signals),
  });
  return { looker, reads };
}

Deno.test("observe() tells of memory and the disk, and reads one file for it", async () => {
  const { looker, reads } = makeLooker();
  const seen = await looker.observe();
  assert.deepEqual(seen, {
    "memory.available": { available: 250 * KIB, capacity: 1000 * KIB },
    "nodefs.available": { available: 250, capacity: 1000 },
    "nodefs.inodesFree": { available: 100, capacity: 1000 },
    "imagefs.available": { available: 250, capacity: 1000 },
    "imagefs.inodesFree": { available: 100, capacity: 1000 },
    "containerfs.available": { available: 250, capacity: 1000 },
    "containerfs.inodesFree": { available: 100, capacity: 1000 },
  });
  assert.deepEqual(reads, ["/proc/meminfo"]);
  assert.equal(await looker.hasImageFs(), false);
});

Deno.test("observe() counts processes where somebody asks for it", async () => {
  const { looker } = makeLooker(["pid.available"]);
  assert.deepEqual((await looker.observe())["pid.available"], {
    available: 655,
    capacity: 1000,
  });
});

Deno.test("observe() knows a file system of images alone, and leaves out what it cannot see", async () => {
  const { looker } = makeLooker([], { "/images": space(400) });
  const seen = await looker.observe();
  assert.equal(seen["nodefs.available"], undefined);
  assert.deepEqual(seen["imagefs.available"], {
    available: 100,
    capacity: 400,
  });
  const both = makeLooker([], { "/data": space(1000), "/images": space(400) });
  assert.equal(await both.looker.hasImageFs(), true);
});
