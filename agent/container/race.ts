/**
 * Waiting that gives way to an abort.
 *
 * @module
 */

/**
 * The promise's outcome, unless the signal aborts first. The work itself goes on: use it only for work that is harmless when nobody waits for it.
 *
 * @throws the signal's reason
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {}); // nobody will look at it any more
    throw signal.reason;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
