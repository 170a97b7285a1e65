/**
 * What every backing KV has to give: one suite, run on a Deno KV file and on the in-memory KV.
 *
 * @module
 */
import type { Case } from "./contract/case.ts";
import type { Backing } from "./contract/database.ts";
import { FAULTS } from "./contract/faults.ts";
import { LISTS } from "./contract/lists.ts";
import { PROPERTIES } from "./contract/properties.ts";
import { RESTARTS } from "./contract/restarts.ts";
import { WATCHES } from "./contract/watches.ts";
import { WRITES } from "./contract/writes.ts";

/** All cases. */
export const STORE_CONTRACT: readonly Case[] = [
  ...WRITES,
  ...LISTS,
  ...WATCHES,
  ...RESTARTS,
  ...FAULTS,
  ...PROPERTIES,
];

/** Registers the suite as tests. */
export function testStoreContract(backing: Backing): void {
  for (const { name, run } of STORE_CONTRACT) {
    Deno.test(`${name} [${backing.name}]`, () => run(backing));
  }
}
