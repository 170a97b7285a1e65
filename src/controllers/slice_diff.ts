/**
 * How to get from the slices that are there to those that are wanted, with few writes.
 *
 * @module
 */
import type {
  Endpoint,
  EndpointSlice,
  EndpointSlicePort,
} from "../api/discovery/endpoint_slice.ts";
import { sameJson } from "../api/equal.ts";

/** Endpoints a slice; Kubernetes' default. */
export const MAX_ENDPOINTS_PER_SLICE = 100;

/** Endpoints that offer the same ports. */
export interface EndpointGroup {
  /** What they offer. */
  readonly ports: readonly EndpointSlicePort[];
  /** Those who offer it. */
  readonly endpoints: readonly Endpoint[];
}

/** What to write. Each entry is the content of a slice; `slice` is the one to write over. */
export interface SliceDiff {
  /** New slices. */
  readonly create: EndpointGroup[];
  /** Slices to write over. */
  readonly update: (EndpointGroup & { readonly slice: EndpointSlice })[];
  /** Slices to delete. */
  readonly delete: EndpointSlice[];
}

/** Options of {@linkcode diffSlices}. */
export interface SliceDiffOptions {
  /** Whether a slice's labels are as they should be. */
  readonly isLabeled: (slice: EndpointSlice) => boolean;
  /** How many endpoints a slice may have. @default 100 */
  readonly maxEndpoints?: number;
}

/**
 * Endpoints stay in the slice where they are. What is new goes first into slices that have to be written anyway, then into one with room, then into new
 * ones; a slice that would be deleted is written over instead of making a new one. Follows kube-controller-manager's EndpointSlice reconciler.
 */
export function diffSlices(
  existing: readonly EndpointSlice[],
  wanted: readonly EndpointGroup[],
  { isLabeled, maxEndpoints = MAX_ENDPOINTS_PER_SLICE }: SliceDiffOptions,
): SliceDiff {
  const diff: SliceDiff = { create: [], update: [], delete: [] };
  const unclaimed = new Set(existing);
  for (const group of wanted) {
    const mine = [...unclaimed].filter((slice) =>
      sameJson(slice.ports ?? [], group.ports)
    );
    for (const slice of mine) unclaimed.delete(slice);
    diffGroup(group, { mine, isLabeled, maxEndpoints, diff });
  }
  diff.delete.push(...unclaimed);
  while (diff.create.length > 0 && diff.delete.length > 0) {
    const slice = diff.delete.pop()!;
    diff.update.push({ ...diff.create.shift()!, slice });
  }
  return diff;
}

interface Draft {
  readonly slice: EndpointSlice;
  readonly endpoints: Endpoint[];
}

function diffGroup(
  group: EndpointGroup,
  { mine, isLabeled, maxEndpoints, diff }: {
    readonly mine: readonly EndpointSlice[];
    readonly isLabeled: (slice: EndpointSlice) => boolean;
    readonly maxEndpoints: number;
    readonly diff: SliceDiff;
  },
): void {
  const missing = new Map(
    group.endpoints.map((endpoint) => [identity(endpoint), endpoint]),
  );
  const toWrite: Draft[] = [];
  const asTheyAre: Draft[] = [];
  for (const slice of mine) {
    const before = slice.endpoints ?? [];
    const endpoints: Endpoint[] = [];
    for (const held of before) {
      const endpoint = missing.get(identity(held));
      if (endpoint === undefined) continue;
      missing.delete(identity(held));
      endpoints.push(endpoint);
    }
    const draft = { slice, endpoints };
    if (sameJson(endpoints, before) && isLabeled(slice)) asTheyAre.push(draft);
    else toWrite.push(draft);
  }
  const rest = [...missing.values()];
  // The fullest first: fewer slices with holes.
  toWrite.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const { endpoints } of toWrite) {
    endpoints.push(
      ...rest.splice(0, Math.max(0, maxEndpoints - endpoints.length)),
    );
  }
  if (rest.length > 0 && rest.length < maxEndpoints) {
    const roomy = asTheyAre
      .filter(({ endpoints }) => endpoints.length + rest.length <= maxEndpoints)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (roomy !== undefined) {
      roomy.endpoints.push(...rest.splice(0));
      toWrite.push(roomy);
    }
  }
  for (const { slice, endpoints } of toWrite) {
    // A group that is wanted without endpoints is the placeholder of a service that has none: one slice stays.
    const isLast = mine.length === 1 && group.endpoints.length === 0;
    if (endpoints.length > 0 || isLast) {
      diff.update.push({ ports: group.ports, endpoints, slice });
    } else diff.delete.push(slice);
  }
  while (rest.length > 0) {
    diff.create.push({
      ports: group.ports,
      endpoints: rest.splice(0, maxEndpoints),
    });
  }
  if (group.endpoints.length === 0 && mine.length === 0) {
    diff.create.push({ ports: group.ports, endpoints: [] });
  }
}

/** The same pod at the same address. */
function identity({ addresses, targetRef }: Endpoint): string {
  return `${targetRef?.uid ?? ""} ${addresses[0] ?? ""}`;
}
