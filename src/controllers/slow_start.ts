/**
 * Many calls of one kind, careful at first.
 *
 * @module
 */

/**
 * Runs `task` `count` times in batches of 1, 2, 4 … at once, and stops after a batch with a failure: what fails for one (a quota, a webhook) fails
 * for all, and a thousand refused requests help nobody.
 *
 * @returns how many succeeded, and the first error if any
 */
export async function slowStart(
  count: number,
  task: () => Promise<void>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  for (let batch = 1; succeeded < count; batch *= 2) {
    const size = Math.min(batch, count - succeeded);
    const results = await Promise.allSettled(
      Array.from({ length: size }, () => task()),
    );
    const failed = results.find((result) => result.status === "rejected");
    succeeded += results.filter(({ status }) => status === "fulfilled").length;
    if (failed !== undefined) return { succeeded, error: failed.reason };
  }
  return { succeeded };
}
