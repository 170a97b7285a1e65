/**
 * The shape of a controller's work.
 *
 * @module
 */

/** What to do after a successful pass. */
export interface ReconcileResult {
  /** Look again after this time. Absent: only when something changes. */
  readonly requeueAfterMs?: number;
}

/**
 * Brings the world nearer to what one object wants. Gets a key (`namespace/name` or `name`), never an event; reads again by itself; is idempotent:
 * a second pass with nothing changed writes nothing. A throw means: again, after a back-off per key.
 */
export interface Reconciler {
  /** Constant, for logs and metrics, for example `replica-set`. */
  readonly name: string;
  /** One pass over one key. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void>;
}
