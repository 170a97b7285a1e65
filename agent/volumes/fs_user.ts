/**
 * Whose a pod's files are.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";

/** The user that all containers of the pod run as; undefined when they differ or one leaves it to its image. */
export function fsUser(pod: Pod): number | undefined {
  const { containers, initContainers = [], ephemeralContainers = [] } =
    pod.spec;
  const shared = pod.spec.securityContext?.runAsUser;
  const users = [...initContainers, ...containers, ...ephemeralContainers]
    .map(({ securityContext }) => securityContext?.runAsUser ?? shared);
  const [first] = users;
  return users.every((user) => user === first) ? first : undefined;
}
