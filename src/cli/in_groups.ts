/**
 * Many requests, a few at a time.
 *
 * @module
 */

/** What a function answers for each item, in their order; at most so many run at once. */
export async function inGroups<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]!);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, worker),
  );
  return results;
}
