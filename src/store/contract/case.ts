/**
 * One case of the contract.
 *
 * @module
 */
import type { Backing } from "./database.ts";

/** A name that reads as a test's, and what it does on a kind of database. */
export interface Case {
  readonly name: string;
  run(backing: Backing): Promise<void>;
}
