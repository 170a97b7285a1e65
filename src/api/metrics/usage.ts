/**
 * What nodes and pods use, as `metrics.k8s.io` writes it.
 *
 * @module
 */
import { formatQuantity } from "../quantity.ts";

/** Nanocores as a quantity: `1500u`, `250m`, `2`. */
export function cpuQuantity(nanoCores: number): string {
  const nano = BigInt(Math.round(nanoCores));
  return formatQuantity({ nano, format: "DecimalSI" });
}

/** Bytes as a quantity: `12Ki`, `3Mi`, `17`. */
export function memoryQuantity(bytes: number): string {
  const nano = BigInt(Math.round(bytes)) * 1_000_000_000n;
  return formatQuantity({ nano, format: "BinarySI" });
}

/** A span as metav1.Duration prints it: `10.012s`, `1m0.5s`. */
export function windowText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${Number(((ms % 60_000) / 1000).toFixed(3))}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}
