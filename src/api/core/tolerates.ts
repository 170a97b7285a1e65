/**
 * Taints met with tolerations.
 *
 * @module
 */
import type { Taint, Toleration } from "./toleration.ts";

/** Whether one of the tolerations covers a taint. */
export function tolerates(
  tolerations: readonly Toleration[] | undefined,
  taint: Taint,
): boolean {
  return (tolerations ?? []).some((toleration) =>
    (!toleration.effect || toleration.effect === taint.effect) &&
    (!toleration.key || toleration.key === taint.key) &&
    valueTolerated(toleration, taint)
  );
}

function valueTolerated(
  { key, operator, value }: Toleration,
  taint: Taint,
): boolean {
  switch (operator ?? "Equal") {
    case "Exists":
      return true;
    case "Equal":
      // Without a key only Exists stands for all taints.
      return !!key && (value ?? "") === (taint.value ?? "");
    case "Lt":
      return compareIntegers(taint.value, value, (a, b) => a < b);
    case "Gt":
      return compareIntegers(taint.value, value, (a, b) => a > b);
    default:
      return false;
  }
}

function compareIntegers(
  a: string | undefined,
  b: string | undefined,
  holds: (a: number, b: number) => boolean,
): boolean {
  const integer = /^-?\d+$/;
  return a !== undefined && b !== undefined && integer.test(a) &&
    integer.test(b) && holds(Number(a), Number(b));
}
