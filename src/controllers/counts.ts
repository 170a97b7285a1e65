/**
 * Counts in a status: zero is left out, as Kubernetes does.
 *
 * @module
 */

/** `{ [key]: count }`, or nothing when it is zero. */
export function counted<K extends string>(
  key: K,
  count: number,
): { [P in K]?: number } {
  return (count === 0 ? {} : { [key]: count }) as { [P in K]?: number };
}

/** A status to compare: zeros and empty lists mean the same as nothing; which of them a server keeps is its own business. */
export function withoutZeros(status: object | undefined): object {
  return Object.fromEntries(
    Object.entries(status ?? {}).filter(([, value]) =>
      value !== 0 && !(Array.isArray(value) && value.length === 0)
    ),
  );
}
