/**
 * /debug/state: what the server is doing, for people.
 *
 * @module
 */
import type { ApiServer } from "./call.ts";

/** The state as JSON. */
export function debugState(api: ApiServer): unknown {
  return {
    store: api.store.stats(),
    watches: { count: api.watches.size, byResource: api.watches.labels() },
    flows: api.flows.describe(),
    links: api.links.describe(),
    ...api.debug(),
  };
}
