/**
 * Thousandths of a CPU in the kernel's words, by kubelet's formulas.
 *
 * @module
 */

/** The period that quotas are of, in microseconds. */
export const CPU_PERIOD = 100_000;

/** The kernel takes no smaller quota. */
const MIN_QUOTA = 1_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** 1024 for a CPU; 2 at least, which is also what one gets who asks for nothing. */
export function sharesOf(milliCpu: number): number {
  const shares = Math.floor(milliCpu * 1024 / 1000);
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares));
}

/** Microseconds in each {@linkcode CPU_PERIOD}; 0 is no limit. */
export function quotaOf(milliCpu: number): number {
  if (milliCpu === 0) return 0;
  return Math.max(MIN_QUOTA, Math.floor(milliCpu * CPU_PERIOD / 1000));
}
