/**
 * Volumes that are mounted inside of others.
 *
 * @module
 */
import { posix } from "node:path";
import type { Pod } from "../../src/api/core/pod.ts";

/**
 * Folders that must be in a volume, by path within it, because a container mounts another volume there: nobody can make them in one that is only read.
 * What lies inside of a third volume is that one's.
 */
export function nestedMountPoints(pod: Pod, volumeName: string): string[] {
  const { containers, initContainers = [], ephemeralContainers = [] } =
    pod.spec;
  const found = new Set<string>();
  const all = [...initContainers, ...containers, ...ephemeralContainers];
  for (const { volumeMounts = [] } of all) {
    const points = volumeMounts.map(({ name, mountPath }) => ({
      name,
      path: trimmed(mountPath),
    }));
    for (const outer of points) {
      if (outer.name !== volumeName) continue;
      const inner = points.map(({ path }) => path)
        .filter((path) => path.startsWith(`${outer.path}/`));
      for (const path of inner) {
        if (inner.some((other) => path.startsWith(`${other}/`))) continue;
        found.add(path.slice(outer.path.length + 1));
      }
    }
  }
  return [...found].sort();
}

/** Without the slash at its end, and without steps back. */
function trimmed(path: string): string {
  const clean = posix.normalize(posix.join("/", path));
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}
