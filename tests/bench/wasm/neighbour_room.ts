/**
 * What an agent does itself in the machine's own network namespace (`agent/network/neighbour_room.ts`): in the benchmarks' own, the kernel does not let it.
 *
 * @module
 */

const BOUNDS = [4_096, 8_192, 16_384, 32_768];

/** Raises the kernel's bounds of neighbours and of packets that wait until disposed. Nothing happens to who is not root. */
export function makeNeighbourRoom(): Disposable {
  const paths = [
    ...[1, 2, 3].map((i) => `/proc/sys/net/ipv4/neigh/default/gc_thresh${i}`),
    "/proc/sys/net/core/netdev_max_backlog",
  ];
  const set = (values: readonly (string | number)[]) =>
    paths.forEach((path, i) => Deno.writeTextFileSync(path, `${values[i]}`));
  let before: string[] = [];
  try {
    before = paths.map((path) => Deno.readTextFileSync(path).trim());
    set(BOUNDS.map((bound, i) => Math.max(bound, Number(before[i]))));
  } catch {
    before = [];
  }
  return {
    [Symbol.dispose]() {
      if (before.length) set(before);
    },
  };
}
