/**
 * A machine whose `/proc` and `/sys/fs/cgroup` are written by a test.
 *
 * @module
 */
import {
  type Disk,
  type DiskSpace,
  type DiskUsage,
  type Host,
  HostError,
} from "../../src/base/host.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";

/** The machine. */
export interface StatsHost {
  readonly host: Host;
  readonly virtual: VirtualHost;
  /** Texts by path. */
  readonly files: Map<string, string>;
  /** Sizes of folders and files. */
  readonly sizes: Map<string, DiskUsage>;
  /** Folders that were added up, in order. */
  readonly counted: string[];
}

/** What every path's file system holds. */
export const SPACE: DiskSpace = {
  capacityBytes: 1000,
  availableBytes: 300,
  usedBytes: 600,
  inodes: 50,
  inodesFree: 40,
};

/** Makes one. */
export function statsHost(
  texts: Readonly<Record<string, string>> = {},
): StatsHost {
  const virtual = new VirtualHost();
  const files = new Map(Object.entries(texts));
  const sizes = new Map<string, DiskUsage>();
  const counted: string[] = [];
  const found = <T>(value: T | undefined, path: string): Promise<T> =>
    value === undefined
      ? Promise.reject(new HostError("not-found", `No such file: "${path}"`))
      : Promise.resolve(value);
  const disk: Pick<Disk, "readText" | "stat" | "space" | "usage" | "list"> = {
    readText: (path) => found(files.get(path), path),
    stat: (path) =>
      found(files.has(path) ? { isFile: true } : undefined, path) as ReturnType<
        Disk["stat"]
      >,
    space: () => Promise.resolve(SPACE),
    usage: (path) => {
      counted.push(path);
      return found(sizes.get(path), path);
    },
    list: () => Promise.resolve(["0", "1", "2"]),
  };
  const host: Host = new Proxy(virtual, {
    get: (target, member) =>
      member === "disk" ? disk : Reflect.get(target, member, target),
  });
  return { host, virtual, files, sizes, counted };
}
