/**
 * Tells whether a container's definition changed since it was created.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Cryptography } from "../../src/base/host.ts";

/** The annotation on a runtime's container that carries its {@linkcode containerHash}; kubelet's. */
export const HASH_ANNOTATION = "io.kubernetes.container.hash";

/** Eight hex digits over the parts of a container that may change and that mean a restart: name and image. */
export function containerHash(
  crypto: Pick<Cryptography, "sha256">,
  container: Container,
): string {
  const digest = crypto.sha256(
    JSON.stringify([container.name, container.image ?? ""]),
  );
  return [...digest.subarray(0, 4)].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
}
