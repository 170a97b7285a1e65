/**
 * What a client is warned of when it writes an Ingress.
 *
 * @module
 */
import type { Ingress } from "../networking/ingress.ts";
import { INGRESS_CLASS_ANNOTATION } from "../validation/ingress.ts";

/** Warnings about a new Ingress. */
export function warnOfIngress(
  { metadata, spec }: Ingress,
  previous?: Ingress,
): string[] {
  return previous === undefined && spec.ingressClassName === undefined &&
      metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined
    ? [
      `annotation "${INGRESS_CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`,
    ]
    : [];
}
