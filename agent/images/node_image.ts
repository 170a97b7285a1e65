/**
 * Images as the node tells of them.
 *
 * @module
 */

/** An image that is on the node. */
export interface NodeImage {
  /** Digests first, then tags. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
  /** What the runtime's `removeImage` takes. */
  readonly id?: string;
  /** The engine itself needs it: it must not be removed. @default false */
  readonly pinned?: boolean;
}
